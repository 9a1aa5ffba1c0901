// modpm:mod@1.0.0 for JavaScript: what a mod says to its host and hears from it.
//
// Write hooks as exported functions in main.js, those that you need: onInit(), onShutdown(), onTick(turn),
// onControlPlugin(plugin, action), onEvent(event, data), onSave(), onLoad(state). Other exported functions
// can be called by name. What throws, fails the mod. Values are null, booleans, numbers, texts, and lists
// and objects of them; an int beyond 2**53 loses its last digits.

import * as host from "modpm:mod/host@1.0.0";

/** A number with a fraction, or one that should be a float although it has none. */
export class Float {
  constructor(value) {
    this.value = Number(value);
  }
  valueOf() {
    return this.value;
  }
  toJSON() {
    return this.value;
  }
}

export const modId = () => host.modId();
export const log = (text) => host.log("info", String(text));
export const debug = (text) => host.log("debug", String(text));
export const warn = (text) => host.log("warn", String(text));
export const error = (text) => host.log("error", String(text));
/** From 0 up to but without 1; the same row for the same seed. Math.random is another matter. */
export const random = () => host.random();

// What the host refuses, it logs, and these throw the reason.
export const enable = (plugin) => host.enablePlugin(plugin);
export const disable = (plugin) => host.disablePlugin(plugin);
/** A whole number is an int; for a float that may be whole, say new Float(value). */
export const set = (plugin, key, value) => host.setPluginParam(plugin, key, lowered(value));
export const get = (plugin, key) => lifted(host.getPluginParam(plugin, key));
export const trigger = (plugin, hook, data = null) => host.triggerHook(plugin, hook, lowered(data));
/** From now on onEvent hears of such events. */
export const subscribe = (event) => host.subscribeEvent(event);
export const publish = (event, data = null) => host.publishEvent(event, lowered(data));

/** A value as it crosses to the host. */
export function lowered(value) {
  if (value === null || value === undefined) return { tag: "null" };
  if (value instanceof Float) return { tag: "float", val: value.value };
  switch (typeof value) {
    case "boolean":
      return { tag: "boolean", val: value };
    case "number":
      return { tag: Number.isSafeInteger(value) ? "integer" : "float", val: value };
    case "string":
      return { tag: "text", val: value };
  }
  const json = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`a ${typeof value} cannot leave a mod`);
  return { tag: "json", val: json };
}

/** A value as it came from the host. */
export function lifted({ tag, val }) {
  if (tag === "null") return null;
  return tag === "json" ? JSON.parse(val) : val;
}

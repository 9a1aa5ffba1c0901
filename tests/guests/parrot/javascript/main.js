import { get, log, modId, publish, set, subscribe, trigger } from "./modpm/index.js";

let heard = 0;

export function onInit() {
  subscribe("ask");
  set("rules", "difficulty", get("rules", "difficulty") + 1);
  log(`hello from ${modId()}`);
}

export function onShutdown() {
  log(`heard ${heard}`);
}

export function onTick(turn) {
  if (turn === 1) set("rules", "locked", true);
  if (turn === 2) trigger("rules", "announce", { turn });
  if (turn === 3) {
    try {
      set("combat", "max_hp", 1); // not granted: refused, and logged
    } catch {}
  }
}

export function onControlPlugin(plugin, { kind, name = "", value = "" }) {
  log(`${plugin} ${kind} ${name} ${value ?? ""}`);
}

export function onEvent(event, data) {
  heard++;
  publish("answer", { event, twice: 2 * data.n, half: data.n / 2, last: data.words[1] });
}

export function echo(value) {
  return value;
}

export function fail() {
  throw "no more crackers";
}

export function onSave() {
  return heard;
}

export function onLoad(state) {
  heard = state;
}

// What a mod can ask of its host: false or null if the host refuses, which it also logs.

import { taken } from "./memory";
import { stored, Value } from "./value";

// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "mod-id") declare function host_id(to: usize): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "log") declare function host_log(level: i32, text: string, length: i32): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "enable-plugin")
declare function host_enable(plugin: string, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "disable-plugin")
declare function host_disable(plugin: string, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "set-plugin-param")
declare function host_set(p: string, pl: i32, k: string, kl: i32, kind: i32, bits: i64, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "get-plugin-param")
declare function host_get(plugin: string, length: i32, key: string, keyLength: i32, to: usize): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "trigger-hook")
declare function host_trigger(p: string, pl: i32, h: string, hl: i32, kind: i32, bits: i64, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "random") declare function host_random(): f64;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "subscribe-event")
declare function host_subscribe(event: string, length: i32, to: usize): void;
// @ts-ignore: decorator
@external("modpm:mod/host@1.0.0", "publish-event")
declare function host_publish(event: string, el: i32, kind: i32, bits: i64, length: i32, to: usize): void;

/** Where the host writes what it answers, at most 24 bytes. */
const ANSWER = memory.data(24, 8);

function done(): bool {
  if (load<u8>(ANSWER) == 0) return true;
  taken(load<usize>(ANSWER, 4), load<i32>(ANSWER, 8)); // the reason: the host logs it
  return false;
}

export function modId(): string {
  host_id(ANSWER);
  return taken(load<usize>(ANSWER), load<i32>(ANSWER, 4));
}
export function log(text: string): void {
  host_log(1, text, text.length);
}
export function debug(text: string): void {
  host_log(0, text, text.length);
}
export function warn(text: string): void {
  host_log(2, text, text.length);
}
export function error(text: string): void {
  host_log(3, text, text.length);
}
/** From 0 up to but without 1; the same row for the same seed. */
export function random(): f64 {
  return host_random();
}
export function enable(plugin: string): bool {
  host_enable(plugin, plugin.length, ANSWER);
  return done();
}
export function disable(plugin: string): bool {
  host_disable(plugin, plugin.length, ANSWER);
  return done();
}
export function set(plugin: string, key: string, value: Value): bool {
  host_set(plugin, plugin.length, key, key.length, value.kind, value.low, value.length, ANSWER);
  return done();
}
export function setInt(plugin: string, key: string, value: i64): bool {
  return set(plugin, key, Value.int(value));
}
export function setFloat(plugin: string, key: string, value: f64): bool {
  return set(plugin, key, Value.float(value));
}
export function setBool(plugin: string, key: string, value: bool): bool {
  return set(plugin, key, Value.bool(value));
}
export function setText(plugin: string, key: string, value: string): bool {
  return set(plugin, key, Value.text(value));
}
export function get(plugin: string, key: string): Value {
  host_get(plugin, plugin.length, key, key.length, ANSWER);
  if (load<u8>(ANSWER) == 0) return stored(ANSWER + 8);
  taken(load<usize>(ANSWER, 8), load<i32>(ANSWER, 12));
  return Value.null();
}
export function trigger(plugin: string, hook: string, data: Value = Value.null()): bool {
  host_trigger(plugin, plugin.length, hook, hook.length, data.kind, data.low, data.length, ANSWER);
  return done();
}
/** From now on onEvent hears of such events. */
export function subscribe(event: string): bool {
  host_subscribe(event, event.length, ANSWER);
  return done();
}
export function publish(event: string, data: Value = Value.null()): bool {
  host_publish(event, event.length, data.kind, data.low, data.length, ANSWER);
  return done();
}

class Outcome {
  failure: string | null = null;
}
/** What the hook that runs came to. */
export const outcome = new Outcome();

/** Give up: when the hook returns, the host takes back what the mod did, and plays on without it. */
export function fail(reason: string): void {
  outcome.failure = reason;
}

/** What AssemblyScript does on a failed assertion or an index out of range. */
export function aborted(message: string | null, file: string | null, line: u32, column: u32): void {
  const text = `${message ? message : "aborted"} (${file ? file : ""}:${line}:${column})`;
  host_log(3, text, text.length);
  unreachable();
}

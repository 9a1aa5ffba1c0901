// The hooks as the host calls them: `modpm build` makes the component's exports of those that main.ts
// has. The layouts are those of the component model's canonical ABI. Nothing to change here.

import * as mod from "../main";
import { Action, ActionKind } from "./action";
import { outcome } from "./host";
import { taken } from "./memory";
import { Kind, stored, Value } from "./value";

export { cabi_realloc } from "./memory";

/** The text that the mod returned last: the host reads it after the call. */
let kept: string = "";

function put(to: usize, value: Value): void {
  store<u8>(to, value.kind);
  if (value.kind == Kind.Bool) store<u8>(to, <u8>value.bits, 8);
  else if (value.kind < Kind.Text) store<i64>(to, value.bits, 8);
  else putText(to + 8, value.text);
}

function putText(to: usize, text: string): void {
  kept = text;
  store<usize>(to, changetype<usize>(text));
  store<i32>(to, text.length, 4);
}

const RESULT = memory.data(24, 8);

function leave(): usize {
  const reason = outcome.failure;
  store<u8>(RESULT, reason === null ? 0 : 1);
  if (reason !== null) putText(RESULT + 4, reason);
  outcome.failure = null;
  return RESULT;
}

export function lifecycle$on_init(): usize {
  if (isDefined(mod.onInit)) mod.onInit();
  return leave();
}
export function lifecycle$on_shutdown(): usize {
  if (isDefined(mod.onShutdown)) mod.onShutdown();
  return leave();
}
export function ticking$on_tick(turn: i64): usize {
  if (isDefined(mod.onTick)) mod.onTick(turn);
  return leave();
}
export function control$on_control_plugin(
  plugin: usize,
  pluginLength: i32,
  kind: i32,
  name: usize,
  nameLength: i32,
  valueKind: i32,
  bits: i64,
  length: i32,
): usize {
  const target = taken(plugin, pluginLength);
  const what = kind < ActionKind.SetParam ? "" : taken(name, nameLength);
  const value = kind < ActionKind.SetParam ? Value.null() : Value.of(valueKind, bits, length);
  if (isDefined(mod.onControlPlugin)) mod.onControlPlugin(target, new Action(kind, what, value));
  return leave();
}
export function events$on_event(event: usize, eventLength: i32, kind: i32, bits: i64, length: i32): usize {
  const type = taken(event, eventLength);
  const data = Value.of(kind, bits, length);
  if (isDefined(mod.onEvent)) mod.onEvent(type, data);
  return leave();
}
export function calls$call(name: usize, nameLength: i32, list: usize, count: i32): usize {
  const function_ = taken(name, nameLength);
  const args: Value[] = [];
  for (let i = 0; i < count; i++) args.push(stored(list + i * 16));
  if (count) heap.free(list);
  let value = Value.null();
  if (isDefined(mod.onCall)) value = mod.onCall(function_, args);
  const reason = outcome.failure;
  store<u8>(RESULT, reason === null ? 0 : 1);
  if (reason === null) put(RESULT + 8, value);
  else putText(RESULT + 8, reason);
  outcome.failure = null;
  return RESULT;
}
export function state$save(): usize {
  let value = Value.null();
  if (isDefined(mod.onSave)) value = mod.onSave();
  put(RESULT, value);
  return RESULT;
}
export function state$load(kind: i32, bits: i64, length: i32): usize {
  const state = Value.of(kind, bits, length);
  if (isDefined(mod.onLoad)) mod.onLoad(state);
  return leave();
}

// modpm:mod@1.0.0 for AssemblyScript: what a mod says to its host and hears from it.
//
// Write hooks as exported functions in main.ts, those that you need: onInit, onShutdown, onTick(turn: i64),
// onControlPlugin(plugin: string, action: Action), onEvent(event: string, data: Value),
// onCall(name: string, args: Value[]): Value, onSave(): Value, onLoad(state: Value).

export { Action, ActionKind } from "./action";
export {
  debug,
  disable,
  enable,
  error,
  fail,
  get,
  log,
  modId,
  publish,
  random,
  set,
  setBool,
  setFloat,
  setInt,
  setText,
  subscribe,
  trigger,
  warn,
} from "./host";
export { quoted } from "./json";
export { Kind, Value } from "./value";

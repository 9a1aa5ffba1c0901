import { Action, Value, fail, get, log, modId, publish, quoted, set, setInt, subscribe, trigger } from "./modpm";

let heard: i64 = 0;

export function onInit(): void {
  subscribe("ask");
  setInt("rules", "difficulty", get("rules", "difficulty").asInt() + 1);
  log("hello from " + modId());
}

export function onShutdown(): void {
  log(`heard ${heard}`);
}

export function onTick(turn: i64): void {
  if (turn == 1) set("rules", "locked", Value.bool(true));
  if (turn == 2) trigger("rules", "announce", Value.json(`{"turn": ${turn}}`));
  if (turn == 3) setInt("combat", "max_hp", 1); // not granted: refused, and logged
}

export function onControlPlugin(plugin: string, action: Action): void {
  const kinds = ["enable", "disable", "set-param", "trigger"];
  log(`${plugin} ${kinds[action.kind]} ${action.name} ${action.value.asText()}`);
}

export function onEvent(event: string, data: Value): void {
  heard++;
  const n = data.at("n");
  const last = data.at("words").items()[1].asText();
  const half = n.asFloat() / 2;
  publish("answer", Value.json(`{"event": ${quoted(event)}, "twice": ${2 * n.asInt()}, "half": ${half}, "last": ${quoted(last)}}`));
}

export function onCall(name: string, args: Value[]): Value {
  if (name == "echo" && args.length == 1) return args[0];
  if (name == "fail") fail("no more crackers");
  if (name == "trap") unreachable();
  return Value.null();
}

export function onSave(): Value {
  return Value.int(heard);
}

export function onLoad(state: Value): void {
  heard = state.asInt();
}

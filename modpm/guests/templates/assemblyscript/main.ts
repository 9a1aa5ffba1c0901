import { log, modId, setInt } from "./modpm";

/** Called once, when the mod loads. */
export function onInit(): void {
  log("hello from " + modId());
}

/** Called every turn. */
export function onTick(turn: i64): void {
  if (turn % 5 == 0) setInt("rules", "difficulty", 2 + turn / 5);
}

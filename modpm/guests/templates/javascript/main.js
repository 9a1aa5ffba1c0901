import { log, modId, set } from "./modpm/index.js";

/** Called once, when the mod loads. */
export function onInit() {
  log(`hello from ${modId()}`);
}

/** Called every turn. */
export function onTick(turn) {
  if (turn % 5 === 0) set("rules", "difficulty", 2 + turn / 5);
}

// A little fog from the start, and all of it in the second scene. In AssemblyScript, built by `modpm build`.
//
// Publishes `fog.rolls` {scene}. With the smoke of the fireworks there is more fog than a stage can hold.

import { Value, log, publish, setFloat, setInt } from "./modpm";

const EVENING: i64 = 2;

export function onInit(): void {
  setFloat("stage", "fog", 0.25);
  setInt("stage", "lights", 30);
}

export function onTick(scene: i64): void {
  if (scene != EVENING) return;
  log("The fog machine is stuck.");
  setFloat("stage", "fog", 0.75);
  publish("fog.rolls", Value.json(`{"scene": ${scene}}`));
}

// A contest on every day of the fair. In AssemblyScript, built by `modpm build`.
//
// Hears `fair.opened` {last_day} from realm/fairground, a mod in C. Publishes `contest.won` {craft, winner, crowd, day},
// and the winner's prize goes into the heroes' pack.

import { Value, log, publish, quoted, random, subscribe, trigger } from "./modpm";

const CRAFTS = ["archery", "pie eating", "wrestling", "ploughing", "riddles", "the greasy pole"];
const PEOPLE = ["Ada of the Mill", "Old Bertram", "Cecily Reed", "Young Dunstan", "Edith Thatcher"];
const PRIZES = ["a goose", "a ribbon", "a silver penny", "a cheese", "a new hat"];

let lastDay: i64 = 0;

function one(list: string[]): string {
  return list[<i32>(random() * list.length)];
}

export function onInit(): void {
  subscribe("fair.opened");
}

export function onEvent(event: string, data: Value): void {
  lastDay = data.at("last_day").asInt();
}

export function onTick(turn: i64): void {
  if (turn >= lastDay) return;
  const craft = one(CRAFTS);
  const winner = one(PEOPLE);
  const prize = one(PRIZES);
  const crowd = 20 + <i32>(random() * 80);
  log(`Day ${turn}: ${winner} wins ${prize} at ${craft}, and ${crowd} people cheer.`);
  trigger("inventory", "grant_item", Value.json(`{"item": ${quoted(prize)}}`));
  publish("contest.won", Value.json(
    `{"craft": ${quoted(craft)}, "winner": ${quoted(winner)}, "crowd": ${crowd}, "day": ${turn}}`,
  ));
}

// Over a reload the fair goes on.
export function onSave(): Value {
  return Value.int(lastDay);
}

export function onLoad(state: Value): void {
  lastDay = state.asInt();
}

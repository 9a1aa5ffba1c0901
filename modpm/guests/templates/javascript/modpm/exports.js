// The hooks as the host calls them: `modpm build` makes the component's exports of those that main.js
// has. Nothing to change here.

import * as mod from "../main.js";
import { lifted, lowered } from "./index.js";

/** Run a hook; what it throws becomes the text that the host expects. */
function run(hook, ...args) {
  try {
    return hook?.(...args);
  } catch (error) {
    throw error?.stack ? `${error}\n${error.stack}`.trim() : String(error?.payload ?? error);
  }
}

const plain = (hook, ...args) => void run(hook, ...args);

/** { kind, name, value }: kind is "enable", "disable", "set-param" or "trigger". */
function action({ tag, val }) {
  return val ? { kind: tag, name: val[0], value: lifted(val[1]) } : { kind: tag };
}

export const lifecycle = {
  onInit: () => plain(mod.onInit),
  onShutdown: () => plain(mod.onShutdown),
};
export const ticking = { onTick: (turn) => plain(mod.onTick, Number(turn)) };
export const control = {
  onControlPlugin: (plugin, did) => plain(mod.onControlPlugin, plugin, action(did)),
};
export const events = { onEvent: (event, data) => plain(mod.onEvent, event, lifted(data)) };
export const calls = {
  call(name, args) {
    if (typeof mod[name] !== "function") throw `there is no function ${name}`;
    return lowered(run(mod[name], ...args.map(lifted)));
  },
};
export const state = {
  save: () => lowered(mod.onSave?.()),
  load: (saved) => plain(mod.onLoad, lifted(saved)),
};

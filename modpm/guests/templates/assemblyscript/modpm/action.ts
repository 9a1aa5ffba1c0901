// What was done to a plugin.

import { Value } from "./value";

export class Action {
  constructor(
    public kind: ActionKind,
    /** The parameter or the hook, else "". */
    public name: string,
    public value: Value,
  ) {}
}
export enum ActionKind {
  Enable,
  Disable,
  SetParam,
  Trigger,
}

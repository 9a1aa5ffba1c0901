"""The hooks as the host calls them: `modpm build` makes the component's exports of those in main.py."""

from typing import Any

import main
from componentize_py_types import Err
from wit_world.imports import types

from modpm import Action, lifted, lowered


def _run(hook: str, *args: Any) -> Any:
    try:
        return getattr(main, hook, _nothing)(*args)
    except Exception as error:
        raise Err(f"{type(error).__name__}: {error} ({_place(error)})") from error


def _place(error: Exception) -> str:
    """Return where it was raised; the traceback module would look for files, and there are none."""
    at = error.__traceback__
    while at and at.tb_next:
        at = at.tb_next
    return f"{at.tb_frame.f_code.co_filename.rpartition('/')[2]}:{at.tb_lineno}" if at else "?"


def _nothing(*_: Any) -> None:
    """What a hook that main.py lacks does."""


def _action(action: types.Action) -> Action:
    match action:
        case types.Action_Enable():
            return Action("enable")
        case types.Action_Disable():
            return Action("disable")
        case types.Action_SetParam((name, value)):
            return Action("set-param", name, lifted(value))
        case types.Action_Trigger((name, value)):
            return Action("trigger", name, lifted(value))


class Lifecycle:
    def on_init(self) -> None:
        _run("on_init")

    def on_shutdown(self) -> None:
        _run("on_shutdown")


class Ticking:
    def on_tick(self, turn: int) -> None:
        _run("on_tick", turn)


class Control:
    def on_control_plugin(self, plugin: str, action: types.Action) -> None:
        _run("on_control_plugin", plugin, _action(action))


class Events:
    def on_event(self, event_type: str, data: types.Value) -> None:
        _run("on_event", event_type, lifted(data))


class Calls:
    def call(self, function: str, args: list[types.Value]) -> types.Value:
        if function.startswith("_") or not callable(getattr(main, function, None)):
            raise Err(f"there is no function {function}")
        return lowered(_run(function, *map(lifted, args)))


class State:
    def save(self) -> types.Value:
        return lowered(_run("on_save"))

    def load(self, state: types.Value) -> None:
        _run("on_load", lifted(state))

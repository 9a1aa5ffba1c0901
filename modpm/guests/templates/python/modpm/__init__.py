"""modpm:mod@1.0.0 for Python: what a mod says to its host and hears from it.

Write hooks as functions in main.py, those that you need: on_init(), on_shutdown(), on_tick(turn),
on_control_plugin(plugin, action), on_event(event, data), on_save(), on_load(state). Other functions
can be called by name. What raises, fails the mod. Values are None, bool, int, float, str, and lists
and dicts of them. There are no files, no clock and no network; `random()` here is the game's own.
"""

import json
from typing import Any, NamedTuple

from componentize_py_types import Err
from wit_world.imports import host, types


class Refused(Exception):
    """The host refused, and logged why."""


class Action(NamedTuple):
    """What was done to a plugin: "enable", "disable", "set-param" or "trigger"."""

    kind: str
    name: str = ""
    value: Any = None


def mod_id() -> str:
    """Return the id of this mod."""
    return host.mod_id()


def log(text: object) -> None:
    """Write a line to the game's log."""
    host.log(types.Level.INFO, str(text))


def debug(text: object) -> None:
    """Write a line for the mod's author."""
    host.log(types.Level.DEBUG, str(text))


def warn(text: object) -> None:
    """Write a warning."""
    host.log(types.Level.WARN, str(text))


def error(text: object) -> None:
    """Write an error."""
    host.log(types.Level.ERROR, str(text))


def random() -> float:
    """Return a number from 0 up to but without 1; the same row for the same seed."""
    return host.random()


def enable(plugin: str) -> None:
    """Ask for a plugin to be switched on; raise Refused."""
    _ask(host.enable_plugin, plugin)


def disable(plugin: str) -> None:
    """Ask for a plugin to be switched off; raise Refused."""
    _ask(host.disable_plugin, plugin)


def set(plugin: str, key: str, value: Any) -> None:
    """Ask for a parameter to be set; raise Refused."""
    _ask(host.set_plugin_param, plugin, key, lowered(value))


def get(plugin: str, key: str) -> Any:
    """Return a parameter as it is now; raise Refused."""
    return lifted(_ask(host.get_plugin_param, plugin, key))


def trigger(plugin: str, hook: str, data: Any = None) -> None:
    """Ask for a plugin's hook; raise Refused."""
    _ask(host.trigger_hook, plugin, hook, lowered(data))


def subscribe(event: str) -> None:
    """From now on hear of such events in on_event; raise Refused."""
    _ask(host.subscribe_event, event)


def publish(event: str, data: Any = None) -> None:
    """Tell the mods that subscribed to it; raise Refused."""
    _ask(host.publish_event, event, lowered(data))


def lowered(value: Any) -> types.Value:
    """Return a value as it crosses to the host; raise TypeError for what is not plain."""
    match value:
        case None:
            return types.Value_Null()
        case bool():
            return types.Value_Boolean(value)
        case int():
            return types.Value_Integer(value)
        case float():
            return types.Value_Float(value)
        case str():
            return types.Value_Text(value)
        case _:
            return types.Value_Json(json.dumps(value, ensure_ascii=False))


def lifted(value: types.Value) -> Any:
    """Return a value as it came from the host."""
    if isinstance(value, types.Value_Null):
        return None
    return json.loads(value.value) if isinstance(value, types.Value_Json) else value.value


def _ask(function: Any, *args: Any) -> Any:
    try:
        return function(*args)
    except Err as refused:
        raise Refused(refused.value) from None

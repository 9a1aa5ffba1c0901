"""modpm:mod@1: typed values, errors that the mod can handle, and only the hooks that it has."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from wasmtime.component import LinkerInstance

from modpm.document import Value
from modpm.runtime.api import Disable, Enable, ModMetadata, PluginAction, SetParam, TriggerHook
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.log import LEVELS
from modpm.runtime.wasm import calls
from modpm.runtime.wasm.abi import Shape
from modpm.runtime.wasm.guest import Bound, Exports, OnEvent, Signature

_HOST = re.compile(r"modpm:mod/host@1\.\d+\.\d+")
_TYPES = re.compile(r"modpm:mod/types@1\.\d+\.\d+")
_EXPORT = re.compile(r"modpm:mod/([a-z]+)@1\.\d+\.\d+")
_DONE: Shape = ("result", None, "string")
_ANSWER: Shape = ("result", "value", "string")
_NAMED: Shape = ("tuple", "string", "value")
_ACTION: Shape = (
    "variant",
    ("enable", None),
    ("disable", None),
    ("set-param", _NAMED),
    ("trigger", _NAMED),
)
_METADATA: Shape = (
    "record",
    ("name", "string"),
    ("version", "string"),
    ("author", ("option", "string")),
    ("description", ("option", "string")),
)
_INTERFACES: dict[str, dict[str, Signature]] = {
    "about": {"get-metadata": ([], _METADATA)},
    "lifecycle": {"on-init": ([], _DONE), "on-shutdown": ([], _DONE)},
    "ticking": {"on-tick": (["s64"], _DONE)},
    "control": {"on-control-plugin": (["string", _ACTION], _DONE)},
    "events": {"on-event": (["string", "value"], _DONE)},
    "calls": {"call": (["string", ("list", "value")], _ANSWER)},
    "state": {"save": ([], "value"), "load": (["value"], _DONE)},
}
_FUNCTIONS: dict[str, Signature] = {
    "enable-plugin": (["string"], _DONE),
    "disable-plugin": (["string"], _DONE),
    "set-plugin-param": (["string", "string", "value"], _DONE),
    "get-plugin-param": (["string", "string"], _ANSWER),
    "trigger-hook": (["string", "string", "value"], _DONE),
    "random": ([], "f64"),
    "publish-event": (["string", "value"], _DONE),
}
_HOOKS = {
    "get_metadata": "get-metadata",
    "on_init": "on-init",
    "on_shutdown": "on-shutdown",
    "on_tick": "on-tick",
    "on_control_plugin": "on-control-plugin",
}


class Modpm:
    """The world `mod`, of which a component exports as many interfaces as it likes."""

    name = "modpm:mod@1"

    def is_host(self, name: str) -> bool:
        """Return whether it is `modpm:mod/host`."""
        return _HOST.fullmatch(name) is not None

    def is_known(self, name: str) -> bool:
        """Return whether it is `modpm:mod/host`, or the types that come with it."""
        return self.is_host(name) or _TYPES.fullmatch(name) is not None

    def wanted(self, exports: Sequence[str]) -> Exports:
        """Return the functions of each of the world's interfaces that is exported."""
        matches = ((name, _EXPORT.fullmatch(name)) for name in exports)
        return {
            name: _INTERFACES[found[1]]
            for name, found in matches
            if found and found[1] in _INTERFACES
        }

    def define(self, host: LinkerInstance, functions: HostFunctions, on_event: OnEvent) -> None:
        """Give the guest the interface `host`."""
        named = dict(functions.all())

        def subscribe(type: str) -> None:
            named["subscribe_event"](type, lambda data: on_event(type, data))

        calls.define(host, "mod-id", lambda: functions.mod, [], "string")
        calls.define(host, "log", named["log"], [("enum", *LEVELS), "string"], None)
        calls.define(host, "subscribe-event", subscribe, ["string"], _DONE)
        for name, (params, result) in _FUNCTIONS.items():
            calls.define(host, name, named[name.replace("-", "_")], params, result)

    def guest(self, bound: Bound) -> "ModpmGuest":
        """Return the mod with these functions."""
        return ModpmGuest(bound)


class ModpmGuest:
    """A mod of the world."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self.hooks = frozenset(hook for hook, name in _HOOKS.items() if name in bound)

    def metadata(self) -> ModMetadata:
        """Return what the mod says of itself."""
        return msgspec.convert(self._bound["get-metadata"](), ModMetadata)

    def call(self, name: str, args: Sequence[Value]) -> Value:
        """Call a hook, or a function through `calls`; raise KeyError where the mod has neither."""
        hook: Callable[..., Any] | None = self._bound.get(_HOOKS.get(name, ""))
        if hook is not None:
            answer: Value = hook(*args)
        else:
            call: Callable[..., Any] = self._bound["call"]
            answer = call(name, list(args))
        return answer

    def control(self, plugin: str, action: PluginAction) -> None:
        """Tell the mod that something was done to a plugin."""
        self._bound["on-control-plugin"](plugin, _case(action))

    def event(self, type: str, data: Value) -> None:
        """Hand an event to the mod, if it takes any."""
        if "on-event" in self._bound:
            self._bound["on-event"](type, data)


def _case(action: PluginAction) -> tuple[str, object]:
    match action:
        case Enable():
            return "enable", None
        case Disable():
            return "disable", None
        case SetParam(key, value):
            return "set-param", (key, value)
        case TriggerHook(hook, data):
            return "trigger", (hook, data)

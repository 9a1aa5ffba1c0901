"""modpm:mod@1: typed values, errors that the mod can handle, and only the hooks that it has."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from modpm.document import Value
from modpm.runtime.api import Disable, Enable, ModMetadata, PluginAction, SetParam, TriggerHook
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.log import LEVELS
from modpm.runtime.wasm.abi import Shape, Signature
from modpm.runtime.wasm.guest import Bound, Exports, Missing

_HOST = re.compile(r"modpm:mod/host@1\.\d+\.\d+")
_TYPES = re.compile(r"modpm:mod/types@1\.\d+\.\d+")
_OWN = re.compile(r"modpm:mod/([a-z]+)@1\.\d+\.\d+")
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
_HOOKS = {
    "get_metadata": "get-metadata",
    "on_init": "on-init",
    "on_shutdown": "on-shutdown",
    "on_tick": "on-tick",
    "on_control_plugin": "on-control-plugin",
    "on_save_state": "save",
    "on_load_state": "load",
}


class Modpm:
    """The world `mod`, of which a component exports as many interfaces as it likes."""

    name = "modpm:mod@1"
    offers = "modpm:mod/host@1.0.0"
    imports: Mapping[str, Signature] = {
        "mod-id": ([], "string"),
        "log": ([("enum", *LEVELS), "string"], None),
        "enable-plugin": (["string"], _DONE),
        "disable-plugin": (["string"], _DONE),
        "set-plugin-param": (["string", "string", "value"], _DONE),
        "get-plugin-param": (["string", "string"], _ANSWER),
        "trigger-hook": (["string", "string", "value"], _DONE),
        "random": ([], "f64"),
        "subscribe-event": (["string"], _DONE),
        "publish-event": (["string", "value"], _DONE),
    }

    def owns(self, name: str) -> bool:
        """Return whether it is an interface of the world."""
        return _OWN.fullmatch(name) is not None

    def is_host(self, name: str) -> bool:
        """Return whether it is `modpm:mod/host`."""
        return _HOST.fullmatch(name) is not None

    def is_known(self, name: str) -> bool:
        """Return whether it is `modpm:mod/host`, or the types that come with it."""
        return self.is_host(name) or _TYPES.fullmatch(name) is not None

    def wanted(self, exports: Sequence[str]) -> Exports:
        """Return the functions of each of the world's interfaces that is exported."""
        found = ((name, _OWN.fullmatch(name)) for name in exports)
        return {name: _INTERFACES[own[1]] for name, own in found if own and own[1] in _INTERFACES}

    def host(self, functions: HostFunctions) -> Bound:
        """Return the interface `host`."""
        named = dict(functions.all())

        def subscribe(type: str) -> None:
            if type not in functions.subscriptions:
                named["subscribe_event"](type, _on_event)

        own: dict[str, Callable[..., Any]] = {
            "mod-id": lambda: functions.mod,
            "subscribe-event": subscribe,
        }
        return {name: own.get(name) or named[name.replace("-", "_")] for name in self.imports}

    def guest(self, bound: Bound) -> "ModpmGuest":
        """Return the mod with these functions."""
        return ModpmGuest(bound)


class ModpmGuest:
    """A mod of the world."""

    def __init__(self, bound: Bound) -> None:
        self.hooks = {hook: bound[name] for hook, name in _HOOKS.items() if name in bound}
        self.call = bound.get("call", _no_call)
        self._on_event = bound.get("on-event")

    def metadata(self) -> ModMetadata:
        """Return what the mod says of itself."""
        return msgspec.convert(self.hooks["get_metadata"](), ModMetadata)

    def control(self, plugin: str, action: PluginAction) -> None:
        """Tell the mod that something was done to a plugin; raise Missing if it does not listen."""
        if "on_control_plugin" not in self.hooks:
            raise Missing
        self.hooks["on_control_plugin"](plugin, _case(action))

    def event(self, type: str, data: Value) -> None:
        """Hand an event to the mod, if it takes any."""
        if self._on_event is not None:
            self._on_event(type, data)


def _no_call(name: str, args: Sequence[Value]) -> Value:
    """Stand for `call` in a mod that does not export it."""
    raise Missing


def _on_event(data: Value) -> None:
    """Stand for the guest's `on-event` among the subscriptions."""


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

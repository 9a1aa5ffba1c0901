"""issun:mod@0.7: values are JSON texts, and the host's answers are never errors.

What the host refuses is in the mod's log, and nothing else happens.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import msgspec
from wasmtime.component import LinkerInstance

from modpm.document import Value
from modpm.errors import Refused
from modpm.runtime.api import ModMetadata, PluginAction
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.wasm import calls
from modpm.runtime.wasm.guest import Bound, Exports, OnEvent

_HOST = re.compile(r"issun:(mod|modapi)/api(@0\.7\.\d+)?")
_METADATA = (
    "record",
    ("name", "string"),
    ("version", "string"),
    ("author", ("option", "string")),
    ("description", ("option", "string")),
)
_EXPORTS: Exports = {
    None: {
        "get-metadata": ([], _METADATA),
        "on-init": ([], None),
        "on-shutdown": ([], None),
        "on-control-plugin": (["string", "string"], None),
        "call-custom": (["string", ("list", "string")], "string"),
    }
}
_HOOKS = {"on_init": "on-init", "on_shutdown": "on-shutdown"}


class Issun:
    """The world `mod-guest`."""

    name = "issun:mod@0.7"

    def is_host(self, name: str) -> bool:
        """Return whether it is `issun:mod/api`, or `issun:modapi/api` as older tools need it."""
        return _HOST.fullmatch(name) is not None

    is_known = is_host

    def wanted(self, exports: Sequence[str]) -> Exports:
        """Return all functions of the world if the component has any."""
        return {} if _EXPORTS[None].keys().isdisjoint(exports) else _EXPORTS

    def define(self, host: LinkerInstance, functions: HostFunctions, on_event: OnEvent) -> None:
        """Give the guest the interface `api`."""
        named = dict(functions.all())

        def log(message: str) -> None:
            functions.print(message)

        def control(name: str, *args: Value) -> None:
            with suppress(Refused):
                named[name](*args)

        def set_param(plugin: str, key: str, value: str) -> None:
            try:
                decoded = msgspec.json.decode(value)
            except (msgspec.DecodeError, RecursionError):
                named["log"]("warn", f"set-plugin-param of {plugin}.{key}: the value is no JSON")
            else:
                control("set_plugin_param", plugin, key, decoded)

        calls.define(host, "log", log, ["string"], None)
        for name in ("enable-plugin", "disable-plugin"):
            function = name.replace("-", "_")
            calls.define(host, name, partial(control, function), ["string"], None)
        calls.define(host, "set-plugin-param", set_param, ["string"] * 3, None)
        calls.define(host, "random", named["random"], [], "f32")

    def guest(self, bound: Bound) -> "IssunGuest":
        """Return the mod with these functions."""
        return IssunGuest(bound)


class IssunGuest:
    """A mod of the world."""

    hooks = frozenset({"get_metadata", "on_control_plugin", *_HOOKS})

    def __init__(self, bound: Bound) -> None:
        self._bound = bound

    def metadata(self) -> ModMetadata:
        """Return what the mod says of itself."""
        return msgspec.convert(self._bound["get-metadata"](), ModMetadata)

    def call(self, name: str, args: Sequence[Value]) -> Value:
        """Call a hook, or anything else through `call-custom`."""
        if name in _HOOKS:
            self._bound[_HOOKS[name]](*args)
            return None
        if name == "on_control_plugin":
            self._bound["on-control-plugin"](*args)
            return None
        texts = [msgspec.json.encode(arg).decode() for arg in args]
        answer: Value = msgspec.json.decode(str(self._bound["call-custom"](name, texts)) or "null")
        return answer

    def control(self, plugin: str, action: PluginAction) -> None:
        """Tell the mod that something was done to a plugin."""
        self._bound["on-control-plugin"](plugin, str(action))

    def event(self, type: str, data: Value) -> None:
        """Do nothing: the world has no events."""

"""issun:mod@0.7: values are JSON texts, and the host's answers are never errors.

What the host refuses is in the mod's log, and nothing else happens.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

import msgspec

from modpm.document import Value
from modpm.errors import Refused
from modpm.runtime.api import ModMetadata, PluginAction
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.wasm.abi import Signature, decode
from modpm.runtime.wasm.guest import Bound, Exports

_HOST = re.compile(r"issun:(mod|modapi)/api(@0\.7\.\d+)?")
_METADATA = (
    "record",
    ("name", "string"),
    ("version", "string"),
    ("author", ("option", "string")),
    ("description", ("option", "string")),
)
_EXPORTS: dict[str, Signature] = {
    "get-metadata": ([], _METADATA),
    "on-init": ([], None),
    "on-shutdown": ([], None),
    "on-control-plugin": (["string", "string"], None),
    "call-custom": (["string", ("list", "string")], "string"),
}
_HOOKS = {
    "get_metadata": "get-metadata",
    "on_init": "on-init",
    "on_shutdown": "on-shutdown",
    "on_control_plugin": "on-control-plugin",
}
_BELOW_ONE = 1 - 2**-24
"""The largest f32 below 1; what lies between them would be rounded up."""


class Issun:
    """The world `mod-guest`."""

    name = "issun:mod@0.7"
    offers = "issun:mod/api@0.7.0"
    imports: Mapping[str, Signature] = {
        "log": (["string"], None),
        "enable-plugin": (["string"], None),
        "disable-plugin": (["string"], None),
        "set-plugin-param": (["string", "string", "string"], None),
        "random": ([], "f32"),
    }

    def owns(self, name: str) -> bool:
        """Return whether it is the host's interface, or a function that a mod exports."""
        return name in _EXPORTS or self.is_host(name)

    def is_host(self, name: str) -> bool:
        """Return whether it is `issun:mod/api`, or `issun:modapi/api` as older tools need it."""
        return _HOST.fullmatch(name) is not None

    is_known = is_host

    def wanted(self, exports: Sequence[str]) -> Exports:
        """Return all functions of the world: a mod has every one of them."""
        return {None: _EXPORTS}

    def host(self, functions: HostFunctions) -> Bound:
        """Return the interface `api`; `functions` log what they refuse."""
        named = dict(functions.all())

        def control(name: str, *args: Value) -> None:
            with suppress(Refused):
                named[name](*args)

        def set_param(plugin: str, key: str, value: str) -> None:
            try:
                decoded = decode(value)
            except (ValueError, RecursionError) as error:
                named["log"]("warn", f"set-plugin-param of {plugin[:80]}: no JSON value: {error}")
            else:
                control("set_plugin_param", plugin, key, decoded)

        return {
            "log": functions.print,
            "enable-plugin": partial(control, "enable_plugin"),
            "disable-plugin": partial(control, "disable_plugin"),
            "set-plugin-param": set_param,
            "random": lambda: min(named["random"](), _BELOW_ONE),
        }

    def guest(self, bound: Bound) -> "IssunGuest":
        """Return the mod with these functions."""
        return IssunGuest(bound)


class IssunGuest:
    """A mod of the world."""

    def __init__(self, bound: Bound) -> None:
        self.hooks = {hook: bound[name] for hook, name in _HOOKS.items()}
        self._custom = bound["call-custom"]

    def metadata(self) -> ModMetadata:
        """Return what the mod says of itself."""
        return msgspec.convert(self.hooks["get_metadata"](), ModMetadata)

    def call(self, name: str, args: Sequence[Value]) -> Value:
        """Call a function through `call-custom`."""
        texts = [msgspec.json.encode(arg).decode() for arg in args]
        try:
            answer: Value = decode(self._custom(name, texts) or "null")
        except ValueError as error:
            raise ValueError(f"call-custom returned no JSON: {error}") from error
        return answer

    def control(self, plugin: str, action: PluginAction) -> None:
        """Tell the mod that something was done to a plugin."""
        self.hooks["on_control_plugin"](plugin, str(action))

    def event(self, type: str, data: Value) -> None:
        """Do nothing: the world has no events."""

"""What a loader asks of a world, and of a mod that was built for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from wasmtime.component import LinkerInstance

from modpm.document import Value
from modpm.runtime.api import ModMetadata, PluginAction
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.wasm.abi import Shape

Signature = tuple[list[Shape], Shape | None]
"""The shapes of a function's parameters, and of its result."""
Exports = Mapping[str | None, Mapping[str, Signature]]
"""By interface, None for the component itself: the functions there."""
Bound = Mapping[str, Callable[..., object]]
"""A guest's functions by name."""
OnEvent = Callable[[str, Value], object]


class Guest(Protocol):
    """A mod's instance. `hooks` are those that it has, as scripts name them."""

    hooks: frozenset[str]

    def metadata(self) -> ModMetadata:
        """Return what the mod says of itself."""
        ...

    def call(self, name: str, args: Sequence[Value]) -> Value:
        """Call a hook, or a function of the mod by name; raise KeyError if there is none."""
        ...

    def control(self, plugin: str, action: PluginAction) -> None:
        """Tell the mod that something was done to a plugin."""
        ...

    def event(self, type: str, data: Value) -> None:
        """Hand an event to the mod."""
        ...


class World(Protocol):
    """One version of a WIT world; what it says here never changes."""

    name: str
    """As a manifest's `api` names it."""

    def is_host(self, name: str) -> bool:
        """Return whether this is the interface of the host's functions."""
        ...

    def is_known(self, name: str) -> bool:
        """Return whether a guest may import this interface."""
        ...

    def wanted(self, exports: Sequence[str]) -> Exports:
        """Return what a component with these exports must have; nothing for another world's."""
        ...

    def define(self, host: LinkerInstance, functions: HostFunctions, on_event: OnEvent) -> None:
        """Give the guest the host's functions."""
        ...

    def guest(self, bound: Bound) -> Guest:
        """Return the mod with these functions."""
        ...

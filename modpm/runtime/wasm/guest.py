"""What a loader asks of a world, and of a mod that was built for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from modpm.document import Value
from modpm.runtime.api import ModMetadata, PluginAction
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.wasm.abi import Signature

Exports = Mapping[str | None, Mapping[str, Signature]]
"""By interface, None for the component itself: the functions there."""
Bound = Mapping[str, Callable[..., Any]]
"""Functions by name."""


class Missing(Exception):
    """The mod has no such function."""


class Guest(Protocol):
    """A mod's instance."""

    @property
    def hooks(self) -> Mapping[str, Callable[..., Value]]:
        """Those that it has, as scripts name them."""
        ...

    @property
    def call(self) -> Callable[[str, Sequence[Value]], Value]:
        """What calls any other function, by name; raises Missing if there is none."""
        ...

    def metadata(self) -> ModMetadata:
        """Return what the mod says of itself."""
        ...

    def control(self, plugin: str, action: PluginAction) -> None:
        """Tell the mod that something was done to a plugin; raise Missing if it does not listen."""
        ...

    def event(self, type: str, data: Value) -> None:
        """Hand an event to the mod, if it takes any."""
        ...


class World(Protocol):
    """One version of a WIT world; what it says here never changes."""

    name: str
    """As a manifest's `api` names it."""
    offers: str
    """What a guest may import, for its author."""
    imports: Mapping[str, Signature]
    """The host's functions."""

    def owns(self, name: str) -> bool:
        """Return whether only components of this world import or export that."""
        ...

    def is_host(self, name: str) -> bool:
        """Return whether this is the interface of the host's functions."""
        ...

    def is_known(self, name: str) -> bool:
        """Return whether a guest may import this interface."""
        ...

    def wanted(self, exports: Sequence[str]) -> Exports:
        """Return what a component with these exports must have."""
        ...

    def host(self, functions: HostFunctions) -> Bound:
        """Return what the host does for one mod, by the names of `imports`.

        It must not hold the mod's instance, which holds it where no collector looks.
        """
        ...

    def guest(self, bound: Bound) -> Guest:
        """Return the mod with these functions."""
        ...

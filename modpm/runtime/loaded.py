"""A mod that is in the game, and how it is called."""

from collections.abc import Callable, Container, Mapping
from typing import Literal

from msgspec import Struct

from modpm.runtime.api import ModBackend, ModHandle
from modpm.runtime.events import ModLoadRequested
from modpm.runtime.frame import Share

Method = Literal["call_function", "control_plugin", "dispatch_event"]
Gone = tuple[str, str]
"""A mod that is no longer there, and what became of it."""


class LoadedMod(Struct, frozen=True):
    """A mod in the game: what was asked for, and what the loader made of it."""

    handle: ModHandle
    requested: ModLoadRequested

    @property
    def id(self) -> str:
        """The mod's id."""
        return self.handle.id

    @property
    def runs(self) -> bool:
        """Whether the mod has code."""
        return self.handle.backend is not ModBackend.DECLARATIVE

    def takes(self, method: Method, hook: str) -> bool:
        """Whether the mod is called so; only its loader knows what events it wants."""
        return self.runs and (method == "dispatch_event" or hook in self.handle.hooks)

    @property
    def names(self) -> tuple[str, ...]:
        """What the mod answers to."""
        return self.requested.names(self.id)

    def lost(self, gone: Mapping[str, Gone], here: Container[str]) -> Gone | None:
        """Return which mod left that this one needs, if nothing that is here will do.

        `gone` has the mods that left by what they answered to.
        """
        manifest = self.requested.manifest
        for dependency in manifest.dependencies if manifest else ():
            ids = [requirement.id for requirement in dependency.alternatives]
            left = next((gone[id] for id in ids if id in gone), None)
            if left is not None and not any(id in here for id in ids):
                return left
        return None


Cue = tuple[LoadedMod, Callable[..., object], Share]
"""A mod, what calls it, and where its time is counted: a plain tuple, for it is unpacked most."""

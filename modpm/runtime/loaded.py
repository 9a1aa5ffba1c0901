"""A mod that is in the game, and how it is called."""

from collections.abc import Container, Mapping
from typing import Literal

from msgspec import Struct

from modpm.runtime.api import ModBackend, ModHandle
from modpm.runtime.events import DynamicEvent, ModLoadRequested
from modpm.runtime.log import seemly

Method = Literal["call_function", "control_plugin", "dispatch_event"]
Gone = tuple[str, str]
"""A mod that is no longer there, and what became of it."""
STARTING = ("load", "on_init")
SHOWN = 80
"""How much of an event's name stands for the callback that failed, in characters."""


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


def called(event: DynamicEvent) -> str:
    """Return what a callback for the event is called where it fails; never as a start is."""
    name = seemly(event.event_type[:SHOWN])
    return name if name not in ("", *STARTING) else f'event "{name}"'

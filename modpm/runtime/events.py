"""What happens between mods, host and plugins, as frozen values, and the bus that carries them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from modpm.conflict.claims import At
from modpm.document import Value
from modpm.errors import ModError
from modpm.manifest import Manifest
from modpm.runtime.api import ModHandle, PluginControl


class ModLoadRequested(Struct, frozen=True):
    """Load the mod in `path`: a folder with a mod.toml, or a bare script or component.

    `manifest` is the folder's, if it was read already. `plugins` is what a bare mod may control; a
    manifest speaks for itself. `priority` is the player's word, over all that the manifest says.
    `saves` is where the mod may keep files, if it may.
    """

    path: Path
    manifest: Manifest | None = None
    plugins: tuple[str, ...] = ()
    priority: int | None = None
    saves: Path | None = None

    def weight(self, at: At) -> int:
        """Return the priority of the mod's claims: the player's word, its setting's, its own."""
        if self.priority is not None or self.manifest is None:
            return self.priority or 0
        for setting in self.manifest.settings:
            if setting.priority is not None and (setting.plugin, setting.key) == at:
                return setting.priority
        return self.manifest.priority

    def names(self, id: str) -> tuple[str, ...]:
        """Return what the mod answers to: its id, and what it provides."""
        provisions = self.manifest.provides if self.manifest else ()
        return id, *(provision.id for provision in provisions)


class ModLoadedEvent(Struct, frozen=True):
    """The mod is loaded, and its `on_init` has run."""

    handle: ModHandle


class ModLoadFailedEvent(Struct, frozen=True):
    """The mod did not load, or failed in `on_init`; nothing of it is left."""

    path: Path
    error: ModError


class ModReloadRequested(Struct, frozen=True):
    """Put what `wanted` asks for in the place of a mod at play, and reload what depends on it.

    With `edited` False it is the same mod as before: it goes on with the same claims, and what its
    `on_init` does has been done.
    """

    mod_id: str
    wanted: ModLoadRequested
    edited: bool = True


class ModReloadedEvent(Struct, frozen=True):
    """Another version of the mod took the place of the one before; `kept` if with its state."""

    handle: ModHandle
    kept: bool


class ModReloadFailedEvent(Struct, frozen=True):
    """The mod did not load or start in `hook`: it and `mod_ids` go on as if nothing had been."""

    mod_id: str
    mod_ids: tuple[str, ...]
    hook: str
    error: ModError


class ModUnloadRequested(Struct, frozen=True):
    """Unload the mod and take back its claims."""

    mod_id: str


class ModUnloadedEvent(Struct, frozen=True):
    """The mod is gone, by request or because it failed."""

    mod_id: str


class PluginControlRequested(Struct, frozen=True):
    """A mod asks that something be done to a plugin."""

    control: PluginControl
    source_mod: str


class PluginEnabledEvent(Struct, frozen=True):
    """The plugin was off and is on. `source_mod` is whose doing it was."""

    plugin: str
    source_mod: str


class PluginDisabledEvent(Struct, frozen=True):
    """The plugin was on and is off."""

    plugin: str
    source_mod: str


class PluginParameterChangedEvent(Struct, frozen=True):
    """The decision on the parameter came out as another value than before."""

    plugin: str
    key: str
    value: Value
    source_mod: str


class PluginHookTriggeredEvent(Struct, frozen=True):
    """A mod triggered the plugin's hook."""

    plugin: str
    hook: str
    data: Value
    source_mod: str


PluginEvent = (
    PluginEnabledEvent
    | PluginDisabledEvent
    | PluginParameterChangedEvent
    | PluginHookTriggeredEvent
)
"""What a plugin hears."""


DEPENDENCY = "dependency-lost"
"""The event of which a mod hears when a mod that it needs is gone; its data is that mod's id."""


class DynamicEvent(Struct, frozen=True):
    """An event that mods name and fill. `source_mod` is None when the game published it."""

    event_type: str
    data: Value = None
    source_mod: str | None = None


class LogRecord(Struct, frozen=True):
    """One line about one mod, by it or by the host. `level` is debug, info, warn or error."""

    mod: str
    level: str
    text: str


E = TypeVar("E")


class EventBus:
    """Hands each event, as it is published, to those who subscribed to its type."""

    def __init__(self) -> None:
        self._heard_by: dict[type, list[Callable[[Any], object]]] = {}

    def subscribe(self, kind: type[E], callback: Callable[[E], object]) -> None:
        """Call `callback` with every event of exactly that type, after earlier subscribers."""
        self._heard_by.setdefault(kind, []).append(callback)

    def inbox(self, kind: type[E]) -> deque[E]:
        """Return a queue that fills with the events of that type; the caller empties it."""
        box = deque[E]()
        self.subscribe(kind, box.append)
        return box

    def publish(self, event: object) -> None:
        """Hand the event to its subscribers, now."""
        for callback in self._heard_by.get(type(event), ()):
            callback(event)


def taken(inbox: deque[E]) -> Iterable[E]:
    """Take out what is in an inbox now, one by one; what comes meanwhile stays.

    So does what is not reached, because somebody in the game raised something.
    """
    return _taken(inbox, len(inbox)) if inbox else ()


def _taken(inbox: deque[E], count: int) -> Iterator[E]:
    for _ in range(count):
        if inbox:
            yield inbox.popleft()

"""Loading and unloading: from a request to a mod that has started, or one that failed."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath, PureWindowsPath
from time import monotonic

from msgspec.structs import replace

from modpm.errors import InvalidFormat, LoadFailed, ModError
from modpm.runtime.api import (
    NOTHING,
    ModBackend,
    ModContext,
    ModHandle,
    ModMetadata,
    PluginControl,
)
from modpm.runtime.control import PluginControlSystem
from modpm.runtime.events import (
    EventBus,
    ModLoadedEvent,
    ModLoadFailedEvent,
    ModLoadRequested,
    ModUnloadRequested,
    taken,
)
from modpm.runtime.failure import ENDS
from modpm.runtime.grants import granted
from modpm.runtime.loaded import LoadedMod
from modpm.runtime.mod_dir import read_manifest
from modpm.runtime.state import ModLoaderState
from modpm.versions import spell


class ModLoadSystem:
    """Unloads and loads what was requested, in the order of the requests.

    What a mod asks for in `on_init` is done before the next mod loads. Those that leave share the
    time for goodbyes, and none has more than half of what is left of it.
    """

    def __init__(
        self, state: ModLoaderState, events: EventBus, control: PluginControlSystem, seed: int
    ) -> None:
        self._state = state
        self._events = events
        self._control = control
        self._seed = seed
        self._wanted = events.inbox(ModLoadRequested)
        self._unwanted = events.inbox(ModUnloadRequested)

    def update(self) -> None:
        """Unload, start anew what failed and may, then load; tell what loaders did wrong."""
        until = monotonic() + self._state.config.goodbye
        for unwanted in taken(self._unwanted):
            self._unload(unwanted.mod_id, (until - monotonic()) / 2)
        for wanted in chain(taken(self._state.again), taken(self._wanted)):
            id = self._loaded(wanted)
            self._control.update(starting=id)
        self._state.own_up()

    def _loaded(self, wanted: ModLoadRequested) -> str:
        """Load a mod; return its id, which is the name of the file or folder until it is known."""
        try:
            wanted = complete(wanted)
        except ModError as error:
            self._state.fail(wanted.path.name, "load", error, wanted)
            return wanted.path.name
        id = wanted.manifest.id if wanted.manifest else wanted.path.stem
        self._load(id, wanted)
        return id

    def _unload(self, id: str, seconds: float) -> None:
        self._state.calls.last(id, "on_shutdown", seconds)
        if id in self._state.mods:
            self._state.unload(id)

    def _load(self, id: str, wanted: ModLoadRequested) -> None:
        """Make the mod's settings claims, load its code, run `on_init`."""
        if id in self._state.mods:
            error = LoadFailed(mod=id, reason="a mod with this id is already loaded")
            self._state.log.write(id, "warn", f"{wanted.path.name} is left out: {error.reason}")
            return self._events.publish(ModLoadFailedEvent(wanted.path, error))
        self._state.admit(id)
        try:
            for control, priority in declared(wanted):
                self._state.ask(id, control, priority, "declared")
            handle = self.handle(id, wanted)
        except ENDS:
            raise
        except BaseException as error:
            return self._state.fail(id, "load", error, wanted)
        self._state.add(LoadedMod(handle, wanted))
        self._state.calls.call_hook(id, "on_init")
        if id in self._state.mods:
            self._events.publish(ModLoadedEvent(handle))
        return None

    def handle(self, id: str, wanted: ModLoadRequested) -> ModHandle:
        """Load the mod's code; raise ModError."""
        manifest = wanted.manifest
        metadata = ModMetadata(manifest.name, spell(manifest.version)) if manifest else None
        if manifest and metadata and manifest.entry is None:
            return ModHandle(id, wanted.path, ModBackend.DECLARATIVE, metadata)
        context = ModContext(
            id=id,
            metadata=metadata,
            plugins=manifest.permissions.plugins if manifest else wanted.plugins,
            grants=granted(manifest, wanted.path, wanted.saves) if manifest else NOTHING,
            api=manifest.api if manifest else None,
            seed=self._seed,
            parameter=partial(self._state.plugins.parameter, id),
            known=partial(self._state.plugins.known, id),
            log=partial(self._state.log.write, id),
        )
        return self._state.loader.load(_entry(wanted), context)


def complete(wanted: ModLoadRequested) -> ModLoadRequested:
    """Return the request with the manifest that is in its folder; raise InvalidFormat or Io."""
    if wanted.manifest is None and wanted.path.is_dir():
        return replace(wanted, manifest=read_manifest(wanted.path))
    return wanted


def declared(wanted: ModLoadRequested) -> Iterator[tuple[PluginControl, int]]:
    """Yield the mod's settings as commands, each with its priority."""
    for setting in wanted.manifest.settings if wanted.manifest else ():
        control = PluginControl.set_param(setting.plugin, setting.key, setting.value)
        yield control, wanted.weight(control.at)


def _entry(wanted: ModLoadRequested) -> Path:
    """Return the file to run; it lies in the mod's folder, whatever the manifest says."""
    if wanted.manifest is None or wanted.manifest.entry is None:
        return wanted.path
    entry = wanted.manifest.entry
    parts = PurePosixPath(entry).parts
    if PureWindowsPath(entry).anchor or ".." in parts or "\\" in entry:
        reason = f"its entry {entry!r} is not a file in its own folder"
        raise InvalidFormat(mod=wanted.manifest.id, path=str(wanted.path), reason=reason)
    return wanted.path.joinpath(*parts)

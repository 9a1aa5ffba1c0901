"""Several loaders behind one: each mod is run by the first that accepts its file."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from modpm.document import Value
from modpm.errors import InvalidFormat, Io, LoadFailed, NotFound
from modpm.runtime.abilities import Recognizing, ReloadingLoader
from modpm.runtime.api import (
    ALONE,
    ModContext,
    ModHandle,
    ModLoader,
    PluginAction,
)
from modpm.runtime.events import DynamicEvent, PluginControlRequested

GROUP = "modpm.loaders"
"""The entry points under which other distributions offer loaders: each makes one when called."""
START = 512
"""How much of a file tells what it is, in bytes."""


class BrokenLoader(RuntimeWarning):
    """A loader that another distribution offers does not work, and is left out."""


def installed() -> Iterator[ModLoader]:
    """Yield the loaders that other distributions offer; warn of each that does not work."""
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            loader: ModLoader = point.load()()
        except Exception as error:
            text = f"the loader {point.name} ({point.value}) is left out: {error!r:.500}"
            warnings.warn(text, BrokenLoader, stacklevel=2)
        else:
            yield loader


def loader_of(loader: ModLoader, handle: ModHandle) -> ModLoader:
    """Return the loader behind `loader` that runs the mod; raise NotFound."""
    return loader.loader_of(handle) if isinstance(loader, ModRegistry) else loader


def _start(path: Path, mod: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(START)
    except FileNotFoundError:
        raise NotFound(mod=mod, path=str(path)) from None
    except OSError as error:
        raise Io(mod=mod, path=str(path), reason=error.strerror or str(error)) from error


class Aside(NamedTuple):
    """A mod that was set aside, and the loader that has it."""

    loader: ReloadingLoader
    mod: object


class ModRegistry:
    """A ModLoader that hands every call to the loader which has the mod.

    `more` gives further loaders; it is asked once, when none of `loaders` accepts a file.
    """

    def __init__(
        self,
        loaders: Iterable[ModLoader] = (),
        more: Callable[[], Iterable[ModLoader]] = tuple,
    ) -> None:
        self._loaders = list(loaders)
        self._more = more
        self._by_mod: dict[str, ModLoader] = {}

    def accepts(self, path: Path, /) -> bool:
        """Return whether some loader accepts the file."""
        return self._accepting(path) is not None

    def load_auto_detect(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Load the file by what is in it, whatever it is called; by its name if nobody knows it.

        Raises NotFound or Io for what cannot be read, and what `load` does.
        """
        start = _start(path, context.id or path.stem)
        for loader in self._loaders:
            if isinstance(loader, Recognizing) and loader.recognizes(start):
                return self._load(loader, path, context)
        return self.load(path, context)

    def load(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Load the file with the first loader that accepts it; raise InvalidFormat if none does."""
        loader = self._accepting(path)
        if loader is not None:
            return self._load(loader, path, context)
        reason = f"nothing here runs files that end in {path.suffix!r}"
        raise InvalidFormat(mod=context.id or path.stem, path=str(path), reason=reason)

    def unload(self, handle: ModHandle, /) -> None:
        """Forget the mod."""
        self.loader_of(handle).unload(handle)
        del self._by_mod[handle.id]

    def set_aside(self, handle: ModHandle, /) -> object:
        """Return the mod, alive; raise LoadFailed if its loader cannot have two versions of it."""
        loader = self.loader_of(handle)
        if not isinstance(loader, ReloadingLoader):
            reason = f"mods in {handle.path.suffix} files cannot be reloaded while they play"
            raise LoadFailed(mod=handle.id, reason=reason, file=str(handle.path))
        aside = loader.set_aside(handle)
        del self._by_mod[handle.id]
        return Aside(loader, aside)

    def bring_back(self, handle: ModHandle, aside: object, /) -> None:
        """Run the mod that was set aside again."""
        assert isinstance(aside, Aside)
        aside.loader.bring_back(handle, aside.mod)
        self._by_mod[handle.id] = aside.loader

    def hand_over(self, aside: object, handle: ModHandle, memory: bool, edited: bool, /) -> bool:
        """Let the mod go on where the former version was, in whichever loader that is."""
        loader = self.loader_of(handle)
        assert isinstance(aside, Aside)
        if not isinstance(loader, ReloadingLoader):
            return False
        return loader.hand_over(aside.mod, handle, memory, edited)

    def discard(self, aside: object, /) -> None:
        """Forget a mod that was set aside."""
        assert isinstance(aside, Aside)
        aside.loader.discard(aside.mod)

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Tell the mod that something was done to a plugin."""
        self.loader_of(handle).control_plugin(handle, plugin, action)

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what the mod's function returns."""
        return self.loader_of(handle).call_function(handle, name, *args)

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the mods asked for, one loader's after the other's."""
        return [command for loader in self._loaders for command in loader.drain_commands()]

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the mods published, one loader's after the other's."""
        return [event for loader in self._loaders for event in loader.drain_events()]

    def dispatch_event(self, handle: ModHandle, event: DynamicEvent, /) -> None:
        """Hand the event to the mod if it subscribed to it."""
        self.loader_of(handle).dispatch_event(handle, event)

    def loader_of(self, handle: ModHandle) -> ModLoader:
        """Return the loader that runs the mod; raise NotFound."""
        try:
            return self._by_mod[handle.id]
        except KeyError:
            raise NotFound(mod=handle.id, path=str(handle.path)) from None

    def _accepting(self, path: Path) -> ModLoader | None:
        for loader in self._loaders:
            if loader.accepts(path):
                return loader
        more, self._more = tuple(self._more()), tuple
        self._loaders += more
        return next((loader for loader in more if loader.accepts(path)), None)

    def _load(self, loader: ModLoader, path: Path, context: ModContext) -> ModHandle:
        handle = loader.load(path, context)
        self._by_mod[handle.id] = loader
        return handle

"""Several loaders behind one: each mod is run by the first that accepts its file."""

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

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
from modpm.runtime.failure import spelled
from modpm.runtime.offers import Offer

START = 512
"""How much of a file tells what it is, in bytes."""
T = TypeVar("T")


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


def _drained(kind: type[T], loader: ModLoader, drain: str) -> list[T]:
    drained: list[T] = getattr(loader, drain)()
    for one in drained:
        if not isinstance(one, kind):
            raise TypeError(f"{one!r:.100} is no {kind.__name__}")
    return drained


class Aside(NamedTuple):
    """A mod that was set aside, and the loader that has it."""

    loader: ReloadingLoader
    mod: object


class ModRegistry:
    """A ModLoader that hands every call to the loader which has the mod.

    `more` offers further loaders; it is asked once, when none of `loaders` accepts a file. What a
    loader raises where no mod is at fault is in `broken`, once a loader, and costs nobody else.
    """

    def __init__(
        self,
        loaders: Iterable[ModLoader] = (),
        more: Callable[[], Iterable[Offer]] = tuple,
    ) -> None:
        self.broken = deque[str]()
        self._loaders = list(loaders)
        self._more = more
        self._by_mod: dict[str, ModLoader] = {}
        self._called: dict[int, str] = {}
        self._told: set[str] = set()

    def accepts(self, path: Path, /) -> bool:
        """Return whether some loader accepts the file."""
        return self._accepting(path) is not None

    def load_auto_detect(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Load the file by what is in it, whatever it is called; by its name if nobody knows it.

        Raises NotFound or Io for what cannot be read, and what `load` does.
        """
        start = _start(path, context.id or path.stem)
        for loader in self._loaders:
            if isinstance(loader, Recognizing) and self._contained(
                loader, partial(loader.recognizes, start), False
            ):
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
        loader = self.loader_of(handle)
        del self._by_mod[handle.id]
        self._contained(loader, partial(loader.unload, handle), None)

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
        self._contained(aside.loader, partial(aside.loader.discard, aside.mod), None)

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Tell the mod that something was done to a plugin."""
        self.loader_of(handle).control_plugin(handle, plugin, action)

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what the mod's function returns."""
        return self.loader_of(handle).call_function(handle, name, *args)

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the mods asked for, one loader's after the other's."""
        return self._all(PluginControlRequested, "drain_commands")

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the mods published, one loader's after the other's."""
        return self._all(DynamicEvent, "drain_events")

    def dispatch_event(self, handle: ModHandle, event: DynamicEvent, /) -> None:
        """Hand the event to the mod if it subscribed to it."""
        self.loader_of(handle).dispatch_event(handle, event)

    def loader_of(self, handle: ModHandle) -> ModLoader:
        """Return the loader that runs the mod; raise NotFound."""
        try:
            return self._by_mod[handle.id]
        except KeyError:
            raise NotFound(mod=handle.id, path=str(handle.path)) from None

    def _all(self, kind: type[T], drain: str) -> list[T]:
        """Return what all loaders queued; none of one loader's if something there is no `kind`."""
        found: list[T] = []
        for loader in self._loaders:
            found += self._contained(loader, partial(_drained, kind, loader, drain), [])
        return found

    def _accepting(self, path: Path) -> ModLoader | None:
        for loader in self._loaders:
            if self._accepts(loader, path):
                return loader
        more = self._made()
        self._loaders += more
        return next((loader for loader in more if self._accepts(loader, path)), None)

    def _accepts(self, loader: ModLoader, path: Path) -> bool:
        return self._contained(loader, partial(loader.accepts, path), False)

    def _made(self) -> list[ModLoader]:
        """Make those loaders that nobody asked for before, and that can be made."""
        offers, self._more = self._more(), tuple
        made: list[ModLoader] = []
        for offer in offers:
            loader = self._contained(offer, offer.make, None)
            if loader is not None:
                self._called[id(loader)] = offer.name
                made.append(loader)
        return made

    def _contained(self, who: object, ask: Callable[[], T], otherwise: T) -> T:
        """Return what a loader answers; what it raises is noted, once for each loader."""
        try:
            return ask()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit, and what native code makes of a panic
            name = who.name if isinstance(who, Offer) else self._name(who)
            if name not in self._told:
                self._told.add(name)
                self.broken.append(f"{name} does not work: {spelled(error)}")
            return otherwise

    def _name(self, loader: object) -> str:
        kind = type(loader)
        return self._called.get(id(loader), f"the loader {kind.__module__}:{kind.__qualname__}")

    def _load(self, loader: ModLoader, path: Path, context: ModContext) -> ModHandle:
        try:
            handle = loader.load(path, context)
        except SystemExit as error:
            if id(loader) not in self._called:  # the game's own end
                raise
            reason = f"{self._name(loader)} gave up: {spelled(error)}"
            raise LoadFailed(mod=context.id or path.stem, reason=reason, file=str(path)) from error
        if not isinstance(handle, ModHandle):
            reason = f"{self._name(loader)} has {handle!r:.100} for a handle"
            raise LoadFailed(mod=context.id or path.stem, reason=reason, file=str(path))
        if context.id not in (None, handle.id):
            self._contained(loader, partial(loader.unload, handle), None)
            reason = f"{self._name(loader)} calls it {handle.id!s:.100}"
            raise LoadFailed(mod=str(context.id), reason=reason, file=str(path))
        self._by_mod[handle.id] = loader
        return handle

"""The loaded mods and every call on them: what goes wrong in a mod stays with that mod."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from time import thread_time
from typing import TypeVar

from msgspec import Struct

from modpm.conflict.claims import Phase
from modpm.document import Value
from modpm.errors import ExecutionFailed, ModError, NotFound, Refused
from modpm.manifest import Manifest
from modpm.runtime.api import ModBackend, ModHandle, ModLoader, PluginControl
from modpm.runtime.events import (
    DynamicEvent,
    EventBus,
    ModLoadFailedEvent,
    ModLoadRequested,
    ModUnloadedEvent,
    PluginControlRequested,
    PluginEvent,
)
from modpm.runtime.log import Log
from modpm.runtime.plugins import Plugins

Queued = TypeVar("Queued", PluginControlRequested, DynamicEvent)
STARTING = ("load", "on_init")
PATIENCE = 10.0
"""How long the hooks and callbacks of one mod may compute between two updates, in seconds."""


class Failure(Struct, frozen=True):
    """A mod that the host has given up on: where it failed, and how."""

    mod: str
    hook: str
    error: ModError


class LoadedMod(Struct, frozen=True):
    """A mod in the game: what was asked for, and what the loader made of it."""

    handle: ModHandle
    requested: ModLoadRequested

    @property
    def runs(self) -> bool:
        """Whether the mod has code."""
        return self.handle.backend is not ModBackend.DECLARATIVE


class ModLoaderState:
    """The mods by id, in load order. One that fails leaves with all that it did."""

    def __init__(self, loader: ModLoader, plugins: Plugins, events: EventBus) -> None:
        self.loader = loader
        self.plugins = plugins
        self.mods: dict[str, LoadedMod] = {}
        self.failures: list[Failure] = []
        self.log = Log(events)
        self._events = events
        self._commands: list[PluginControlRequested] = []
        self._published: list[DynamicEvent] = []
        self._gone: dict[str, str] = {}
        self._spent: dict[str, float] = {}

    def renew(self) -> None:
        """Let every mod speak and compute again."""
        self._spent.clear()
        self.log.renew()

    def add(self, mod: LoadedMod) -> None:
        """Take in a mod that is loaded, and tell it which of its dependencies failed before."""
        self.mods[mod.handle.id] = mod
        self._tell(mod, self._gone)

    def call(self, id: str, hook: str, *args: Value) -> None:
        """Run one hook of one mod, if the mod is there and has it."""
        mod = self.mods.get(id)
        if mod is not None and hook in mod.handle.hooks:
            self.guard(mod, hook, self.loader.call_function, mod.handle, hook, *args)

    def running(self, hook: str | None = None) -> Iterator[LoadedMod]:
        """Yield the mods with code, or that hook, in load order; none that fails meanwhile."""
        for id, mod in tuple(self.mods.items()):
            has = hook in mod.handle.hooks if hook else mod.runs
            if has and id in self.mods:
                yield mod

    def in_load_order(self, queued: Iterable[Queued]) -> list[Queued]:
        """Return what mods queued: in load order, each mod's oldest first."""
        place = {id: number for number, id in enumerate(self.mods)}
        return sorted(queued, key=lambda one: place.get(one.source_mod or "", -1))

    def guard(self, mod: LoadedMod, hook: str, run: Callable[..., object], *args: object) -> None:
        """Run something of a mod; whatever it raises is the end of the mod and of nothing else."""
        began = thread_time()
        try:
            run(*args)
            self._spend(mod.handle, hook, thread_time() - began)
        except Exception as error:
            self.fail(mod.handle.id, hook, error, mod.requested)
        self.log.check()

    def hold(self) -> None:
        """Keep what the mods queued for the next update, apart from what they queue from now on."""
        self._commands += self.loader.drain_commands()
        self._published += self.loader.drain_events()

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the mods asked for: in load order, each mod's oldest first."""
        held, self._commands = self._commands, []
        return self.in_load_order([*held, *self.loader.drain_commands()])

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the mods published: in load order, each mod's oldest first."""
        held, self._published = self._published, []
        return self.in_load_order([*held, *self.loader.drain_events()])

    def arrange(self, order: Iterable[str]) -> None:
        """Put the mods in that load order; others keep theirs, before them."""
        last = {id: self.mods.pop(id) for id in order if id in self.mods}
        self.mods |= last

    def ask(self, id: str, control: PluginControl, priority: int, phase: Phase) -> None:
        """Do to a plugin what a mod asks, and publish what the plugin hears; or log why not."""
        event = self.decide(id, control, priority, phase)
        if event is not None:
            self._events.publish(event)

    def decide(
        self, id: str, control: PluginControl, priority: int, phase: Phase
    ) -> PluginEvent | None:
        """Do to a plugin what a mod asks, and return what it hears; or log why not."""
        try:
            return self.plugins.apply(id, control, priority, phase)
        except Refused as refused:
            self.log.write(id, "warn", f"{refused.reason}; nothing was changed")
            return None

    def fail(self, id: str, hook: str, error: Exception, requested: ModLoadRequested) -> None:
        """Give up on a mod: log it, take back what it did, tell the mods that need it."""
        known = foreseen(id, hook, error)
        self.failures.append(Failure(id, hook, known))
        self.log.fail(id, f"{hook}: {told(known)}")
        self.drop(id)
        gone = dict.fromkeys(names(id, requested.manifest), id)
        self._gone |= gone
        for other in self.mods.values():
            self._tell(other, gone)
        starting = ModLoadFailedEvent(requested.path, known)
        self._events.publish(starting if hook in STARTING else ModUnloadedEvent(id))

    def drop(self, id: str) -> None:
        """Forget a mod, what it queued, and what it claimed. Runs none of its code."""
        mod = self.mods.pop(id, None)
        if mod is not None and mod.runs:
            self.loader.unload(mod.handle)
        self._commands = [command for command in self._commands if command.source_mod != id]
        self._published = [event for event in self._published if event.source_mod != id]
        for event in self.plugins.withdraw(id):
            self._events.publish(event)

    def _spend(self, handle: ModHandle, hook: str, seconds: float) -> None:
        """Count what a call took: each one is bounded, but events may call without end."""
        spent = self._spent[handle.id] = self._spent.get(handle.id, 0.0) + seconds
        if spent > PATIENCE:
            reason = f"its hooks took more than {PATIENCE:g} seconds in one turn"
            raise ExecutionFailed(
                mod=handle.id,
                function=hook,
                reason=reason,
                limit="timeout",
                file=str(handle.path),
            )

    def _tell(self, mod: LoadedMod, gone: Mapping[str, str]) -> None:
        if not gone:
            return
        manifest = mod.requested.manifest
        here = {
            name for m in self.mods.values() for name in names(m.handle.id, m.requested.manifest)
        }
        for dependency in manifest.dependencies if manifest else ():
            ids = [requirement.id for requirement in dependency.alternatives]
            failed = next((gone[id] for id in ids if id in gone), None)
            if failed is not None and here.isdisjoint(ids):
                self.log.write(
                    mod.handle.id, "warn", f"{failed} failed, and this mod depends on it"
                )


def told(error: ModError) -> str:
    """Return what went wrong in one line, with file, line and column where they are known."""
    reason = "there is no such file" if isinstance(error, NotFound) else None
    reason = reason or str(getattr(error, "reason", None) or error)
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    file = getattr(error, "file", None) or getattr(error, "path", None)
    place = [str(part) for part in (file and Path(file).name, line, column) if part]
    return f"{reason} ({':'.join(place)})" if place else reason


def foreseen(id: str, hook: str, error: Exception) -> ModError:
    """Return the error as one that says which mod it is about."""
    if isinstance(error, ModError):
        return error
    reason = f"{type(error).__name__}: {error}"
    return ExecutionFailed(mod=id, function=hook, reason=reason)


def names(id: str, manifest: Manifest | None) -> list[str]:
    """Return the names under which others may depend on the mod."""
    return [id, *(provision.id for provision in manifest.provides)] if manifest else [id]

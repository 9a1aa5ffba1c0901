"""The loaded mods, and what becomes of one that fails: it stays with that mod."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from modpm.conflict.claims import Phase
from modpm.errors import LoadFailed, Refused
from modpm.runtime.api import ModLoader, PluginControl
from modpm.runtime.calls import Calls
from modpm.runtime.config import DEFAULTS, ModSystemConfig
from modpm.runtime.events import (
    DEPENDENCY,
    DynamicEvent,
    EventBus,
    ModLoadFailedEvent,
    ModLoadRequested,
    ModUnloadedEvent,
    PluginControlRequested,
    PluginEvent,
    taken,
)
from modpm.runtime.failure import Failure, foreseen, told
from modpm.runtime.frame import Frame
from modpm.runtime.loaded import STARTING, Gone, LoadedMod
from modpm.runtime.log import Log
from modpm.runtime.plugins import Plugins
from modpm.runtime.registry import ModRegistry

Queued = TypeVar("Queued", PluginControlRequested, DynamicEvent)

Doomed = list[tuple[Failure, ModLoadRequested]]
"""Failures to come, and what would load the mods again."""


class ModLoaderState:
    """The mods by id, in load order. One that fails leaves with all that it did."""

    def __init__(
        self,
        loader: ModLoader,
        plugins: Plugins,
        events: EventBus,
        config: ModSystemConfig = DEFAULTS,
    ) -> None:
        self.loader = loader
        self.plugins = plugins
        self.mods: dict[str, LoadedMod] = {}
        self.failures: list[Failure] = []
        self.again = deque[ModLoadRequested]()
        self.news = deque[tuple[str, DynamicEvent]]()
        self.log = Log(events)
        self._events = events
        self.config = config
        self._commands = deque[PluginControlRequested]()
        self._published = deque[DynamicEvent]()
        self._rank: dict[str, int] = {}
        self._times: Counter[str] = Counter()
        self._gone: dict[str, Gone] = {}
        self.calls = Calls(self.mods, loader, self.log, Frame(config.turn), self._failed)

    def tick(self, turn: int) -> None:
        """Begin a turn: each mod's `on_tick`, in load order. The update after it ends the turn."""
        self.calls.all("call_function", "on_tick", turn)

    def renew(self) -> None:
        """Let every mod speak and compute again."""
        overrun = self.calls.frame.renew()
        if overrun is not None:
            self._events.publish(overrun)
        self.log.renew()

    def admit(self, id: str) -> None:
        """Give a mod its place in the load order, which it keeps: behind all that have one."""
        self._rank.setdefault(id, len(self._rank))
        self.plugins.admit(id)

    def add(self, mod: LoadedMod) -> None:
        """Take in a mod that is loaded, and tell it which of its dependencies failed before."""
        last = next(reversed(self.mods), mod.id)
        self.put(mod)
        if self._rank[last] > self._rank[mod.id]:
            self._sort()
        for name in mod.names:
            self._gone.pop(name, None)
        self._end(self._bereft([mod], self._gone, "on_init"))

    def put(self, mod: LoadedMod) -> None:
        """Let a mod take the place of the one with its id, or the last."""
        self.calls.recast()
        self.mods[mod.id] = mod

    def arrange(self, order: Iterable[str]) -> None:
        """Put the mods in that load order; others keep theirs, before them."""
        last = dict.fromkeys(order)
        first = [id for id in self._rank if id not in last]
        self._rank = {id: rank for rank, id in enumerate([*first, *last])}
        self._sort()

    def _sort(self) -> None:
        self.calls.recast()
        mods = sorted(self.mods.values(), key=lambda mod: self._rank[mod.id])
        self.mods.clear()
        self.mods.update({mod.id: mod for mod in mods})

    def in_load_order(self, queued: Collection[Queued]) -> list[Queued]:
        """Return what mods queued: in load order, each mod's oldest first."""
        return sorted(queued, key=lambda one: self._rank.get(one.source_mod or "", -1))

    def hold(self) -> None:
        """Keep what the mods queued for the next update, apart from what they queue from now on."""
        self._commands += self.loader.drain_commands()
        self._published += self.loader.drain_events()

    def drain_commands(self) -> Iterable[PluginControlRequested]:
        """Take out what the mods asked for: in load order, each mod's oldest first."""
        return self._drained(self._commands, self.loader.drain_commands())

    def drain_events(self) -> Iterable[DynamicEvent]:
        """Take out what the mods published: in load order, each mod's oldest first."""
        return self._drained(self._published, self.loader.drain_events())

    def _drained(self, queue: deque[Queued], new: list[Queued]) -> Iterable[Queued]:
        if queue or new:
            queue.extend(new)
            ordered: list[Queued] = self.in_load_order(queue)
            queue.clear()
            queue.extend(ordered)
        return taken(queue)

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

    def fail(self, id: str, hook: str, error: BaseException, requested: ModLoadRequested) -> None:
        """Give up on a mod: log it, take back what it did, tell the mods that need it.

        If the game wants it, these fail too.
        """
        self._end([(Failure(id, hook, foreseen(id, hook, error)), requested)])

    def own_up(self) -> None:
        """Log what loaders did wrong since the last time."""
        broken = self.loader.broken if isinstance(self.loader, ModRegistry) else deque[str]()
        for text in taken(broken):
            self.log.write("modpm", "warn", text)

    def unload(self, id: str) -> None:
        """Let a mod go by request, and tell the mods that need it."""
        mod = self.mods[id]
        self.drop(id)
        self._events.publish(ModUnloadedEvent(id))
        self._end(self._left(id, "was unloaded", mod.requested))

    def _end(self, doomed: Doomed) -> None:
        while doomed:
            failure, requested = doomed.pop(0)
            if failure.hook != DEPENDENCY or failure.mod in self.mods:
                doomed += self._give_up(failure, requested)

    def _failed(self, mod: LoadedMod, hook: str, error: BaseException) -> None:
        self.fail(mod.id, hook, error, mod.requested)

    def drop(self, id: str) -> None:
        """Forget a mod, what it queued, and what it claimed. Runs none of its code."""
        self.calls.drop(id)
        mod = self.mods.pop(id, None)
        if mod is not None and mod.runs:
            self.loader.unload(mod.handle)
        _forget(self._commands, id)
        _forget(self._published, id)
        for event in self.plugins.withdraw(id):
            self._events.publish(event)

    def _give_up(self, failure: Failure, requested: ModLoadRequested) -> Doomed:
        id, hook = failure.mod, failure.hook
        self._times[id] += 1
        final = hook == "load" or self._times[id] > self.config.retries
        if not final:
            self.again.append(requested)
        self.failures.append(replace(failure, final=final))
        self.log.fail(id, f"{hook}: {told(failure.error)}{'' if final else '; it starts anew'}")
        self.drop(id)
        starting = ModLoadFailedEvent(requested.path, failure.error)
        self._events.publish(starting if hook in STARTING else ModUnloadedEvent(id))
        return self._left(id, "failed", requested)

    def _left(self, id: str, how: str, requested: ModLoadRequested) -> Doomed:
        """Tell the mods that need one that is no longer there; return those that fail for it."""
        gone = dict.fromkeys(requested.names(id), (id, how))
        self._gone |= gone
        return self._bereft(self.mods.values(), gone, DEPENDENCY)

    def _bereft(self, mods: Iterable[LoadedMod], gone: Mapping[str, Gone], hook: str) -> Doomed:
        if not gone:
            return []
        doomed: Doomed = []
        here = {name for mod in self.mods.values() for name in mod.names}
        for mod in mods:
            lost = mod.lost(gone, here)
            if lost is None:
                continue
            reason = f"{lost[0]} {lost[1]}, and this mod depends on it"
            if self.config.dependents == "fail":
                failure = Failure(mod.id, hook, LoadFailed(mod=mod.id, reason=reason))
                doomed.append((failure, mod.requested))
            else:
                self.log.write(mod.id, "warn", reason)
                self.news.append((mod.id, DynamicEvent(DEPENDENCY, lost[0])))
        return doomed


def _forget(queue: deque[Queued], mod: str) -> None:
    """Take out what a mod queued; whoever takes from the queue goes on with the rest."""
    kept = [one for one in queue if one.source_mod != mod]
    queue.clear()
    queue += kept

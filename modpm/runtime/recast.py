"""From one cast to another while it plays: who leaves, who comes, who is another than before."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.claims import At, Claim
from modpm.conflict.rules import Rules
from modpm.document import Value
from modpm.game import Game
from modpm.manifest import Manifest
from modpm.requirement import Dependency
from modpm.runtime.builder import GameRuntime
from modpm.runtime.events import ModLoadRequested, ModReloadRequested, ModUnloadRequested
from modpm.runtime.load import ModLoadSystem
from modpm.runtime.loaded import LoadedMod
from modpm.runtime.reload import ModReloadSystem
from modpm.runtime.state import ModLoaderState


class Mod(Struct, frozen=True):
    """A mod to play: its manifest and the folder of its files.

    `priority` is the player's word; `saves` is where the mod may keep files, if it may.
    """

    id: str
    manifest: Manifest
    folder: Path
    priority: int | None = None
    saves: Path | None = None

    def request(self) -> ModLoadRequested:
        """Return what asks for it to be loaded."""
        return ModLoadRequested(
            self.folder, self.manifest, priority=self.priority, saves=self.saves
        )


class Playbill(Struct, frozen=True):
    """What is to be played: the mods in load order, the rules, the game; over these, `pins`.

    `former` are the ids of mods that were to be played before.
    """

    mods: tuple[Mod, ...]
    rules: Rules
    game: Game
    pins: Mapping[At, Value] = {}
    former: frozenset[str] = frozenset()

    def counting(self) -> Rules:
        """Return the rules with the pins."""
        return (
            replace(self.rules, pins={**self.rules.pins, **self.pins}) if self.pins else self.rules
        )

    def changed(self, mods: Sequence[Mod], rules: Rules, game: Game) -> "Playbill":
        """Return another that keeps the pins that fit the game."""
        known = game.parameters()
        pins = {at: v for at, v in self.pins.items() if at in known and not known[at].problem(v)}
        former = self.former.union(mod.id for mod in self.mods)
        return Playbill(tuple(mods), rules, game, pins, former)

    def pinned(self, at: At, value: Value) -> "Playbill":
        """Return another with one more pin; raise UnfitPin."""
        bill = replace(self, pins={**self.pins, at: value})
        bill.counting().check(self.game)
        return bill

    def unpinned(self, at: At) -> "Playbill":
        """Return another without that pin."""
        return replace(self, pins={pin: value for pin, value in self.pins.items() if pin != at})


def recast(runtime: GameRuntime, before: Sequence[Mod], bill: Playbill) -> None:
    """Let the mods of a bill play on where those `before` did. Others in the game are left alone.

    A mod that failed, or could not be reloaded, is tried again when anything is other than before.
    """
    state, loads = runtime.resource(ModLoaderState), runtime.resource(ModLoadSystem)
    mods = bill.mods
    state.hold()
    _dismiss(runtime, bill)
    loads.update()
    _arrange(runtime, bill)
    if mods != tuple(before):
        known = {mod.id: mod for mod in before}
        for mod in mods:
            if mod.id not in state.mods and known.get(mod.id) != mod:
                runtime.events.publish(mod.request())
        loads.update()
        state.arrange(mod.id for mod in mods)
        for mod in mods:
            if mod.id in state.mods and _other(state.mods[mod.id], mod):
                runtime.events.publish(ModReloadRequested(mod.id, mod.request()))
        runtime.resource(ModReloadSystem).update()
    _dismiss(runtime, bill)
    loads.update()


def _dismiss(runtime: GameRuntime, bill: Playbill) -> None:
    """Ask for those to be unloaded that left the bill, and that nobody on it needs."""
    state = runtime.resource(ModLoaderState)
    stay = {mod.id for mod in bill.mods}
    needed = {
        wanted.id
        for id in stay & state.mods.keys()
        for dependency in _dependencies(state.mods[id])
        for wanted in dependency.alternatives
    }
    for id, mod in reversed(state.mods.items()):
        if id in bill.former - stay and needed.isdisjoint(mod.names):
            runtime.events.publish(ModUnloadRequested(id))


def _dependencies(mod: LoadedMod) -> Sequence[Dependency]:
    return mod.requested.manifest.dependencies if mod.requested.manifest else ()


def _other(loaded: LoadedMod, mod: Mod) -> bool:
    """Return whether a mod at play has other files, or another manifest, than it should."""
    return (loaded.requested.path, loaded.requested.manifest) != (mod.folder, mod.manifest)


def _arrange(runtime: GameRuntime, bill: Playbill) -> None:
    """Let the load order, the priorities, the rules and the game count from now on."""
    state, priority = runtime.resource(ModLoaderState), {mod.id: mod.priority for mod in bill.mods}
    for id in state.mods.keys() & (bill.former | priority.keys()):
        loaded = state.mods[id]
        requested = replace(loaded.requested, priority=priority.get(id))
        state.put(LoadedMod(loaded.handle, requested))

    def weigh(claim: Claim) -> int:
        return state.mods[claim.mod].requested.weight(claim.at)

    order = list(priority)
    state.arrange(order)
    others = [id for id in state.mods if id not in order]
    rules, game = bill.counting(), bill.game
    for event in runtime.plugins.rearrange([*others, *order], rules, game, weigh):
        runtime.events.publish(event)

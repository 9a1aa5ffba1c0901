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
    """What is to be played: the mods in load order, the rules, the game; over these, `pins`."""

    mods: tuple[Mod, ...]
    rules: Rules
    game: Game
    pins: Mapping[At, Value] = {}

    def counting(self) -> Rules:
        """Return the rules with the pins."""
        return (
            replace(self.rules, pins={**self.rules.pins, **self.pins}) if self.pins else self.rules
        )

    def changed(self, mods: Sequence[Mod], rules: Rules, game: Game) -> "Playbill":
        """Return another that keeps the pins that fit the game."""
        known = game.parameters()
        pins = {at: v for at, v in self.pins.items() if at in known and not known[at].problem(v)}
        return Playbill(tuple(mods), rules, game, pins)

    def pinned(self, at: At, value: Value) -> "Playbill":
        """Return another with one more pin; raise UnfitPin."""
        bill = replace(self, pins={**self.pins, at: value})
        bill.counting().check(self.game)
        return bill

    def unpinned(self, at: At) -> "Playbill":
        """Return another without that pin."""
        return replace(self, pins={pin: value for pin, value in self.pins.items() if pin != at})


def recast(
    runtime: GameRuntime, before: Sequence[Mod], mods: Sequence[Mod], rules: Rules, game: Game
) -> None:
    """Let `mods` play on where `before` did, in this load order, by these rules, in this game.

    A mod that failed, or could not be reloaded, is tried again when anything is other than before.
    """
    state, loads = runtime.resource(ModLoaderState), runtime.resource(ModLoadSystem)
    state.hold()
    _dismiss(runtime, mods)
    loads.update()
    _arrange(runtime, mods, rules, game)
    if list(mods) != list(before):
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
    _dismiss(runtime, mods)
    loads.update()


def _dismiss(runtime: GameRuntime, mods: Sequence[Mod]) -> None:
    """Ask for those to be unloaded that are not among `mods`, and that nobody here needs."""
    state = runtime.resource(ModLoaderState)
    stay = {mod.id for mod in mods}
    needed = {
        wanted.id
        for id in stay & state.mods.keys()
        for dependency in _manifest(state.mods[id]).dependencies
        for wanted in dependency.alternatives
    }
    for id, mod in reversed(state.mods.items()):
        if id not in stay and needed.isdisjoint(mod.names):
            runtime.events.publish(ModUnloadRequested(id))


def _manifest(mod: LoadedMod) -> Manifest:
    assert mod.requested.manifest is not None  # a host's mods have one
    return mod.requested.manifest


def _other(loaded: LoadedMod, mod: Mod) -> bool:
    """Return whether a mod at play has other files, or another manifest, than it should."""
    return (loaded.requested.path, loaded.requested.manifest) != (mod.folder, mod.manifest)


def _arrange(runtime: GameRuntime, mods: Sequence[Mod], rules: Rules, game: Game) -> None:
    """Let the load order, the priorities, the rules and the game count from now on."""
    state, priority = runtime.resource(ModLoaderState), {mod.id: mod.priority for mod in mods}
    for id, loaded in list(state.mods.items()):
        requested = replace(loaded.requested, priority=priority.get(id))
        state.put(LoadedMod(loaded.handle, requested))

    def weigh(claim: Claim) -> int:
        return state.mods[claim.mod].requested.weight(claim.at)

    order = [mod.id for mod in mods]
    state.arrange(order)
    leaving = [id for id in state.mods if id not in order]
    for event in runtime.plugins.rearrange([*leaving, *order], rules, game, weigh):
        runtime.events.publish(event)

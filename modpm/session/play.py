"""Playing a synced loadout against its game's definition, without the game."""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from modpm.conflict.decide import Decision, rules
from modpm.errors import UnknownGame
from modpm.loadout import Loadout
from modpm.lockfile import Lock
from modpm.runtime import Host, LogRecord, PluginState
from modpm.runtime.host import Mod
from modpm.runtime.state import Failure
from modpm.session.sources import Sources, manifest_of
from modpm.store.cas import Store


class RunReport(Struct, frozen=True):
    """How a play ended: the mods in load order, every plugin by name, and who failed."""

    order: tuple[str, ...]
    ticks: int
    plugins: Mapping[str, PluginState]
    decisions: tuple[Decision, ...]
    failures: tuple[Failure, ...]


def host(loadout: Loadout, lock: Lock, sources: Sources, store: Store) -> Host:
    """Return the host, not yet started, for a loadout whose locked mods are in the store.

    Raises UnknownGame.
    """
    game = sources.game()
    if game is None:
        raise UnknownGame(id=loadout.game or "", searched=tuple(loadout.registries))
    folders = {mod.id: store.path(mod.sha256) for mod in lock.mods}
    priority = {wish.id: wish.priority for wish in loadout.mods}
    mods = [_mod(folders[id], priority.get(id)) for id in lock.order()]
    return Host(game, mods, rules(loadout, game), loadout.seed)


def _mod(folder: Path, priority: int | None) -> Mod:
    manifest = manifest_of(folder)
    return Mod(manifest.id, manifest, folder, priority)


def play(host: Host, ticks: int, on_log: Callable[[LogRecord], object] | None) -> RunReport:
    """Start the host, let it tick, close it; `on_log` hears every record as it comes."""
    if on_log is not None:
        host.events.subscribe(LogRecord, on_log)
    with host:
        order = host.loaded
        for _ in range(ticks):
            host.tick()
    return RunReport(order, ticks, host.plugins, host.decisions, host.failures)

"""Playing a synced loadout against its game's definition, without the game."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from modpm.conflict.claims import Decision
from modpm.conflict.rules import rules
from modpm.errors import ManifestMismatch, UnknownGame
from modpm.loadout import Loadout
from modpm.lockfile import Lock, LockedMod
from modpm.lockfile.lock import permissions
from modpm.runtime import Host, LogRecord, ModLoader, PluginState
from modpm.runtime.host import Mod
from modpm.runtime.state import Failure
from modpm.session.bare import manifest_at
from modpm.session.sources import Sources
from modpm.store.cas import Store
from modpm.versions import spell


class RunReport(Struct, frozen=True):
    """How a play ended: the mods in load order, every plugin by name, and who failed."""

    order: tuple[str, ...]
    ticks: int
    plugins: Mapping[str, PluginState]
    decisions: tuple[Decision, ...]
    failures: tuple[Failure, ...]


def host(
    loadout: Loadout,
    lock: Lock,
    sources: Sources,
    store: Store,
    saves: Path,
    loaders: Sequence[ModLoader],
) -> Host:
    """Return the host, not yet started, for a loadout whose locked mods are in the store.

    Below `saves` each mod may have a folder of its own.

    Raises UnknownGame; ManifestMismatch if the lock names other mods than their bytes do.
    """
    game = sources.game()
    if game is None:
        raise UnknownGame(id=loadout.game or "", searched=tuple(loadout.registries))
    priority = {wish.id: wish.priority for wish in loadout.mods}
    locked = {mod.id: mod for mod in lock.mods}
    mods = [_mod(locked[id], store, priority.get(id), saves) for id in lock.order()]
    return Host(game, mods, rules(loadout, game), loadout.seed, loaders)


def _mod(locked: LockedMod, store: Store, priority: int | None, saves: Path) -> Mod:
    """Return a mod as the store has it, if that is what the lock promises."""
    folder = store.path(locked.sha256)
    manifest = manifest_at(folder, locked.id)
    promised = f"{locked.id} {spell(locked.version)}"
    found = f"{manifest.id} {spell(manifest.version)}"
    if promised != found:
        raise ManifestMismatch(file=str(folder), expected=promised, found=found)
    if locked.permissions != permissions(manifest):
        granted, asked = (
            f"the permissions {', '.join(texts) or 'none'}"
            for texts in (locked.permissions, permissions(manifest))
        )
        hint = "the lock says what is granted: run `modpm lock` to be asked for the rest"
        raise ManifestMismatch(file=str(folder), expected=granted, found=asked, hint=hint)
    own = saves / manifest.id.replace("/", "+")  # no id has a plus
    return Mod(manifest.id, manifest, folder, priority, own)


def play(host: Host, ticks: int, on_log: Callable[[LogRecord], object] | None) -> RunReport:
    """Start the host, let it tick, close it; `on_log` hears every record as it comes."""
    if on_log is not None:
        host.events.subscribe(LogRecord, on_log)
    with host:
        order = host.loaded
        for _ in range(ticks):
            host.tick()
    return RunReport(order, ticks, host.plugins, host.decisions, host.failures)

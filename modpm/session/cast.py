"""Who plays, and by what rules: a loadout, its lock and its store, made ready for a host."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.claims import Claim, provided
from modpm.conflict.decide import Decisions, contested, resolve_conflicts
from modpm.conflict.rules import Rules, rules
from modpm.errors import ManifestMismatch, UnknownGame
from modpm.game import Game
from modpm.loadout import Loadout
from modpm.lockfile import Lock, LockedMod, Redecision, redecisions
from modpm.lockfile.lock import permissions
from modpm.runtime import GamePlugin, Host, ModLoader, ModSystemConfig
from modpm.runtime.config import DEFAULTS
from modpm.runtime.host import Mod
from modpm.runtime.plan import Plan, plan
from modpm.session.bare import manifest_at
from modpm.session.sources import Progress
from modpm.store.cas import Store
from modpm.versions import spell


class Cast(Struct, frozen=True):
    """What it takes to play: a game, a lock's mods in load order, and the rules for conflicts."""

    lock: Lock
    game: Game
    mods: tuple[Mod, ...]
    rules: Rules
    seed: int

    def host(
        self,
        loaders: Sequence[ModLoader],
        config: ModSystemConfig = DEFAULTS,
        parts: Sequence[GamePlugin] = (),
    ) -> Host:
        """Return a host for it, with the game's own parts, not yet started."""
        return Host(self.game, self.mods, self.rules, self.seed, loaders, config, parts)

    def plan(self, loaders: Sequence[ModLoader], progress: Progress) -> Plan:
        """Return what the mods claim when they start.

        They find no files that they kept, and the clock stands still: a plan is the same anywhere.
        """

        def loaded(count: int) -> None:
            progress("planning", count, len(self.mods))

        with TemporaryDirectory(prefix="modpm-") as saves:
            mods = [_untouched(mod, Path(saves)) for mod in self.mods]
            return plan(self.game, mods, self.rules, self.seed, loaders, loaded)

    def all_claims(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """Return what the mods claim, with what they provide."""
        return (*claims, *provided(mod.manifest for mod in self.mods))

    def decisions(self, claims: Iterable[Claim]) -> Decisions:
        """Return what is decided where mods disagree by these claims, or by what they provide."""
        return contested(resolve_conflicts(self.all_claims(claims), self.rules, self.game))

    def redecided(self, claims: Iterable[Claim]) -> tuple[Redecision, ...]:
        """Return what these claims come to that is not what the lock holds."""
        return redecisions(self.lock, self.lock.decided(self.decisions(claims)))


def cast(loadout: Loadout, game: Game | None, lock: Lock, store: Store, saves: Path) -> Cast:
    """Return the cast of a loadout whose locked mods are in the store.

    Below `saves` each mod may have a folder of its own.

    Raises UnknownGame; ManifestMismatch if the lock names other mods than their bytes do.
    """
    if game is None:
        raise UnknownGame(id=loadout.game or "", searched=tuple(loadout.registries))
    priority = {wish.id: wish.priority for wish in loadout.mods}
    locked = {mod.id: mod for mod in lock.mods}
    mods = (_mod(locked[id], store, priority.get(id), saves) for id in lock.order())
    return Cast(lock, game, tuple(mods), rules(loadout, game), loadout.seed)


def compiled(mod: Mod, cache: Path) -> None:
    """Have a component's code ready for play; raise ModError if there can be none."""
    if mod.manifest.kind == "wasm":
        from modpm.runtime.wasm.aot import prepare

        manifest = mod.manifest
        prepare(mod.folder / str(manifest.entry), mod.id, manifest.api, cache=cache)


def _untouched(mod: Mod, saves: Path) -> Mod:
    """Return the mod without what differs from one machine, and one day, to the next."""
    timeless = replace(mod.manifest.permissions, clock=False)
    manifest = replace(mod.manifest, permissions=timeless)
    return replace(mod, manifest=manifest, saves=saves / mod.id.replace("/", "+"))


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

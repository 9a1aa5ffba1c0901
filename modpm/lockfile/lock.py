"""A lock as a value: made from a resolution, put in order, compared with another."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.claims import Decision
from modpm.errors import NotInLoadout
from modpm.fault import suggest
from modpm.game import TIERS
from modpm.index import PATH, Release
from modpm.loadout import Loadout, Override
from modpm.manifest import Kind, Manifest, Provision
from modpm.order import Edge, Order, Source, order, places
from modpm.resolve.problem import Resolution
from modpm.versions import Version


class LockedMod(Struct, frozen=True):
    """One [[mod]]. `source` is a registry's name; `path` is set instead for a mod from the disk.

    `dependencies`, `recommends`, `after` and `player_after` are ids of mods in the same lock,
    sorted: what was chosen for the mod's dependencies, what is there because it recommends it, what
    it loads after for other reasons, and what the player wants it to load after. `unordered` are
    those of its dependencies that need not load first. `tier` is the author's word on the order,
    `player_tier` the player's. `provides` are the virtual ids for which it was chosen. `priority`
    and `overrides` are the player's words about the mod. `permissions` are texts such as
    "plugins:combat", "files:read:data", "clock".
    """

    id: str
    version: Version
    kind: Kind
    size: int
    sha256: str
    source: str | None = None
    path: str | None = None
    priority: int | None = None
    provides: tuple[Provision, ...] = ()
    dependencies: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    recommends: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    player_after: tuple[str, ...] = ()
    tier: str | None = None
    player_tier: str | None = None
    overrides: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()

    def behind(self) -> Iterator[str]:
        """Yield what the mod loads after, for whatever reason."""
        if self.unordered:
            yield from (need for need in self.dependencies if need not in self.unordered)
        else:
            yield from self.dependencies
        yield from self.after
        yield from self.player_after


class Lock(Struct, frozen=True):
    """A whole lockfile; `mods` sorted by id, `decisions` by plugin and key, `tiers` in load order.

    `newer` is the version of its format if that is newer than this modpm's: what it does not know
    there was passed over.
    """

    mods: tuple[LockedMod, ...]
    decisions: tuple[Decision, ...] = ()
    game: str | None = None
    game_version: Version | None = None
    newer: str | None = None
    tiers: tuple[str, ...] = TIERS

    def decided(self, decisions: Iterable[Decision]) -> "Lock":
        """Return the lock with these decisions, of which it keeps what cannot be worked out."""
        return replace(
            self, decisions=tuple(replace(d, rejected=(), sources=()) for d in decisions)
        )

    def mod(self, name: str) -> LockedMod:
        """Return the mod of that id, else the one that provides it; raise NotInLoadout."""
        named = {p.id: mod for mod in self.mods for p in mod.provides}
        named |= {mod.id: mod for mod in self.mods}
        if name not in named:
            raise NotInLoadout(id=name, suggestion=suggest(name, named))
        return named[name]

    def without(self, ids: Collection[str]) -> "Lock":
        """Return the lock without some of its mods."""
        return replace(self, mods=tuple(mod for mod in self.mods if mod.id not in ids))

    def order(self) -> tuple[str, ...]:
        """Return the load order, as the edges give it. A lock that was read raises no Cycle."""
        return order((mod.id for mod in self.mods), self.edges(), self.places()).ids

    def places(self) -> Mapping[str, int]:
        """Return how far from normal the tiers of mods are, where they are not normal."""
        return places({mod.id: mod.player_tier or mod.tier for mod in self.mods}, self.tiers)

    def edges(self) -> Iterator[Edge]:
        """Yield who loads before whom: all hard, because what had to give way is not in a lock."""
        for mod in self.mods:
            for first in mod.behind():
                yield Edge(first, mod.id, Source.DEPENDENCY, mod.id)


ChangeKind = Literal["added", "removed", "upgraded", "downgraded", "changed"]


class Change(Struct, frozen=True):
    """What became of a mod; "changed" is the same version with other content or from elsewhere."""

    id: str
    kind: ChangeKind
    old: Version | None = None
    new: Version | None = None


def lock(
    resolution: Resolution,
    order: Order,
    game: str | None,
    game_version: Version | None,
    loadout: Loadout,
    tiers: tuple[str, ...] = TIERS,
) -> Lock:
    """Return the lock for an answer to the loadout, made for that game and version of it.

    It holds no decisions yet.
    """
    before = defaultdict[tuple[str, Source], set[str]](set)
    for edge in order.edges:
        before[edge.then, edge.source].add(edge.first)
    mods = [
        _locked(release, resolution, before, loadout)
        for _, release in sorted(resolution.releases.items())
    ]
    tiered = any(mod.tier or mod.player_tier for mod in mods)
    return Lock(tuple(mods), game=game, game_version=game_version, tiers=tiers if tiered else TIERS)


def _locked(
    release: Release,
    resolution: Resolution,
    before: Mapping[tuple[str, Source], set[str]],
    loadout: Loadout,
) -> LockedMod:
    manifest = release.manifest
    id = manifest.id
    on_disk = release.source.startswith(PATH)
    dependencies = resolution.dependencies.get(id, ())
    ordered = before[id, Source.DEPENDENCY]
    after = before[id, Source.OPTIONAL] | before[id, Source.AUTHOR]
    return LockedMod(
        id=id,
        version=manifest.version,
        kind=manifest.kind,
        size=release.size,
        sha256=release.sha256,
        source=None if on_disk else release.source,
        path=release.source.removeprefix(PATH) if on_disk else None,
        priority=next((wish.priority for wish in loadout.mods if wish.id == id), None),
        provides=tuple(p for p in manifest.provides if resolution.providers.get(p.id) == id),
        dependencies=dependencies,
        unordered=tuple(need for need in dependencies if need not in ordered),
        recommends=resolution.recommended.get(id, ()),
        after=tuple(sorted(after.difference(ordered))),
        player_after=tuple(sorted(before[id, Source.PLAYER])),
        tier=manifest.tier,
        player_tier=loadout.tiers.get(id),
        overrides=overridden(id, loadout),
        permissions=permissions(manifest),
    )


def overridden(id: str, loadout: Loadout) -> tuple[str, ...]:
    """Return the player's overrides of a mod, sorted: "+acme/ui ^2" adds, "-acme/hud" drops."""
    return tuple(sorted(text for o in loadout.overrides if o.id == id for text in _texts(o)))


def _texts(override: Override) -> Iterator[str]:
    for requirement in override.add:
        yield f"+{requirement.id} {requirement.range.text}"
    for id in override.drop:
        yield f"-{id}"


def permissions(manifest: Manifest) -> tuple[str, ...]:
    """Return what a mod asks the sandbox for, as texts, sorted."""
    asked = manifest.permissions
    texts = {f"plugins:{name}" for name in asked.plugins}
    texts |= {f"files:{grant.mode}:{grant.path}" for grant in asked.files}
    return tuple(sorted(texts | ({"clock"} if asked.clock else set())))


def changes(old: Lock | None, new: Lock) -> tuple[Change, ...]:
    """Return what differs between the mods of two locks, by id; `old` None has no mods."""
    before = {mod.id: mod for mod in old.mods} if old else {}
    after = {mod.id: mod for mod in new.mods}
    found = (_change(id, before.get(id), after.get(id)) for id in sorted(before | after))
    return tuple(change for change in found if change)


def _change(id: str, old: LockedMod | None, new: LockedMod | None) -> Change | None:
    if old is None:
        return Change(id, "added", new=new.version) if new else None
    if new is None:
        return Change(id, "removed", old=old.version)
    if old.version != new.version:
        kind: ChangeKind = "upgraded" if old.version < new.version else "downgraded"
        return Change(id, kind, old.version, new.version)
    same = (old.sha256, old.source, old.path) == (new.sha256, new.source, new.path)
    return None if same else Change(id, "changed", old.version, new.version)

"""Why one locked mod loads before another."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from modpm.game import NORMAL
from modpm.lockfile import Lock, LockedMod
from modpm.manifest import Manifest
from modpm.order import Edge, Source, order
from modpm.order.tiers import earliest
from modpm.order.why import leading


class Before(Struct, frozen=True):
    """`first` loads before `then` because of `path`, from edge to edge.

    Without a path, `tiers` are theirs if those decide. Else names do; then `waits` is what keeps
    `then` back if its name alone would not.
    """

    first: str
    then: str
    path: tuple[Edge, ...] = ()
    tiers: tuple[str, str] | None = None
    waits: Edge | None = None


def before(lock: Lock, one: str, other: str, manifest: Callable[[LockedMod], Manifest]) -> Before:
    """Return which of two mods loads first, and why; raise NotInLoadout.

    `manifest` gives what the author of a mod says.
    """
    mods = {mod.id: mod for mod in lock.mods}
    ids, edges = lock.order(), tuple(lock.edges())
    first, then = sorted((lock.mod(one).id, lock.mod(other).id), key=ids.index)

    def sourced(edge: Edge) -> Edge:
        return _sourced(mods[edge.first], mods[edge.then], manifest)

    if path := leading(edges, first, then):
        return Before(first, then, path=tuple(map(sourced, path)))
    if tiers := _tiers(lock, ids, first, then):
        return Before(first, then, tiers=tiers)
    held = {edge for edge in edges if edge.then == then and edge.first in ids[ids.index(first) :]}
    free = order(ids, {*edges} - held, lock.places()).ids
    if free.index(first) < free.index(then):
        return Before(first, then)
    return Before(first, then, waits=sourced(max(held, key=lambda edge: ids.index(edge.first))))


def _tiers(lock: Lock, ids: Sequence[str], first: str, then: str) -> tuple[str, str] | None:
    """Return the tiers of two mods if they decide: the earliest that waits for each, or its own."""
    own = lock.places()
    normal = lock.tiers.index(NORMAL)
    for place in (earliest(ids, lock.edges(), own), own):
        one, other = (place.get(id, 0) + normal for id in (first, then))
        if one != other:
            return lock.tiers[one], lock.tiers[other]
    return None


def _sourced(first: LockedMod, then: LockedMod, manifest: Callable[[LockedMod], Manifest]) -> Edge:
    """Return the edge between two mods with who says so: of several, whose word weighs most."""
    if first.id in then.dependencies and first.id not in then.unordered:
        return Edge(first.id, then.id, Source.DEPENDENCY, then.id)
    if first.id in then.player_after:
        return Edge(first.id, then.id, Source.PLAYER)
    early, late = manifest(first), manifest(then)
    named, others = _names(early), _names(late)
    if named.intersection(r.id for r in late.optional_dependencies):
        return Edge(first.id, then.id, Source.OPTIONAL, then.id)
    by = first.id if others.intersection(early.before) else then.id
    return Edge(first.id, then.id, Source.AUTHOR, by)


def _names(manifest: Manifest) -> set[str]:
    return {manifest.id, *(provision.id for provision in manifest.provides)}

"""Tiers: who loads early and who late, where nobody's word on single mods says otherwise.

A tier is softer than any edge: what an early mod must load after is as early as that mod. So tiers
never make a cycle, and each tier's mods stand together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from modpm.game import NORMAL
from modpm.order.edges import Edge


def places(chosen: Mapping[str, str | None], tiers: Sequence[str]) -> Mapping[str, int]:
    """Return how far from normal each mod's tier is, of those that are not; below 0 is earlier.

    A mod without a tier is normal, and so is one of a tier that the game lacks.
    """
    at = {tier: place - tiers.index(NORMAL) for place, tier in enumerate(tiers)}
    found = {id: at.get(tier or NORMAL, 0) for id, tier in chosen.items()}
    return {id: place for id, place in found.items() if place}


def earliest(
    ids: Sequence[str], edges: Iterable[Edge], places: Mapping[str, int]
) -> Mapping[str, int]:
    """Return the place of the earliest tier that waits for a mod, or that it has itself.

    `ids` are in an order that obeys the edges.
    """
    after = defaultdict[str, list[str]](list)
    for edge in edges:
        after[edge.first].append(edge.then)
    found: dict[str, int] = {}
    for id in reversed(ids):
        waiting = (found[then] for then in after.get(id, ()))
        found[id] = min((places.get(id, 0), *waiting))
    return found


def ranks(
    ids: Sequence[str], edges: Iterable[Edge], places: Mapping[str, int]
) -> Mapping[str, tuple[int, int]]:
    """Return what counts before the name: the earliest tier that waits for a mod, then its own."""
    return {id: (place, places.get(id, 0)) for id, place in earliest(ids, edges, places).items()}

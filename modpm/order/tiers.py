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
    ids: Iterable[str], edges: Iterable[Edge], places: Mapping[str, int]
) -> Mapping[str, int]:
    """Return the place of the earliest tier that waits for a mod, or that it has itself."""
    before, tiers = defaultdict[str, list[str]](list), defaultdict[int, list[str]](list)
    for edge in edges:
        before[edge.then].append(edge.first)
    for id in ids:
        tiers[places.get(id, 0)].append(id)
    found: dict[str, int] = {}
    for place in sorted(tiers):
        todo = tiers[place]
        while todo:
            id = todo.pop()
            if id not in found:
                found[id] = place
                todo += before.get(id, ())
    return found


def by_tier(ids: Iterable[str], edges: Iterable[Edge], places: Mapping[str, int]) -> Sequence[str]:
    """Return the ids by the earliest tier that waits for each, then by its own, then as given."""
    own = sorted(ids, key=lambda id: places.get(id, 0))
    return sorted(own, key=earliest(own, edges, places).__getitem__)

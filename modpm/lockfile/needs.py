"""Why a mod is in a lock: the ways from what the loadout wants to it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import islice, pairwise
from typing import Literal

from msgspec import Struct

from modpm.lockfile.lock import Lock, LockedMod

How = Literal["wants", "needs", "recommends"]


class Step(Struct, frozen=True):
    """`by` (None for the loadout) asks for the mod `id`, be it as `name`."""

    by: str | None
    how: How
    id: str
    name: str


Above = Mapping[str, Sequence[tuple[str, How]]]


def asked_as(mod: LockedMod, names: Collection[str]) -> str | None:
    """Return the first of a mod's names, its id before what it provides, that is among `names`."""
    own = (mod.id, *(provision.id for provision in mod.provides))
    return next((name for name in own if name in names), None)


def ways(lock: Lock, wished: Collection[str], id: str, limit: int) -> tuple[tuple[Step, ...], ...]:
    """Return up to `limit` ways from the wishes to a mod, shortest first, then by name.

    A way goes through no mod twice. There may be exponentially many.
    """
    roots = {mod.id: name for mod in lock.mods if (name := asked_as(mod, wished))}
    found = islice(_chains(id, _above(lock), _distances(lock, roots)), limit)
    return tuple(tuple(_steps(chain, roots)) for chain in found)


Chain = tuple[tuple[str, How], ...]
"""Mods from the one asked about upwards, each with how it asks for the one before."""


def _chains(id: str, above: Above, far: Mapping[str, int]) -> Iterator[Chain]:
    """Yield the ways upwards. By name among equals, so one is finished before the next is begun."""
    if id not in far:
        return
    heap: list[tuple[int, Chain, bool]] = [(far[id], ((id, "wants"),), False)]
    while heap:
        _, chain, whole = heappop(heap)
        if whole:
            yield chain
            continue
        if far[chain[-1][0]] == 0:
            heappush(heap, (len(chain), chain, True))
        passed = {step[0] for step in chain}
        for parent, how in above.get(chain[-1][0], ()):
            if parent in far and parent not in passed:
                estimate = len(chain) + 1 + far[parent]
                heappush(heap, (estimate, (*chain, (parent, how)), False))


def _above(lock: Lock) -> Above:
    above = defaultdict[str, list[tuple[str, How]]](list)
    for mod in lock.mods:
        for need in mod.dependencies:
            above[need].append((mod.id, "needs"))
        for extra in set(mod.recommends).difference(mod.dependencies):
            above[extra].append((mod.id, "recommends"))
    return above


def _distances(lock: Lock, roots: Collection[str]) -> Mapping[str, int]:
    """Return how many steps each mod is below what the loadout wants."""
    mods = {mod.id: mod for mod in lock.mods}
    far = dict.fromkeys(roots, 0)
    todo = list(roots)
    for id in todo:
        for below in (*mods[id].dependencies, *mods[id].recommends):
            if below not in far:
                far[below] = far[id] + 1
                todo.append(below)
    return far


def _steps(chain: Chain, roots: Mapping[str, str]) -> Iterator[Step]:
    top = chain[-1][0]
    yield Step(None, "wants", top, roots[top])
    for (id, _), (by, how) in reversed(tuple(pairwise(chain))):
        yield Step(by, how, id, id)

"""Kahn's algorithm with a heap: the smallest topological order."""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from modpm.order.edges import Edge


def kahn(names: Sequence[str], edges: Iterable[Edge]) -> list[str]:
    """Return the names in an order that obeys the edges, without those in or behind a cycle.

    Of those that may come next, the one that stands first in `names` does.
    """
    number = {name: place for place, name in enumerate(names)}
    after: list[list[int]] = [[] for _ in names]
    waiting = [0] * len(names)
    for edge in edges:
        then = number[edge.then]
        after[number[edge.first]].append(then)
        waiting[then] += 1
    ready = [place for place, count in enumerate(waiting) if not count]
    found = []
    while ready:
        place = heappop(ready)
        found.append(names[place])
        for then in after[place]:
            waiting[then] -= 1
            if not waiting[then]:
                heappush(ready, then)
    return found

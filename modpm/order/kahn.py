"""Kahn's algorithm with a heap: the smallest topological order by natural name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from heapq import heapify, heappop, heappush

from modpm.order.edges import Edge

_NUMBER = re.compile("[0-9]+")
_END = "\0\0"


@lru_cache(maxsize=1 << 16)
def natural(id: str) -> str:
    """Return a sort key that counts digits as numbers: mod-2 before mod-10.

    A number stands behind its length, after a character that no name has; the name itself tells
    mod-2 from mod-02.
    """
    if not _NUMBER.search(id):
        return id
    return f"{_NUMBER.sub(_counted, id)}{_END}{id}"


def _counted(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    return f"\0{chr(len(digits) + 1)}{digits}"


def kahn(
    names: Iterable[str], edges: Iterable[Edge], ranks: Mapping[str, str] | None = None
) -> list[str]:
    """Return the smallest order of the names, without those in or behind a cycle.

    `ranks`, texts of the same length where given, count before the names.
    """
    waiting = dict.fromkeys(names, 0)
    after = defaultdict[str, list[str]](list)
    for edge in edges:
        after[edge.first].append(edge.then)
        waiting[edge.then] += 1
    key = partial(_ranked, ranks) if ranks else natural
    ready = [key(name) for name, count in waiting.items() if not count]
    heapify(ready)
    found = []
    while ready:
        name = heappop(ready).rpartition(_END)[2]
        found.append(name)
        for then in after.get(name, ()):
            waiting[then] -= 1
            if not waiting[then]:
                heappush(ready, key(then))
    return found


def _ranked(ranks: Mapping[str, str], name: str) -> str:
    return f"{ranks[name]}{natural(name)}{_END}{name}"

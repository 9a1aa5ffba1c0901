"""10,000 mods in load order, and Kahn's algorithm with a heap on the same edges and nothing else.

Run: python -m benchmarks order. At most 1.5 times the plain algorithm with the same order of names,
which takes names and pairs that are known to be whole, and drops and reports nothing.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any

from benchmarks.measure import calls, show
from modpm.order import Edge, Source, natural, order

MODS = 10_000
EDGES = 3 * MODS
SYLLABLES = ("ba", "cor", "de", "fin", "go", "lu", "mer", "pal", "so", "ti")


def main() -> None:
    """Measure and print."""
    names, edges = graph(Random(6))
    pairs = [(edge.first, edge.then) for edge in edges]
    assert list(order(names, edges).ids) == plain(names, pairs, human)

    def first() -> None:
        natural.cache_clear()
        order(names, edges)

    work = {
        f"plain Kahn with a heap, {MODS:,} mods": lambda: plain(names, pairs, human),
        "the same by bare names": lambda: plain(names, pairs, str),
        "modpm's order, first": first,
        "modpm's order, again": lambda: order(names, edges),
    }
    floor, _, *own = work
    show(calls(work, number=1), "ms", floor=floor, asked=dict.fromkeys(own, "1.5x"))


def graph(random: Random) -> tuple[Sequence[str], Sequence[Edge]]:
    """Return names, shuffled, and edges without a cycle, most of them to popular mods.

    One name in ten has a number in it.
    """
    ids = [f"{word(n % 700)}/{word(n)}{n % 7 if n % 10 == 0 else ''}" for n in range(MODS)]
    edges = set[Edge]()
    while len(edges) < EDGES:
        then = random.randrange(1, MODS)
        first = int(then * random.random() ** 3)
        source = random.choice(list(Source))
        edges.add(Edge(ids[first], ids[then], source, ids[then]))
    shuffled = sorted(edges)
    random.shuffle(shuffled)
    random.shuffle(ids)
    return ids, shuffled


def word(number: int) -> str:
    """Return a word for each number, and another for each other."""
    return "".join(SYLLABLES[int(digit)] for digit in str(number + 1000))


def human(name: str) -> list[str | int]:
    """Return a name's words and numbers."""
    return [int(part) if part.isdigit() else part for part in re.split("([0-9]+)", name)]


def plain(
    names: Sequence[str], pairs: Sequence[tuple[str, str]], key: Callable[[str], Any]
) -> list[str]:
    """Return the smallest order of the names by a key."""
    after = defaultdict[str, list[str]](list)
    waiting = dict.fromkeys(names, 0)
    for first, then in pairs:
        after[first].append(then)
        waiting[then] += 1
    ready = [(key(name), name) for name, count in waiting.items() if not count]
    heapify(ready)
    found = []
    while ready:
        _, name = heappop(ready)
        found.append(name)
        for then in after[name]:
            waiting[then] -= 1
            if not waiting[then]:
                heappush(ready, (key(then), then))
    return found

"""10,000 mods in load order, and Kahn's algorithm with a heap and nothing else.

Run: python -m benchmarks order. At most 1.5 times the plain algorithm that takes the same names and
edges and gives the same order, for which it has the same sort key. It trusts that every edge is
between names it has, and drops and reports nothing. By bare names, mod-10 comes before mod-9.
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
    random = Random(6)
    names, edges = graph(random)
    tiers = {name: random.choice((-1, 1)) for name in names[::50]}
    assert list(order(names, edges).ids) == plain(names, edges, human)
    work = {
        f"plain Kahn with a heap, {MODS:,} mods": lambda: plain(names, edges, natural),
        "the same by bare names": lambda: plain(names, edges, str),
        "modpm's order": lambda: order(names, edges),
        "the same with one mod in 50 early or late": lambda: order(names, edges, tiers),
    }
    floor, _, own, _ = work
    show(calls(work, number=1), "ms", floor=floor, asked={own: "1.5x"})


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


def plain(names: Sequence[str], edges: Sequence[Edge], key: Callable[[str], Any]) -> list[str]:
    """Return the smallest order of the names by a key."""
    after = defaultdict[str, list[str]](list)
    waiting = dict.fromkeys(names, 0)
    for edge in edges:
        after[edge.first].append(edge.then)
        waiting[edge.then] += 1
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

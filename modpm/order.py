"""The load order: a topological order whose every edge keeps its source.

Kahn's algorithm with a heap gives the smallest order by natural name. Only when it gets stuck are
the cycles looked at, one strongly connected component after the other.
"""

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from heapq import heapify, heappop, heappush

from msgspec import Struct

from modpm.errors import Cycle
from modpm.loadout import Loadout
from modpm.manifest import Manifest
from modpm.resolve.problem import Resolution

_STEPS = 200_000  # nodes that are visited for a cycle shorter than the one already found
_TRIES = 100  # sets of edges to drop that are tried before "fewest" becomes "few"
_TANGLED = 200  # edges of a component above which only "few" is attempted


class Source(StrEnum):
    """Who asks that one mod loads before another. The last two are soft; the last yields first."""

    DEPENDENCY = "dependency"
    OPTIONAL = "optional dependency"
    PLAYER = "player"
    AUTHOR = "author"


class Edge(Struct, frozen=True, order=True):
    """`first` loads before `then`. `by` is the mod that says so, or None for the loadout."""

    first: str
    then: str
    source: Source
    by: str | None = None


class Order(Struct, frozen=True):
    """Ids in load order, the edges that hold, and the soft edges that a cycle made modpm drop."""

    ids: tuple[str, ...]
    edges: tuple[Edge, ...]
    dropped: tuple[Edge, ...] = ()


def natural(id: str) -> tuple[tuple[int, str], ...]:
    """Return a sort key that counts digits as numbers: mod-2 before mod-10."""
    pieces = re.split(r"([0-9]+)", id)
    pieces[1::2] = [digits.lstrip("0") for digits in pieces[1::2]]
    return (*((len(p) * (n % 2), p) for n, p in enumerate(pieces)), (0, id))


def order(ids: Iterable[str], edges: Iterable[Edge]) -> Order:
    """Return the smallest topological order by natural name. Edges to absent mods do not count.

    Raises Cycle with the shortest cycle when hard edges alone make one. Other cycles lose their
    soft edges: the authors' before the player's, and as few as possible.
    """
    names = sorted(set(ids), key=natural)
    known = set(names)
    present = {e for e in edges if e.first in known and e.then in known}
    kept = sorted(present, key=lambda e: (e.first, e.then, e.source, e.by or ""))
    found, dropped = _kahn(names, kept), list[Edge]()
    if len(found) < len(names):
        dropped = _untangled(kept)
        lost = set(dropped)
        kept = [edge for edge in kept if edge not in lost]
        found = _kahn(names, kept)
    return Order(ids=tuple(found), edges=tuple(kept), dropped=tuple(dropped))


def edges(resolution: Resolution, loadout: Loadout) -> tuple[Edge, ...]:
    """Return who must load before whom, and who says so: from the manifests and the player's rules.

    A dependency on a virtual id is an edge from the mod that was chosen to answer it; an
    after/before that names a virtual id concerns every mod that provides it.
    """
    manifests = {id: release.manifest for id, release in resolution.releases.items()}
    named = _named(manifests)
    found = [Edge(rule.first, rule.then, Source.PLAYER) for rule in loadout.order]
    for id, manifest in manifests.items():
        found += _stated(manifest, named)
        for first in resolution.dependencies.get(id, ()):
            found.append(Edge(first, id, Source.DEPENDENCY, id))
        for wanted in resolution.optional.get(id, ()):
            found.append(Edge(wanted, id, Source.OPTIONAL, id))
    return tuple(found)


def _named(manifests: Mapping[str, Manifest]) -> Mapping[str, Collection[str]]:
    """Return the mods that a name in an after/before stands for."""
    named = defaultdict[str, set[str]](set, {id: {id} for id in manifests})
    for id, manifest in manifests.items():
        for provision in manifest.provides:
            named[provision.id].add(id)
    return named


def _stated(manifest: Manifest, named: Mapping[str, Collection[str]]) -> Iterator[Edge]:
    """Yield the author's own after and before; a mod is never asked to load before itself."""
    id = manifest.id
    for name in manifest.after:
        yield from (Edge(o, id, Source.AUTHOR, id) for o in named.get(name, ()) if o != id)
    for name in manifest.before:
        yield from (Edge(id, o, Source.AUTHOR, id) for o in named.get(name, ()) if o != id)


def _kahn(names: Sequence[str], edges: Iterable[Edge]) -> list[str]:
    """Return the smallest order of the sorted `names`, without those in or behind a cycle."""
    rank = {name: n for n, name in enumerate(names)}
    waiting = [0] * len(names)
    after: list[list[int]] = [[] for _ in names]
    for edge in edges:
        then = rank[edge.then]
        after[rank[edge.first]].append(then)
        waiting[then] += 1
    ready = [n for n, count in enumerate(waiting) if not count]
    heapify(ready)
    found = []
    while ready:
        node = heappop(ready)
        found.append(names[node])
        for then in after[node]:
            waiting[then] -= 1
            if not waiting[then]:
                heappush(ready, then)
    return found


def _untangled(edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges to drop: the player's that the hard ones forbid, then the authors'."""
    held: list[Edge] = []
    dropped: list[Edge] = []
    for soft in (None, Source.PLAYER, Source.AUTHOR):
        hard = (Source.DEPENDENCY, Source.OPTIONAL)
        held += [edge for edge in edges if edge.source in ((soft,) if soft else hard)]
        lost = {edge for knot in _knots(held) for edge in _untie(knot, soft)}
        held = [edge for edge in held if edge not in lost]
        dropped += [edge for edge in edges if edge in lost]
    return dropped


def _knots(given: Sequence[Edge]) -> list[list[Edge]]:
    """Return the edges of each strongly connected component with a cycle (Kosaraju's algorithm)."""
    ahead, behind = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for edge in given:
        ahead[edge.first].append(edge.then)
        behind[edge.then].append(edge.first)
    component: dict[str, int] = {}
    for root in reversed(_finished(list(ahead), ahead)):
        stack = [root] if root not in component else []
        number = len(component)
        while stack:
            node = stack.pop()
            if node not in component:
                component[node] = number
                stack += behind[node]
    knots = defaultdict[int, list[Edge]](list)
    for edge in given:
        if component[edge.first] == component[edge.then]:
            knots[component[edge.first]].append(edge)
    return list(knots.values())


def _finished(roots: Iterable[str], ahead: Mapping[str, Sequence[str]]) -> list[str]:
    """Return every node reachable from `roots`, in the order a depth-first walk leaves them."""
    seen, left = set[str](), list[str]()
    for root in roots:
        stack = [] if root in seen else [(root, iter(ahead[root]))]
        seen.add(root)
        while stack:
            node, rest = stack[-1]
            fresh = next((then for then in rest if then not in seen), None)
            if fresh is None:
                left.append(node)
                stack.pop()
            else:
                seen.add(fresh)
                stack.append((fresh, iter(ahead[fresh])))
    return left


def _untie(knot: Sequence[Edge], soft: Source | None) -> Sequence[Edge]:
    """Return the `soft` edges to drop so that the knot has no cycle; its other edges have none."""
    if soft is None:
        raise Cycle(edges=shortest_cycle(knot))
    if len(knot) <= _TANGLED:
        tries = deque([frozenset[Edge]()])
        seen = set(tries)
        for _ in range(_TRIES):
            dropped = tries.popleft()
            cycle = shortest_cycle([edge for edge in knot if edge not in dropped])
            if not cycle:
                return sorted(dropped)
            more = [dropped | {edge} for edge in cycle if edge.source is soft]
            tries += [each for each in more if each not in seen]
            seen.update(more)
    return _against(knot, soft)


def _against(knot: Sequence[Edge], soft: Source) -> list[Edge]:
    """Return the `soft` edges against the order that the others ask for: few, in one pass."""
    names = sorted({edge.first for edge in knot}, key=natural)
    place = {n: at for at, n in enumerate(_kahn(names, (e for e in knot if e.source is not soft)))}
    return [e for e in knot if e.source is soft and place[e.first] >= place[e.then]]


def shortest_cycle(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Return the edges of the shortest cycle, from its smallest name on; nothing without one."""
    ahead = defaultdict[str, list[Edge]](list)
    for edge in edges:
        ahead[edge.first].append(edge)
    best: tuple[Edge, ...] = ()
    gone = set[str]()
    steps = 0
    for start in sorted(ahead, key=natural):
        found, visited = _back_to(start, ahead, gone, len(best) - 1 if best else len(ahead))
        best = found or best
        steps += visited
        if best and (len(best) == 1 or steps > _STEPS):
            break
        gone.add(start)
    return best


def _back_to(
    start: str, ahead: Mapping[str, Sequence[Edge]], gone: Collection[str], longest: int
) -> tuple[tuple[Edge, ...], int]:
    """Return the way from `start` to itself in at most `longest` edges, and the nodes visited."""
    came: dict[str, Edge] = {}
    level = [start]
    for _ in range(longest):
        following = []
        for node in level:
            for edge in ahead.get(node, ()):
                if edge.then in came or edge.then in gone:
                    continue
                came[edge.then] = edge
                if edge.then == start:
                    return _path(start, came), len(came)
                following.append(edge.then)
        level = following
    return (), len(came)


def _path(start: str, came: Mapping[str, Edge]) -> tuple[Edge, ...]:
    path = [came[start]]
    while path[-1].first != start:
        path.append(came[path[-1].first])
    return tuple(reversed(path))

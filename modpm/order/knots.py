"""Cycles: found one strongly connected component after the other, untied if soft edges allow it."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence

from modpm.errors import Cycle
from modpm.order.edges import Edge, Source
from modpm.order.kahn import kahn
from modpm.order.names import natural

_STEPS = 1_000_000  # edges that are followed for a cycle shorter than the one already found
_TRIES = 100  # sets of edges to drop that are tried before "fewest" becomes "few"
_TANGLED = 200  # edges of a component above which only "few" is attempted
_WORK = 200_000  # edges that are looked at for "few" before any that suffice are dropped


def untangled(edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges to drop: the player's that the hard ones forbid, then the authors'.

    Raises Cycle with the shortest cycle of each knot of hard edges.
    """
    held = [edge for edge in edges if edge.source in (Source.DEPENDENCY, Source.OPTIONAL)]
    cycles = sorted(map(shortest_cycle, _knots(held)), key=lambda cycle: natural(cycle[0].first))
    if cycles:
        raise Cycle(cycles=tuple(cycles))
    dropped: list[Edge] = []
    for soft in (Source.PLAYER, Source.AUTHOR):
        held += [edge for edge in edges if edge.source is soft]
        lost = {edge for knot in _knots(held) for edge in _untie(knot, soft)}
        held = [edge for edge in held if edge not in lost]
        dropped += [edge for edge in edges if edge in lost]
    return dropped


def _untie(knot: Sequence[Edge], soft: Source) -> Sequence[Edge]:
    """Return the `soft` edges to drop so that the knot has no cycle; its other edges have none."""
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
    return _few(knot, soft)


def _few(knot: Sequence[Edge], soft: Source) -> list[Edge]:
    """Return the `soft` edges to the mod that waits for the fewest, and so on with what is left."""
    dropped, todo, work = list[Edge](), [knot], 0
    while todo:
        knot = todo.pop()
        work += len(knot)
        if work > _WORK:
            dropped += _against(knot, soft)
            continue
        behind = defaultdict[str, list[Edge]](list)
        for edge in knot:
            behind[edge.then].append(edge)
        free = (edges for edges in behind.values() if all(edge.source is soft for edge in edges))
        lost = min(free, key=lambda edges: (len(edges), natural(edges[0].then)))
        dropped += lost
        todo += _knots([edge for edge in knot if edge.then != lost[0].then])
    return dropped


def _against(knot: Sequence[Edge], soft: Source) -> list[Edge]:
    """Return the `soft` edges against the order that the others ask for, else that of names."""
    names = sorted({edge.first for edge in knot}, key=natural)
    place = {n: at for at, n in enumerate(kahn(names, (e for e in knot if e.source is not soft)))}
    return [e for e in knot if e.source is soft and place[e.first] >= place[e.then]]


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


def shortest_cycle(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Return the edges of the shortest cycle, from its smallest name on; nothing without one."""
    ahead = defaultdict[str, list[Edge]](list)
    for edge in edges:
        ahead[edge.first].append(edge)
    best: tuple[Edge, ...] = ()
    gone = set[str]()
    steps = 0
    for start in sorted(ahead, key=natural):
        found, followed = _back_to(start, ahead, gone, len(best) - 1 if best else len(ahead))
        best = found or best
        steps += followed
        if best and (len(best) == 1 or steps > _STEPS):
            break
        gone.add(start)
    return best


def _back_to(
    start: str, ahead: Mapping[str, Sequence[Edge]], gone: Collection[str], longest: int
) -> tuple[tuple[Edge, ...], int]:
    """Return the way from `start` to itself in at most `longest` edges, and how many it tried."""
    came: dict[str, Edge] = {}
    level, followed = [start], 0
    for _ in range(longest):
        following = []
        for node in level:
            followed += len(ahead.get(node, ()))
            for edge in ahead.get(node, ()):
                if edge.then in came or edge.then in gone:
                    continue
                came[edge.then] = edge
                if edge.then == start:
                    return _path(start, came), followed
                following.append(edge.then)
        level = following
    return (), followed


def _path(start: str, came: Mapping[str, Edge]) -> tuple[Edge, ...]:
    path = [came[start]]
    while path[-1].first != start:
        path.append(came[path[-1].first])
    return tuple(reversed(path))

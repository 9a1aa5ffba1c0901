"""Why one mod loads before another: the edges that lead from it to the other."""

from collections import defaultdict
from collections.abc import Iterable

from modpm.order.edges import Edge
from modpm.order.names import natural


def leading(edges: Iterable[Edge], first: str, then: str) -> tuple[Edge, ...]:
    """Return the fewest edges that lead from one mod to another, by name among equals; or none."""
    ahead = defaultdict[str, list[Edge]](list)
    for edge in edges:
        ahead[edge.first].append(edge)
    came: dict[str, Edge] = {}
    todo = [first]
    for id in todo:
        if id == then:
            break
        for edge in sorted(ahead[id], key=lambda edge: natural(edge.then)):
            if edge.then not in came and edge.then != first:
                came[edge.then] = edge
                todo.append(edge.then)
    path: list[Edge] = []
    while then in came:
        path.append(came[then])
        then = came[then].first
    return tuple(reversed(path))

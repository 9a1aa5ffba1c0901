"""The front door of ordering: ids and edges in, a load order or a Cycle out."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from modpm.order.edges import Edge
from modpm.order.kahn import kahn
from modpm.order.knots import untangled
from modpm.order.names import natural
from modpm.order.tiers import by_tier


class Order(Struct, frozen=True):
    """Ids in load order, the edges that hold, and the soft edges that a cycle made modpm drop.

    `edges` are in no order of their own.
    """

    ids: tuple[str, ...]
    edges: tuple[Edge, ...]
    dropped: tuple[Edge, ...] = ()


def order(
    ids: Iterable[str], edges: Iterable[Edge], places: Mapping[str, int] | None = None
) -> Order:
    """Return the smallest topological order by natural name. Edges to absent mods do not count.

    Raises Cycle with the shortest cycle when hard edges alone make one. Other cycles lose their
    soft edges: the authors' before the player's, and as few as can be told in polynomial time.
    `places` are how far from normal the tiers of mods are, below 0 for earlier; they count where
    no edge speaks.
    """
    known = set(ids)
    names = sorted(known, key=natural)
    present = [edge for edge in edges if edge.first in known and edge.then in known]
    found, dropped = _sorted(names, present, places), list[Edge]()
    if len(found) < len(names):
        present = sorted(set(present), key=lambda e: (e.first, e.then, e.source, e.by or ""))
        dropped = untangled(present)
        lost = set(dropped)
        present = [edge for edge in present if edge not in lost]
        found = _sorted(names, present, places)
    return Order(ids=tuple(found), edges=tuple(present), dropped=tuple(dropped))


def _sorted(
    names: Sequence[str], edges: Sequence[Edge], places: Mapping[str, int] | None
) -> Sequence[str]:
    """Return the names, which are in natural order, in load order; not those behind a cycle."""
    return kahn(by_tier(names, edges, places) if places else names, edges)

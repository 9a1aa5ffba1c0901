"""The load order: a topological order whose every edge keeps its source."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Source(StrEnum):
    """Who asks that one mod loads before another. The later ones are soft, and dropped first to last."""

    DEPENDENCY = "dependency"
    OPTIONAL = "optional dependency"
    PLAYER = "player"
    AUTHOR = "author"


class Edge(Struct, frozen=True, order=True):
    """`first` loads before `then`. `by` is the mod whose manifest says so, or None for the loadout."""

    first: str
    then: str
    source: Source
    by: str | None = None


class Order(Struct, frozen=True):
    """Ids in load order, the edges that hold, and the soft edges that a cycle made modpm drop."""

    ids: tuple[str, ...]
    edges: tuple[Edge, ...]
    dropped: tuple[Edge, ...] = ()


def order(ids: Iterable[str], edges: Iterable[Edge]) -> Order:
    """Return the smallest topological order by natural name. Edges to mods that are absent do not count.

    Raises Cycle with the shortest cycle when hard edges alone make one.
    """
    raise NotImplementedError

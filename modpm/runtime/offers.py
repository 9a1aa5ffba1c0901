"""Loaders that other distributions offer, by entry points."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from modpm.runtime.api import ModLoader

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "modpm.loaders"
"""The entry points under which other distributions offer loaders: each makes one when called."""


class Offer(NamedTuple):
    """A loader that `name` tells of, with its entry point and distribution, and what makes one."""

    name: str
    make: Callable[[], ModLoader]


def installed() -> Iterator[Offer]:
    """Yield the loaders that other distributions offer, none of them made yet."""
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        yield _offer(point)


def _offer(point: "EntryPoint") -> Offer:
    of = f" of {point.dist.name} {point.dist.version}" if point.dist else ""

    def make() -> ModLoader:
        loader: ModLoader = point.load()()
        return loader

    return Offer(f"the loader {point.name} ({point.value}){of}", make)

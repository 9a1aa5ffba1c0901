"""The front door of resolution: a problem in, a checked resolution or a ResolutionError out."""

from collections.abc import Mapping

from msgspec import Struct

from modpm.index import Index, Release
from modpm.loadout import Override
from modpm.requirement import Requirement
from modpm.versions import Version


class Problem(Struct, frozen=True):
    """What to resolve. `locked` versions are kept where they still fit; `prereleases` are ids that may use them.

    `game_version` None leaves the game's version unchecked; its id is always checked.
    """

    wishes: tuple[Requirement, ...]
    game: str | None = None
    game_version: Version | None = None
    locked: Mapping[str, Version] = {}
    prereleases: frozenset[str] = frozenset()
    overrides: tuple[Override, ...] = ()
    recommends: bool = True


class Resolution(Struct, frozen=True):
    """The chosen release of every mod, by id, sorted; and for each virtual id in use, its provider."""

    releases: Mapping[str, Release]
    providers: Mapping[str, str]


def solve(problem: Problem, index: Index) -> Resolution:
    """Return releases that meet every requirement, checked edge by edge.

    Raises UnknownMod, AmbiguousMod, Unsatisfiable or Undecided.
    """
    raise NotImplementedError

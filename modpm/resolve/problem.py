"""What the resolver is asked, and what it answers."""

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct

from modpm.index import Release
from modpm.loadout import Override
from modpm.requirement import Requirement
from modpm.versions import Range, Version

CauseKind = Literal["wish", "dependency", "optional dependency", "conflict", "game", "disabled"]


Tick = Callable[[], None]
"""Called again and again while the resolver works; what it raises ends the work."""


class Problem(Struct, frozen=True):
    """What to resolve. `locked` versions stay where they fit.

    `game_version` None leaves the game's version unchecked; the game's id is checked unless it is
    None. `prereleases` are ids whose pre-releases may be chosen, `disabled` those that the player
    keeps out, whoever needs them.
    """

    wishes: tuple[Requirement, ...]
    game: str | None = None
    game_version: Version | None = None
    locked: Mapping[str, Version] = {}
    prereleases: frozenset[str] = frozenset()
    overrides: tuple[Override, ...] = ()
    recommends: bool = True
    disabled: frozenset[str] = frozenset()


class Resolution(Struct, frozen=True):
    """The chosen release of every mod, by id, sorted; and for each virtual id in use, its provider.

    By mod id, sorted, and only where there are any: `dependencies` are the mods that were chosen to
    answer its dependencies, `optional` its optional dependencies that are present, and
    `recommended` the mods that are there because it recommends them.
    """

    releases: Mapping[str, Release]
    providers: Mapping[str, str]
    dependencies: Mapping[str, tuple[str, ...]]
    optional: Mapping[str, tuple[str, ...]]
    recommended: Mapping[str, tuple[str, ...]]


class Cause(Struct, frozen=True):
    """One of the requirements that clash: who wants which range of what.

    `wanted_by` is a mod's id, and `versions` those of its versions that say so, newest first, with
    `every` telling that there are no others, and `range` what somebody wrote for just these; None
    stands for the loadout. The kind "disabled" means that the loadout disables `wanted_by`; it
    wants nothing. `overridden` tells that the player's override says so, not the author.

    A dependency with several alternatives has one of `wants` for each. For each of `wants` there
    are, newest first, the versions `available` (the game's own if a game is wanted) and those in
    its range that were `yanked`, and the `providers` of a virtual id that it is about, sorted. What
    no registry offers may have been misspelled: then `meant` has the id that is most like it.
    """

    wanted_by: str | None
    versions: tuple[Version, ...]
    every: bool
    kind: CauseKind
    wants: tuple[Requirement, ...]
    available: tuple[tuple[Version, ...], ...]
    yanked: tuple[tuple[Version, ...], ...]
    providers: tuple[tuple[str, ...], ...]
    meant: tuple[str | None, ...]
    overridden: bool = False
    range: str | None = None


class Part(Struct, frozen=True):
    """Some versions of a mod, newest first.

    They may be `every` one that there is, or just those of a `range` that somebody wrote; they may
    reach up to the `newest`, or down to the `oldest`, and leave out none `between`.
    """

    id: str
    versions: tuple[Version, ...]
    every: bool
    range: str | None
    newest: bool
    oldest: bool
    between: bool


class Step(Struct, frozen=True):
    """A conclusion: where there is one of each that is `given`, one of those in `needs` must be.

    Without `needs`, what is given cannot be together; with neither, there is no answer. It follows
    from its causes: what somebody said, or the number of an earlier step, counted from 0.
    """

    given: tuple[Part, ...]
    needs: tuple[Part, ...]
    causes: tuple[Cause | int, ...]


ChangeKind = Literal["prereleases", "ask", "enable", "override", "game", "install", "remove"]


class Change(Struct, frozen=True):
    """A change to a loadout.

    It allows the pre-release `version` of a mod, asks for another `range` of it than the `former`
    one, enables it, takes back what overrides it, plays another `version` of the game, or removes
    the wish. "install" is for the player to do: the game itself has to be that `version`.
    """

    kind: ChangeKind
    id: str
    range: Range | None = None
    former: Range | None = None
    version: Version | None = None


class Move(Struct, frozen=True):
    """What becomes of one mod: None is not to be there."""

    id: str
    old: Version | None
    new: Version | None


class Fix(Struct, frozen=True):
    """Changes that were shown to work together, and what they make of what was locked."""

    changes: tuple[Change, ...]
    moves: tuple[Move, ...]

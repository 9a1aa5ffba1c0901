"""What would make an impossible loadout possible: changes that were resolved again, and work."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from heapq import heappop, heappush
from itertools import islice

from msgspec.structs import replace

from modpm.errors import Undecided, UnknownMod, Unsatisfiable
from modpm.index import Index
from modpm.requirement import Requirement
from modpm.resolve.problem import Cause, Change, Fix, Move, Problem, Resolution, Tick
from modpm.resolve.solve import solve
from modpm.versions import Version, parse_range, spell

_MOST = 3
_TOGETHER = 2
"""Changes in one fix; who needs more has to decide on more than a resolver can."""

_PRICES = {"prereleases": 1, "ask": 2, "enable": 2, "override": 3, "game": 4, "remove": 5}

_ANY = parse_range("*")

_ASKING = ("ask", "enable", "prereleases")
"""Changes that are made definite: any version would do, and one that did is asked for."""


def fixes(
    problem: Problem,
    causes: Sequence[Cause],
    index: Index,
    tick: Tick,
    keep: Set[str] = frozenset(),
    holds: Callable[[Resolution], bool] = lambda found: True,
) -> tuple[Fix, ...]:
    """Return up to three fixes, the cheapest first, for a problem that fails for these causes.

    None is part of another, and none gives up a wish for what to `keep`. What each comes to
    `holds` in the eyes of who asks. When `tick` raises Undecided, those found by then are all.
    """
    found: list[Fix] = []
    with suppress(Undecided):
        working = _Fixing(problem, index, tick, keep, holds).working(causes)
        found.extend(islice(working, _MOST))
    return tuple(found)


def changed(problem: Problem, change: Change) -> Problem:
    """Return what is left to resolve after a change to the loadout."""
    others = tuple(wish for wish in problem.wishes if wish.id != change.id)
    match change.kind:
        case "remove":
            return replace(problem, wishes=others)
        case "game" | "install":
            return replace(problem, game_version=change.version)
        case "override":
            overrides = (one for one in problem.overrides if one.id != change.id)
            return replace(problem, overrides=tuple(overrides))
    wishes = (*others, Requirement(change.id, change.range or _ANY))
    early = {change.id} if change.kind == "prereleases" and change.range is None else set[str]()
    return replace(
        problem,
        wishes=wishes,
        disabled=problem.disabled - {change.id},
        prereleases=problem.prereleases | early,
    )


class _Fixing:
    """Tries sets of changes, the cheapest first; where one fails, its causes tell what to add."""

    def __init__(
        self,
        problem: Problem,
        index: Index,
        tick: Tick,
        keep: Set[str],
        holds: Callable[[Resolution], bool],
    ) -> None:
        self._problem = problem
        self._keep = keep
        self._holds = holds
        self._index = index
        self._tick = tick
        self._heap: list[tuple[int, int, tuple[Change, ...]]] = []
        self._seen: list[set[Change]] = []

    def working(self, causes: Sequence[Cause]) -> Iterator[Fix]:
        self._extend((), causes)
        done: list[set[Change]] = []
        while self._heap:
            changes = heappop(self._heap)[2]
            if any(fix <= {*changes} for fix in done):
                continue
            with suppress(UnknownMod):
                try:
                    fix = self._fix(changes)
                except Unsatisfiable as error:
                    if len(changes) < _TOGETHER:
                        self._extend(changes, error.causes)
                else:
                    if fix is None:
                        continue
                    done.append({*changes})
                    if all(change.range or change.kind not in _ASKING for change in fix.changes):
                        yield fix

    def _extend(self, changes: tuple[Change, ...], causes: Sequence[Cause]) -> None:
        """Put each further change that bears on the causes among what is to be tried."""
        left = self._after(changes)
        for one in dict.fromkeys(change for cause in causes for change in _about(cause, left)):
            if one.kind == "remove" and one.id in self._keep:
                continue
            more = (*changes, one)
            if {*more} not in self._seen and changed(left, one).wishes:
                self._seen.append({*more})
                price = sum(_PRICES[change.kind] for change in more)
                heappush(self._heap, (price, len(self._seen), more))

    def _fix(self, changes: tuple[Change, ...]) -> Fix | None:
        """Return the fix that these changes are, with what a wish is to ask for made definite."""
        found = self._solved(changes)
        if any(change.kind in _ASKING for change in changes):
            changes = tuple(_definite(change, found) for change in changes)
            found = self._solved(changes)
        if not self._holds(found):
            return None
        return Fix(changes, _moves(self._problem.locked, found))

    def _solved(self, changes: tuple[Change, ...]) -> Resolution:
        return solve(self._after(changes), self._index, self._tick)

    def _after(self, changes: tuple[Change, ...]) -> Problem:
        problem = self._problem
        for change in changes:
            problem = changed(problem, change)
        return problem


def _about(cause: Cause, problem: Problem) -> Iterator[Change]:
    """Yield changes, each of which may take away a cause."""
    id = cause.wanted_by or ""
    for wanted, available in zip(cause.wants, cause.available, strict=True):
        match cause.kind:
            case "wish":
                yield Change("remove", wanted.id)
                if wanted.range.text != "*":
                    yield Change("ask", wanted.id, former=wanted.range)
            case "game" if problem.game_version:
                for version in _beginnings(wanted):
                    yield Change("game", wanted.id, version=version)
        early = (version for version in available if version.is_prerelease)
        asked = cause.kind in ("wish", "dependency") and wanted.id not in problem.prereleases
        if asked and any(wanted.range.contains(version, prereleases=True) for version in early):
            yield Change("prereleases", wanted.id)
    if cause.kind == "disabled":
        yield Change("enable", id)
    if cause.overridden:
        yield Change("override", id)


def _beginnings(game: Requirement) -> Iterator[Version]:
    """Yield the first version of each part of a range."""
    for alternative in game.range.alternatives:
        lows = [low for piece in alternative.pieces for low, _ in piece if low is not None]
        if lows:
            first = Version.from_parts(release=(*max(lows).release, 0, 0)[:3])
            if first in game.range:
                yield first


def _definite(change: Change, found: Resolution) -> Change:
    """Return the change that asks for what was found when any version would have done.

    What was not needed after all, or has no versions of its own, is asked for as it comes; but not
    when its pre-releases were to help.
    """
    if change.kind not in _ASKING:
        return change
    release = found.releases.get(change.id)
    version = release.manifest.version if release else None
    if change.kind == "prereleases":
        if version is None or not version.is_prerelease:
            return change
        return replace(change, range=parse_range(f"^{spell(version)}"), version=version)
    return replace(change, range=parse_range(f"^{spell(version)}") if version else _ANY)


def _moves(locked: Mapping[str, Version], found: Resolution) -> tuple[Move, ...]:
    chosen = {id: release.manifest.version for id, release in found.releases.items()}
    moved = sorted(id for id in {*locked, *chosen} if locked.get(id) != chosen.get(id))
    return tuple(Move(id, locked.get(id), chosen.get(id)) for id in moved)

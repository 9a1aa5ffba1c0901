"""The front door of resolution: a problem in, a checked resolution or a ResolutionError out."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from msgspec import structs

from modpm.errors import ResolutionError, Undecided, UnknownMod, Unsatisfiable
from modpm.index import Index
from modpm.resolve.answer import needed, resolution
from modpm.resolve.causes import causes
from modpm.resolve.check import check
from modpm.resolve.problem import Cause, Problem, Resolution
from modpm.resolve.proposal import IMPOSSIBLE, Proposal
from modpm.resolve.propose import propose
from modpm.resolve.search import ROUNDS, search
from modpm.resolve.universe import ROOT, Need, Saying, Universe, collect

__all__ = ["PROPOSERS", "Cause", "Problem", "Resolution", "solve"]

PROPOSERS: Sequence[Callable[[Universe], Proposal]] = (propose, search)
"""Who is asked for an answer, in turn, until one gives an answer that passes the check, or a proof
that there is none.
"""


def solve(problem: Problem, index: Index) -> Resolution:
    """Return releases that meet every requirement, checked edge by edge.

    Raises UnknownMod, AmbiguousMod, Unsatisfiable or Undecided.
    """
    for wish in problem.wishes:
        if not known(wish.id, index):
            raise _unknown(wish.id, None, index)
    universe = collect(problem, index)
    chosen = _ask(universe, problem, PROPOSERS)
    if chosen is IMPOSSIBLE:
        raise _impossible(universe, problem, index)
    if chosen is None:
        raise Undecided(rounds=ROUNDS)
    chosen = _with_recommended(universe, problem, chosen)
    return resolution(universe, chosen, problem)


def _ask(
    universe: Universe, problem: Problem, proposers: Iterable[Callable[[Universe], Proposal]]
) -> Proposal:
    for proposer in proposers:
        proposal = proposer(universe)
        if proposal is IMPOSSIBLE:
            return IMPOSSIBLE
        if proposal is not None:
            chosen = needed(universe, proposal)
            if _holds(universe, problem, chosen):
                return chosen
    return None


def _holds(universe: Universe, problem: Problem, chosen: frozenset[int]) -> bool:
    releases = {universe.id(number): universe.releases[number] for number in chosen}
    return len(releases) == len(chosen) and not check(problem, releases)


def _with_recommended(
    universe: Universe, problem: Problem, chosen: frozenset[int]
) -> frozenset[int]:
    """Add what the chosen mods recommend, and what that recommends in turn.

    A recommendation never moves a version that was chosen without it: it comes on top, or not at
    all. All of them are tried at once first, and then, where they do not fit, one by one.
    """
    tried: set[Need] = set()
    while wave := _recommended(universe, chosen, tried):
        tried.update(wave)
        together = _on_top(universe, problem, chosen, wave)
        for need in wave if together is None else ():
            chosen = _on_top(universe, problem, chosen, [need]) or chosen
        chosen = together or chosen
    return chosen


def _recommended(universe: Universe, chosen: frozenset[int], tried: set[Need]) -> list[Need]:
    """Return the recommendations of what is chosen that nothing meets yet, in a fixed order."""
    fresh = [
        need
        for need in universe.recommends
        if need.parent in chosen and need.options and need not in tried
    ]
    unmet = [need for need in fresh if chosen.isdisjoint(need.options)]
    return sorted(unmet, key=lambda n: (universe.id(n.parent), n.saying.wants[0].id))


def _on_top(
    universe: Universe, problem: Problem, chosen: frozenset[int], more: Iterable[Need]
) -> frozenset[int] | None:
    """Return the choice extended by answers to more needs, or None if it cannot be (or not
    quickly).
    """
    fixed = [Need(ROOT, (number,), Saying(None, "wish")) for number in sorted(chosen)]
    extra = [structs.replace(need, parent=ROOT) for need in more]
    extended = structs.replace(universe, needs=(*universe.needs, *fixed, *extra))
    found = _ask(extended, problem, (search,))
    return found if isinstance(found, frozenset) else None


def known(id: str, index: Index) -> bool:
    """Return whether any release is, or provides, the id. Raises AmbiguousMod."""
    return bool(index.releases(id) or index.providers(id))


def _impossible(universe: Universe, problem: Problem, index: Index) -> ResolutionError:
    """Return the error that tells best why there is no answer."""
    found = causes(universe, problem, index)
    demands = [cause for cause in found if cause.kind != "wish"]
    if len(demands) == 1 and demands[0].kind == "dependency":
        unknown = [want.id for want in demands[0].wants if not known(want.id, index)]
        if len(unknown) == len(demands[0].wants):
            return _unknown(unknown[0], demands[0].wanted_by, index)
    return Unsatisfiable(causes=found)


def _unknown(id: str, wanted_by: str | None, index: Index) -> UnknownMod:
    close = get_close_matches(id, sorted(index.ids()), n=1)
    return UnknownMod(id=id, wanted_by=wanted_by, suggestion=close[0] if close else None)

"""The front door of resolution: a problem in, a checked resolution or a ResolutionError out."""

from contextlib import suppress

from modpm.errors import AmbiguousMod, ResolutionError, Undecided, UnknownMod, Unsatisfiable
from modpm.index import Index
from modpm.resolve.answer import needed, resolution
from modpm.resolve.causes import causes
from modpm.resolve.check import check
from modpm.resolve.collect import Collection
from modpm.resolve.core import Core, core
from modpm.resolve.explain import explain
from modpm.resolve.problem import Problem, Resolution, Tick
from modpm.resolve.recommend import with_recommended
from modpm.resolve.search import Search
from modpm.resolve.terms import known, nearest
from modpm.resolve.universe import Choice


def no_limit() -> None:
    """Let the resolver work as long as it takes."""


def solve(problem: Problem, index: Index, tick: Tick = no_limit) -> Resolution:
    """Return releases that meet every requirement, checked edge by edge.

    The answer stays the same when it is locked. When `tick` raises Undecided, that is raised; but
    not if an answer, or a proof of none, is known by then. Raises UnknownMod, AmbiguousMod,
    Unsatisfiable or Undecided.
    """
    for id in sorted(wish.id for wish in problem.wishes):
        if not known(id, index):
            raise _unknown(id, None, index)
    collection = Collection(problem, index, tick)
    found = _solve(problem, collection, index, tick)
    for id in found.releases:
        offered_by = sorted({release.source for release in index.releases(id)})
        if len(offered_by) > 1:
            raise AmbiguousMod(id=id, registries=tuple(offered_by))
    return found


def _solve(problem: Problem, collection: Collection, index: Index, tick: Tick) -> Resolution:
    """Return what is needed, with what that recommends."""
    search = Search(collection.universe(), tick, read=collection.read)
    search.complete()
    if search.refutation is not None:
        raise _impossible(core(search.refutation, problem, index, tick), problem, index)
    choice = _trimmed(collection, search.chosen(), tick)
    plain = resolution(collection.universe(), choice, (), problem)
    if check(problem, plain.releases):
        raise Undecided
    if problem.recommends:
        with suppress(Undecided):
            full = with_recommended(collection, choice, problem, tick)
            if not check(problem, full.releases):
                return full
    return plain


def _trimmed(collection: Collection, chosen: Choice, tick: Tick) -> Choice:
    """Return a choice without what is not needed after all, and what was chosen to suit that."""
    choice, without = needed(collection.universe(), chosen), list[int]()
    while len(choice) < len(chosen):
        without += [number for number in chosen if number not in choice]
        search = Search(collection.universe(), tick, without, collection.read)
        search.complete()
        chosen = search.chosen()
        choice = needed(collection.universe(), chosen)
    return choice


def _impossible(core: Core, problem: Problem, index: Index) -> ResolutionError:
    """Return the error that tells best why there is no answer."""
    found = tuple(causes(core.universe, problem, index).values())
    demands = [cause for cause in found if cause.kind != "wish"]
    if len(demands) == 1 and demands[0].kind == "dependency":
        unknown = [want.id for want in demands[0].wants if not known(want.id, index)]
        if len(unknown) == len(demands[0].wants):
            return _unknown(unknown[0], demands[0].wanted_by, index)
    return Unsatisfiable(causes=found, proof=explain(core, problem, index))


def _unknown(id: str, wanted_by: str | None, index: Index) -> UnknownMod:
    return UnknownMod(id=id, wanted_by=wanted_by, suggestion=nearest(id, index))

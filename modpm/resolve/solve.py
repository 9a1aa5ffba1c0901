"""The front door of resolution: a problem in, a checked resolution or a ResolutionError out."""

from modpm.errors import AmbiguousMod, ResolutionError, Undecided, UnknownMod, Unsatisfiable
from modpm.fault import suggest
from modpm.index import Index
from modpm.resolve.answer import needed, resolution
from modpm.resolve.causes import causes
from modpm.resolve.check import check
from modpm.resolve.engine import ROUNDS, Engine
from modpm.resolve.problem import Problem, Resolution
from modpm.resolve.recommend import with_recommended
from modpm.resolve.universe import Collection, Universe


def solve(problem: Problem, index: Index) -> Resolution:
    """Return releases that meet every requirement, checked edge by edge.

    The answer stays the same when it is locked. Raises UnknownMod, AmbiguousMod, Unsatisfiable or
    Undecided.
    """
    for id in sorted(wish.id for wish in problem.wishes):
        if not known(id, index):
            raise _unknown(id, None, index)
    collection = Collection(problem, index)
    needs, found = _solve(problem, collection, index)
    while _has_alternatives(found):
        # One alternative may have brought another that comes first once both are locked.
        collection.prefer({id: one.manifest.version for id, one in found.releases.items()})
        fewer, again = _solve(problem, collection, index)
        if not (fewer < needs or again.releases.keys() < found.releases.keys()):
            break
        needs, found = fewer, again
    for id in found.releases:
        offered_by = sorted({release.source for release in index.releases(id)})
        if len(offered_by) > 1:
            raise AmbiguousMod(id=id, registries=tuple(offered_by))
    return found


def _has_alternatives(found: Resolution) -> bool:
    manifests = [release.manifest for release in found.releases.values()]
    said = (dependency for m in manifests for dependency in (*m.dependencies, *m.recommends))
    return bool(found.providers) or any(len(one.alternatives) > 1 for one in said)


def _solve(
    problem: Problem, collection: Collection, index: Index
) -> tuple[frozenset[int], Resolution]:
    """Return the releases that are needed, and the resolution with what they recommend."""
    universe = collection.universe()
    engine = Engine(universe)
    found = engine.solve()
    if found is False:
        raise _impossible(engine, universe, problem, index)
    chosen = needed(universe, engine.chosen())
    if found is None or not _holds(chosen, universe, problem):
        raise Undecided(rounds=ROUNDS)
    if problem.recommends:
        full = with_recommended(collection, chosen, problem)
        if not check(problem, full.releases):
            return chosen, full
    return chosen, resolution(universe, chosen, (), problem)


def _holds(chosen: frozenset[int], universe: Universe, problem: Problem) -> bool:
    """Return whether the judge has nothing against an answer."""
    releases = {universe.id(number): universe.releases[number] for number in chosen}
    return len(releases) == len(chosen) and not check(problem, releases)


def known(id: str, index: Index) -> bool:
    """Return whether any release is, or provides, the id."""
    return bool(index.releases(id) or index.providers(id))


def _impossible(
    engine: Engine, universe: Universe, problem: Problem, index: Index
) -> ResolutionError:
    """Return the error that tells best why there is no answer."""
    found = causes(engine, universe, problem, index)
    demands = [cause for cause in found if cause.kind != "wish"]
    if len(demands) == 1 and demands[0].kind == "dependency":
        unknown = [want.id for want in demands[0].wants if not known(want.id, index)]
        if len(unknown) == len(demands[0].wants):
            return _unknown(unknown[0], demands[0].wanted_by, index)
    return Unsatisfiable(causes=found)


def _unknown(id: str, wanted_by: str | None, index: Index) -> UnknownMod:
    others = sorted({*index.ids()} - {id})
    return UnknownMod(id=id, wanted_by=wanted_by, suggestion=suggest(id, others))

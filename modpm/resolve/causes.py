"""Which requirements clash: a smallest set of what was said that has no answer by itself."""

from collections.abc import Iterable

from msgspec import structs

from modpm.index import Index
from modpm.requirement import Requirement
from modpm.resolve.engine import Engine
from modpm.resolve.problem import Cause, Problem
from modpm.resolve.universe import ROOT, Ban, Collection, Need, Saying, Universe
from modpm.versions import Version

_ROUNDS = (
    500  # guesses for each question; what is not decided counts as possible, and stays in the set
)


def causes(engine: Engine, universe: Universe, problem: Problem, index: Index) -> tuple[Cause, ...]:
    """Return the requirements that clash, the loadout's first, after an engine found no answer.

    None of them can be left out, unless telling so took too many guesses.
    """
    heard = engine.said()
    said = [s for s in dict.fromkeys(rule.saying for rule in _rules(universe)) if s in heard]
    wishes = [saying for saying in said if saying.kind == "wish"]
    others = [saying for saying in said if saying.kind != "wish"]
    first = _smallest(universe, others, wishes, changed=False)
    # What these few wishes reach is so much less that asking about the rest gets cheap.
    few = structs.replace(problem, wishes=tuple(wish.wants[0] for wish in first))
    universe = Collection(few, index).universe()
    said = list(dict.fromkeys(rule.saying for rule in _rules(universe)))
    clash = _smallest(universe, [], said, changed=False)
    ordered = sorted(clash, key=lambda s: (s.by or "", s.kind, *(w.id for w in s.wants)))
    return tuple(_cause(saying, universe, problem, index) for saying in ordered)


def _smallest(
    universe: Universe, kept: list[Saying], said: list[Saying], *, changed: bool
) -> list[Saying]:
    """Return the part of `said` that is impossible together with `kept`, halving what is in doubt.

    This is the QuickXplain algorithm (Junker 2004); `changed` tells that `kept` has grown.
    """
    if changed and _impossible(universe, kept):
        return []
    if len(said) == 1:
        return said
    middle = len(said) // 2
    one, other = said[:middle], said[middle:]
    second = _smallest(universe, kept + one, other, changed=True)
    first = _smallest(universe, kept + second, one, changed=bool(second))
    return first + second


def _impossible(universe: Universe, said: Iterable[Saying]) -> bool:
    heard = set(said)
    alone = Universe(
        releases=universe.releases,
        siblings=universe.siblings,
        needs=tuple(need for need in universe.needs if need.saying in heard),
        bans=tuple(ban for ban in universe.bans if ban.saying in heard),
    )
    return Engine(alone).solve(_ROUNDS) is False


def _rules(universe: Universe) -> Iterable[Need | Ban]:
    yield from universe.needs
    yield from universe.bans


def _cause(saying: Saying, universe: Universe, problem: Problem, index: Index) -> Cause:
    parents = {r.parent for r in _rules(universe) if r.saying == saying and r.parent != ROOT}
    if saying.kind == "game":
        available: tuple[tuple[Version, ...], ...] = (_played(problem),) * len(saying.wants)
    else:
        available = tuple(_available(wanted, index) for wanted in saying.wants)
    return Cause(
        wanted_by=saying.by,
        versions=_newest_first(universe.releases[n].manifest.version for n in parents),
        every=bool(parents) and parents == set(universe.siblings[saying.by or ""]),
        kind=saying.kind,
        wants=saying.wants,
        available=available,
        overridden=saying.overridden,
    )


def _played(problem: Problem) -> tuple[Version, ...]:
    return () if problem.game_version is None else (problem.game_version,)


def _available(wanted: Requirement, index: Index) -> tuple[Version, ...]:
    """Return the versions of a mod that exist, or as which something provides a virtual id."""
    stand_ins = [r for id in index.providers(wanted.id) for r in index.releases(id)]
    own = [release.manifest.version for release in index.releases(wanted.id) if not release.yanked]
    provided = [p.version for r in stand_ins for p in r.manifest.provides if p.id == wanted.id]
    return _newest_first([*own, *provided])


def _newest_first(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted(set(versions), reverse=True))

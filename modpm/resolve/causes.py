"""What was said that clashes, as a reader needs it: by whom, about what, and what there is."""

from collections import defaultdict
from collections.abc import Iterable

from modpm.index import Index
from modpm.requirement import Requirement
from modpm.resolve.problem import Cause, Problem
from modpm.resolve.universe import ROOT, Ban, Mod, Need, Saying, Term, Universe
from modpm.versions import Version


def causes(universe: Universe, problem: Problem, index: Index) -> tuple[Cause, ...]:
    """Return all that is said in a universe, the loadout's first."""
    said = defaultdict[Saying, list[Term]](list)
    rules: list[Need | Ban] = [*universe.needs, *universe.bans]
    for rule in rules:
        said[rule.saying].append((rule.parent, rule.said))
    ordered = sorted(said, key=lambda s: (s.by or "", s.kind, *(w.id for w in s.wants)))
    return tuple(_cause(saying, said[saying][0], universe, problem, index) for saying in ordered)


def _cause(saying: Saying, term: Term, universe: Universe, problem: Problem, index: Index) -> Cause:
    number, said = term
    mod: Mod | None = None if number == ROOT else universe.mods[number]
    if saying.kind == "game":
        played = () if problem.game_version is None else (problem.game_version,)
        available: tuple[tuple[Version, ...], ...] = (played,) * len(saying.wants)
    else:
        available = tuple(_available(wanted, index) for wanted in saying.wants)
    return Cause(
        wanted_by=saying.by,
        versions=_newest_first(r.manifest.version for r in mod.each(said)) if mod else (),
        every=mod is not None and said == mod.reached,
        kind=saying.kind,
        wants=saying.wants,
        available=available,
        overridden=saying.overridden,
    )


def _available(wanted: Requirement, index: Index) -> tuple[Version, ...]:
    """Return the versions of a mod that exist, or as which something provides a virtual id."""
    stand_ins = [r for id in index.providers(wanted.id) for r in index.releases(id)]
    own = [release.manifest.version for release in index.releases(wanted.id) if not release.yanked]
    provided = [p.version for r in stand_ins for p in r.manifest.provides if p.id == wanted.id]
    return _newest_first([*own, *provided])


def _newest_first(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted(set(versions), reverse=True))

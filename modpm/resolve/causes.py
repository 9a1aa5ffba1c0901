"""What was said that clashes, as a reader needs it: by whom, about what, and what there is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from modpm.index import Index
from modpm.requirement import Requirement
from modpm.resolve.problem import Cause, Problem
from modpm.resolve.terms import names, withdrawn
from modpm.resolve.universe import ROOT, Ban, Mod, Need, Saying, Term, Universe
from modpm.versions import Version


def causes(universe: Universe, problem: Problem, index: Index) -> Mapping[Saying, Cause]:
    """Return all that is said in a universe, the loadout's first."""
    said = defaultdict[Saying, list[Term]](list)
    rules: list[Need | Ban] = [*universe.needs, *universe.bans]
    for rule in rules:
        said[rule.saying].append((rule.parent, rule.said))
    texts = written(universe)
    ordered = sorted(said, key=lambda s: (s.by or "", s.kind, *(w.id for w in s.wants)))
    return {each: _cause(each, said[each][0], universe, texts, problem, index) for each in ordered}


def written(universe: Universe) -> Mapping[Term, str]:
    """Return for sets of versions the range that an author or the player wrote for them."""
    texts: dict[Term, str] = {}
    for need in universe.needs:
        for wanted in need.saying.wants:
            for number, versions in need.options:
                # An alternative may add versions that answer another one, under another name.
                if not versions & ~universe.mods[number].within(wanted):
                    texts.setdefault((number, versions), wanted.range.text)
    for ban in universe.bans:
        (about,) = ban.saying.wants
        if ban.saying.kind == "conflict" and universe.mods[ban.foe[0]].id == about.id:
            texts.setdefault(ban.foe, about.range.text)
    return texts


def _cause(
    saying: Saying,
    term: Term,
    universe: Universe,
    texts: Mapping[Term, str],
    problem: Problem,
    index: Index,
) -> Cause:
    number, said = term
    mod: Mod | None = None if number == ROOT else universe.mods[number]
    if saying.kind == "game":
        played = () if problem.game_version is None else (problem.game_version,)
        available: tuple[tuple[Version, ...], ...] = (played,) * len(saying.wants)
    else:
        available = tuple(_available(wanted, problem, index) for wanted in saying.wants)
    return Cause(
        wanted_by=saying.by,
        versions=_newest_first(r.manifest.version for r in mod.each(said)) if mod else (),
        every=mod is not None and said == mod.known,
        range=texts.get(term),
        kind=saying.kind,
        wants=saying.wants,
        available=available,
        overridden=saying.overridden,
    )


def _available(wanted: Requirement, problem: Problem, index: Index) -> tuple[Version, ...]:
    """Return the versions of a mod that exist, or as which something provides a virtual id."""
    ids = dict.fromkeys((wanted.id, *index.providers(wanted.id)))
    offered = (r for id in ids for r in index.releases(id) if not withdrawn(r, problem))
    named = (version for r in offered for id, version in names(r) if id == wanted.id)
    return _newest_first(named)


def _newest_first(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted(set(versions), reverse=True))

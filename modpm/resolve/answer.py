"""From chosen releases to a resolution: only what is needed, and who answers whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from modpm.manifest import Manifest
from modpm.resolve.problem import Problem, Resolution
from modpm.resolve.terms import relations
from modpm.resolve.universe import ROOT, Need, Universe


def needed(universe: Universe, chosen: frozenset[int]) -> frozenset[int]:
    """Return the part of a choice that the loadout needs.

    Where several chosen mods answer one need, one that is needed anyway does; else the preferred.
    """
    own = _by_parent(universe.needs)
    reached: set[int] = set()
    todo, undecided = list(own[ROOT]), list[Need]()
    while todo or undecided:
        forced = bool(todo)
        need = todo.pop() if todo else undecided.pop(0)
        present = [option for option in need.options if option in chosen]
        if reached.intersection(present) or need.parent in need.options:
            continue
        if forced and len(present) > 1:
            undecided.append(need)
            continue
        for first in present[:1]:
            reached.add(first)
            todo += own[first]
    return frozenset(reached)


def resolution(
    universe: Universe, chosen: frozenset[int], recommended: Iterable[Need], problem: Problem
) -> Resolution:
    """Return the resolution that consists of exactly the chosen releases."""
    by_id = {universe.id(number): number for number in sorted(chosen, key=universe.id)}
    named = _present(universe, by_id)
    answered = _answering(universe, universe.needs, chosen)
    wanted = _answering(universe, recommended, chosen)
    return Resolution(
        releases={id: universe.releases[number] for id, number in by_id.items()},
        providers=_providers(universe, chosen),
        dependencies={id: answered[n] for id, n in by_id.items() if answered[n]},
        optional={
            id: ids
            for id, n in by_id.items()
            if (ids := _optional(universe.releases[n].manifest, named, problem))
        },
        recommended={id: wanted[n] for id, n in by_id.items() if wanted[n]},
    )


def _by_parent(needs: Iterable[Need]) -> Mapping[int, list[Need]]:
    own = defaultdict[int, list[Need]](list)
    for need in needs:
        own[need.parent].append(need)
    return own


def _answering(
    universe: Universe, needs: Iterable[Need], chosen: frozenset[int]
) -> Mapping[int, tuple[str, ...]]:
    """Return for each release the other mods, sorted, that were chosen to answer its needs."""
    found = defaultdict[int, set[str]](set)
    for need in needs:
        if need.parent not in need.options:
            first = next((option for option in need.options if option in chosen), None)
            if first is not None:
                found[need.parent].add(universe.id(first))
    return defaultdict(tuple, {parent: tuple(sorted(ids)) for parent, ids in found.items()})


def _providers(universe: Universe, chosen: frozenset[int]) -> Mapping[str, str]:
    """Return for each id that someone asks for and that a mod of another id answers, that mod."""
    found: dict[str, str] = {}
    for need in universe.needs:
        if need.parent != ROOT and need.parent not in chosen:
            continue
        first = next((option for option in need.options if option in chosen), need.parent)
        provided = {provision.id for provision in universe.releases[first].manifest.provides}
        for wanted in need.saying.wants:
            if wanted.id != universe.id(first) and wanted.id in provided:
                found.setdefault(wanted.id, universe.id(first))
    return dict(sorted(found.items()))


def _present(universe: Universe, by_id: Mapping[str, int]) -> Mapping[str, set[str]]:
    """Return for each name the chosen mods that have or provide it."""
    named = defaultdict[str, set[str]](set)
    for id, number in by_id.items():
        named[id].add(id)
        for provision in universe.releases[number].manifest.provides:
            named[provision.id].add(id)
    return named


def _optional(
    manifest: Manifest, named: Mapping[str, set[str]], problem: Problem
) -> tuple[str, ...]:
    """Return the mods, sorted, that are present and that a release then loads after."""
    override = next((o for o in problem.overrides if o.id == manifest.id), None)
    wanted = (requirement.id for requirement in relations(manifest, override).optional)
    found = {id for name in wanted for id in named.get(name, ())}
    return tuple(sorted(found - {manifest.id}))

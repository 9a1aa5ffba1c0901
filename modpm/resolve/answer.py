"""From chosen versions to a resolution: only what is needed, and who answers whom."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from modpm.index import Release
from modpm.resolve.problem import Problem, Resolution
from modpm.resolve.terms import relations
from modpm.resolve.universe import ROOT, Choice, Need, Universe


def needed(universe: Universe, choice: Choice) -> Choice:
    """Return the part of a choice that the loadout needs, of which nothing can be left out.

    Where several chosen mods answer one need, one that is needed anyway does; else the preferred.
    """
    reached = _reached(universe, choice)
    spare = _spare(universe, reached)
    if spare is None:
        return reached
    return needed(universe, {n: version for n, version in reached.items() if n != spare})


def _spare(universe: Universe, choice: Choice) -> int | None:
    """Return a mod that shares each need which it answers with another one, if there is any."""
    sole, shared = set[int](), dict[int, None]()
    for _, present in _answered(universe, universe.needs, choice):
        if len(present) > 1:
            shared |= dict.fromkeys(present)
        else:
            sole.update(present)
    return next((number for number in reversed(shared) if number not in sole), None)


def _reached(universe: Universe, choice: Choice) -> Choice:
    own = defaultdict[int, list[Need]](list)
    for need in universe.needs:
        own[need.parent].append(need)
    reached: dict[int, int] = {}
    todo, undecided = list(own[ROOT]), list[Need]()
    while todo or undecided:
        forced = bool(todo)
        need = todo.pop() if todo else undecided.pop(0)
        if need.parent != ROOT and not choice[need.parent] & need.said:
            continue
        present = universe.present(need, choice)
        if any(number in reached for number in present):
            continue
        if forced and len(present) > 1:
            undecided.append(need)
            continue
        for number in present[:1]:
            reached[number] = choice[number]
            todo += own[number]
    return reached


def resolution(
    universe: Universe, choice: Choice, recommended: Iterable[Need], problem: Problem
) -> Resolution:
    """Return the resolution that consists of exactly the chosen releases."""
    mods = universe.mods
    releases = {mods[n].id: mods[n].release(version) for n, version in choice.items()}
    releases = {id: releases[id] for id in sorted(releases)}
    answered = _answering(universe, universe.needs, choice)
    wanted = _answering(universe, recommended, choice)
    optional = dict(_optional(releases, problem))
    return Resolution(
        releases=releases,
        providers=_providers(universe, choice),
        dependencies={id: answered[id] for id in releases if id in answered},
        optional=optional,
        recommended={id: wanted[id] for id in releases if id in wanted},
    )


def _answered(
    universe: Universe, needs: Iterable[Need], choice: Choice
) -> Iterator[tuple[Need, Sequence[int]]]:
    """Yield what the loadout and the chosen releases need, with what answers it, best first."""
    for need in needs:
        if need.parent == ROOT or choice.get(need.parent, 0) & need.said:
            present = universe.present(need, choice)
            if present:
                yield need, present


def _answering(
    universe: Universe, needs: Iterable[Need], choice: Choice
) -> Mapping[str, tuple[str, ...]]:
    """Return for each mod the others, sorted, that were chosen to answer its needs."""
    found = defaultdict[str, set[str]](set)
    for need, (number, *_) in _answered(universe, needs, choice):
        if need.parent != ROOT:
            found[universe.mods[need.parent].id].add(universe.mods[number].id)
    return {id: tuple(sorted(ids)) for id, ids in found.items()}


def _providers(universe: Universe, choice: Choice) -> Mapping[str, str]:
    """Return for each id that someone asks for and that a mod of another id answers, that mod."""
    found: dict[str, str] = {}
    for need, (number, *_) in _answered(universe, universe.needs, choice):
        mod = universe.mods[number]
        provided = {p.id for p in mod.release(choice[number]).manifest.provides}
        for wanted in need.saying.wants:
            if wanted.id != mod.id and wanted.id in provided:
                found.setdefault(wanted.id, mod.id)
    return dict(sorted(found.items()))


def _optional(
    releases: Mapping[str, Release], problem: Problem
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield for each mod those, sorted, that are present and that it then loads after."""
    named = defaultdict[str, set[str]](set)
    for id, release in releases.items():
        for name in (id, *(provision.id for provision in release.manifest.provides)):
            named[name].add(id)
    overrides = {override.id: override for override in problem.overrides}
    for id, release in releases.items():
        wanted = relations(release.manifest, overrides.get(id)).optional
        found = {other for requirement in wanted for other in named.get(requirement.id, ())} - {id}
        if found:
            yield id, tuple(sorted(found))

"""The judge of every answer: reads the manifests, and nothing that the proposers made of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from modpm.index import Release
from modpm.requirement import Requirement
from modpm.resolve.problem import CauseKind, Problem
from modpm.resolve.terms import answers, collides, relations, strays, suits_game


class Broken(Struct, frozen=True):
    """A requirement that an answer does not meet. `by` is a mod's id, or None for the loadout."""

    by: str | None
    kind: CauseKind
    wants: tuple[Requirement, ...] = ()


Named = Mapping[str, Sequence[Release]]
"""By id, the releases that have it or provide it."""


def check(problem: Problem, releases: Mapping[str, Release]) -> tuple[Broken, ...]:
    """Return what is wrong with an answer, by mod id; nothing if every requirement is met."""
    named = defaultdict[str, list[Release]](list)
    for release in releases.values():
        for id in {release.manifest.id, *(p.id for p in release.manifest.provides)}:
            named[id].append(release)
    broken = [
        Broken(None, "wish", (wish,))
        for wish in problem.wishes
        if not _answered((wish,), named, problem)
    ]
    for id, release in releases.items():
        broken += _broken(id, release, named, problem)
    return tuple(broken)


def _broken(id: str, release: Release, named: Named, problem: Problem) -> Iterator[Broken]:
    manifest = release.manifest
    override = next((o for o in problem.overrides if o.id == id), None)
    related = relations(manifest, override)
    if id != manifest.id or id in problem.disabled:
        yield Broken(id, "disabled")
    if not suits_game(manifest, problem):
        yield Broken(id, "game", (manifest.game,) if manifest.game else ())
    for dependency in related.dependencies:
        if not _answered(dependency.alternatives, named, problem):
            yield Broken(id, "dependency", dependency.alternatives)
    for banned in related.conflicts:
        if any(collides(other, banned) for other in _others(id, banned, named)):
            yield Broken(id, "conflict", (banned,))
    for wanted in related.optional:
        if any(strays(other, wanted, problem) for other in _others(id, wanted, named)):
            yield Broken(id, "optional dependency", (wanted,))


def _others(id: str, about: Requirement, named: Named) -> Iterator[Release]:
    return (other for other in named.get(about.id, ()) if other.manifest.id != id)


def _answered(alternatives: tuple[Requirement, ...], named: Named, problem: Problem) -> bool:
    return any(
        answers(release, wanted, problem)
        for wanted in alternatives
        for release in named.get(wanted.id, ())
    )

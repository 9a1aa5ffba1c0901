"""The judge of every answer: reads the manifests themselves, and nothing that the proposers made of
them.
"""

from collections.abc import Iterator, Mapping

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


def check(problem: Problem, releases: Mapping[str, Release]) -> tuple[Broken, ...]:
    """Return what is wrong with an answer, by mod id; nothing if every requirement is met."""
    broken = [
        Broken(None, "wish", (wish,))
        for wish in problem.wishes
        if not _answered((wish,), releases, problem)
    ]
    for id, release in releases.items():
        broken += _broken(id, release, releases, problem)
    return tuple(broken)


def _broken(
    id: str, release: Release, releases: Mapping[str, Release], problem: Problem
) -> Iterator[Broken]:
    manifest = release.manifest
    override = next((o for o in problem.overrides if o.id == id), None)
    related = relations(manifest, override)
    if id != manifest.id or id in problem.disabled:
        yield Broken(id, "disabled")
    if not suits_game(manifest, problem):
        yield Broken(id, "game", (manifest.game,) if manifest.game else ())
    for dependency in related.dependencies:
        if not _answered(dependency.alternatives, releases, problem):
            yield Broken(id, "dependency", dependency.alternatives)
    others = [other for name, other in releases.items() if name != id]
    for banned in related.conflicts:
        if any(collides(other, banned) for other in others):
            yield Broken(id, "conflict", (banned,))
    for wanted in related.optional:
        if any(strays(other, wanted, problem) for other in others):
            yield Broken(id, "optional dependency", (wanted,))


def _answered(
    alternatives: tuple[Requirement, ...], releases: Mapping[str, Release], problem: Problem
) -> bool:
    return any(
        answers(release, wanted, problem)
        for wanted in alternatives
        for release in releases.values()
    )

"""The rules of the design in its own words: slow, plain, and by other ways than the resolver's."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from msgspec.structs import replace

from modpm.index import Release
from modpm.loadout import Override
from modpm.manifest import Provision
from modpm.requirement import Requirement
from modpm.resolve.problem import Problem
from modpm.versions import Version

Choice = Mapping[str, Release]
"""A release, or none, of each mod."""


def called_anew(offered: Iterable[Release]) -> list[Release]:
    """Return releases that also provide each mod which they are the new name of."""
    offered = list(offered)
    newest: dict[str, Release] = {}
    for release in sorted(offered, key=lambda r: r.manifest.version):
        newest[release.manifest.id] = release
    heirs = {id: r.manifest.replaced_by for id, r in newest.items() if r.manifest.replaced_by}
    ends: dict[str, Requirement] = {}
    for id, heir in heirs.items():
        been = {id}
        while heir.id in heirs and heir.id not in been:
            been.add(heir.id)
            heir = heirs[heir.id]
        ends[id] = heir
    found = []
    for release in offered:
        manifest = release.manifest
        provides = list(manifest.provides)
        for id, heir in ends.items():
            follows = heir.id == manifest.id != id and heir.range.contains(manifest.version, True)
            if follows and id not in {p.id for p in manifest.provides}:
                provides.append(Provision(id, newest[id].manifest.version))
        found.append(replace(release, manifest=replace(manifest, provides=tuple(provides))))
    return found


def names(release: Release) -> dict[str, Version]:
    """Return what a release is and stands in for; nobody stands in for itself."""
    manifest = release.manifest
    return {p.id: p.version for p in manifest.provides} | {manifest.id: manifest.version}


def choosable(problem: Problem, release: Release) -> bool:
    """Say whether nothing but other mods can keep a release out."""
    manifest, played = release.manifest, problem.game_version
    if manifest.id in problem.disabled:
        return False
    if manifest.game is None:
        return True
    right = played is None or manifest.game.range.contains(played, prereleases=True)
    return right and manifest.game.id == problem.game


def withdrawn(problem: Problem, release: Release) -> bool:
    """Say whether a release was yanked, and is not what the player already has."""
    manifest = release.manifest
    return release.yanked and problem.locked.get(manifest.id) != manifest.version


def meets(problem: Problem, wanted: Requirement, release: Release) -> bool:
    """Say whether the release is, or stands in for, what is wanted."""
    id, version = release.manifest.id, release.manifest.version
    if wanted.id not in names(release) or withdrawn(problem, release):
        return False
    wished = any(w.id == id and version in w.range for w in problem.wishes)
    allowed = not version.is_prerelease or id in problem.prereleases or wished
    if wanted.id != id and not allowed:
        return False
    ordered = wanted.id in problem.prereleases or (wanted.id == id and wished)
    return wanted.range.contains(names(release)[wanted.id], ordered)


def override_of(problem: Problem, release: Release) -> Override:
    """Return what the player changes about what a release says."""
    id = release.manifest.id
    return next((o for o in problem.overrides if o.id == id), Override(id))


def authors_needs(problem: Problem, release: Release) -> Iterator[tuple[Requirement, ...]]:
    """Yield the alternatives of each need of its author's that counts."""
    dropped = override_of(problem, release).drop
    for dependency in release.manifest.dependencies:
        left = tuple(r for r in dependency.alternatives if r.id not in dropped)
        if left:
            yield left


def players_needs(problem: Problem, release: Release) -> Iterator[tuple[Requirement, ...]]:
    """Yield each need that the player adds."""
    yield from ((added,) for added in override_of(problem, release).add)


def conflicts(problem: Problem, release: Release) -> list[Requirement]:
    """Return what a release cannot be with."""
    dropped = override_of(problem, release).drop
    return [r for r in release.manifest.conflicts if r.id not in dropped]


def optional(problem: Problem, release: Release) -> list[Requirement]:
    """Return what a release asks of others if they are there."""
    dropped = override_of(problem, release).drop
    return [r for r in release.manifest.optional_dependencies if r.id not in dropped]


def present(problem: Problem, wants: Iterable[Requirement], choice: Choice) -> bool:
    """Say whether one of several alternatives is there."""
    return any(meets(problem, wanted, r) for wanted in wants for r in choice.values())


def clashes(banned: Requirement, speaker: Release, choice: Choice) -> bool:
    """Say whether what a mod cannot be with is there, other than itself."""
    return any(
        banned.id in names(other)
        and banned.range.contains(names(other)[banned.id], prereleases=True)
        for other in choice.values()
        if other is not speaker
    )


def goes_astray(problem: Problem, wanted: Requirement, speaker: Release, choice: Choice) -> bool:
    """Say whether what a mod asks of others if they are there is there in a wrong version."""
    return any(
        wanted.id in names(other) and not meets(problem, wanted, other)
        for other in choice.values()
        if other is not speaker
    )


def fits(problem: Problem, choice: Choice) -> bool:
    """Say whether an answer obeys every rule."""
    return all(present(problem, (wish,), choice) for wish in problem.wishes) and all(
        choosable(problem, one)
        and all(present(problem, wants, choice) for wants in authors_needs(problem, one))
        and all(present(problem, wants, choice) for wants in players_needs(problem, one))
        and not any(clashes(banned, one, choice) for banned in conflicts(problem, one))
        and not any(goes_astray(problem, r, one, choice) for r in optional(problem, one))
        for one in choice.values()
    )


def every_choice(offered: Iterable[Release]) -> Iterator[Choice]:
    """Yield every choice of at most one release a mod."""
    by_id: dict[str, list[Release | None]] = {}
    for release in offered:
        by_id.setdefault(release.manifest.id, [None]).append(release)
    for choice in product(*by_id.values()):
        yield {r.manifest.id: r for r in choice if r is not None}


def solvable(problem: Problem, offered: Iterable[Release]) -> bool:
    """Try every choice."""
    return any(fits(problem, choice) for choice in every_choice(offered))

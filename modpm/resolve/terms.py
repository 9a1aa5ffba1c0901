"""What requirements mean: which releases answer them, and what overrides make of them."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from modpm.fault import suggest
from modpm.index import Index, Release
from modpm.loadout import Override
from modpm.manifest import Manifest
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.versions import Version


class Relations(Struct, frozen=True):
    """What counts of a release's word about others. `added` counts the last of `dependencies`."""

    dependencies: tuple[Dependency, ...]
    optional: tuple[Requirement, ...]
    recommends: tuple[Dependency, ...]
    conflicts: tuple[Requirement, ...]
    added: int = 0


def relations(manifest: Manifest, override: Override | None) -> Relations:
    """Return what counts. Dropping an id takes it out of everything that the mod says of others.

    Of several alternatives the dropped one goes and the others stay.
    """
    plain = Relations(
        manifest.dependencies,
        manifest.optional_dependencies,
        manifest.recommends,
        manifest.conflicts,
    )
    if override is None:
        return plain
    drop = set(override.drop)
    added = tuple(Dependency((requirement,)) for requirement in override.add)
    return Relations(
        dependencies=(*_without(drop, plain.dependencies), *added),
        optional=tuple(r for r in plain.optional if r.id not in drop),
        recommends=tuple(_without(drop, plain.recommends)),
        conflicts=tuple(r for r in plain.conflicts if r.id not in drop),
        added=len(added),
    )


def _without(drop: set[str], dependencies: Sequence[Dependency]) -> Iterator[Dependency]:
    for dependency in dependencies:
        left = tuple(r for r in dependency.alternatives if r.id not in drop)
        if left:
            yield structs.replace(dependency, alternatives=left)


def answers(release: Release, wanted: Requirement, problem: Problem) -> bool:
    """Return whether the release is, or provides, what is wanted.

    A pre-release counts if the range names it, the loadout allows it, or the loadout's own wish
    names it. Nobody who asks for a virtual id names its providers' pre-releases: those need a wish
    of their own, or the loadout. A yanked release counts only where it is locked.
    """
    if withdrawn(release, problem):
        return False
    manifest = release.manifest
    if manifest.id == wanted.id and not manifest.version.is_prerelease:
        return wanted.range.contains(manifest.version)
    welcome = _welcome(manifest, problem)
    return any(
        wanted.range.contains(version, prereleases=_ordered(release, id, welcome, problem))
        and (id == manifest.id or welcome or not manifest.version.is_prerelease)
        for id, version in names(release)
        if id == wanted.id
    )


def withdrawn(release: Release, problem: Problem) -> bool:
    """Return whether the release was yanked, and is not what is locked."""
    manifest = release.manifest
    return release.yanked and problem.locked.get(manifest.id) != manifest.version


def collides(release: Release, banned: Requirement) -> bool:
    """Return whether a conflict bans the release. Pre-releases count by their order alone."""
    return any(
        banned.range.contains(version, prereleases=True)
        for id, version in names(release)
        if id == banned.id
    )


def strays(release: Release, wanted: Requirement, problem: Problem) -> bool:
    """Return whether the release has or provides the id, but no version that will do."""
    named = any(id == wanted.id for id, _ in names(release))
    return named and not answers(release, wanted, problem)


def known(id: str, index: Index) -> bool:
    """Return whether any release is, or provides, the id."""
    return bool(index.releases(id) or index.providers(id))


def nearest(id: str, index: Index) -> str | None:
    """Return the id that was most likely meant by one that is not known."""
    return suggest(id, sorted(index.ids()))


def suits_game(manifest: Manifest, problem: Problem) -> bool:
    """Return whether the release is for the game; its pre-releases count by their order alone."""
    game = manifest.game
    if game is None or problem.game is None:
        return True
    version = problem.game_version
    fits = version is None or game.range.contains(version, prereleases=True)
    return game.id == problem.game and fits


def names(release: Release) -> Iterator[tuple[str, Version]]:
    """Yield the ids that a release answers to, each with the version it has under that name."""
    manifest = release.manifest
    yield manifest.id, manifest.version
    for provision in manifest.provides:
        if provision.id != manifest.id:
            yield provision.id, provision.version


def _welcome(manifest: Manifest, problem: Problem) -> bool:
    """Return whether the loadout itself asks for this pre-release."""
    return manifest.version.is_prerelease and (
        manifest.id in problem.prereleases
        or any(w.id == manifest.id and manifest.version in w.range for w in problem.wishes)
    )


def _ordered(release: Release, id: str, welcome: bool, problem: Problem) -> bool:
    """Return whether a pre-release under that id counts by its order alone."""
    return id in problem.prereleases or (welcome and id == release.manifest.id)

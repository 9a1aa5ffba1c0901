"""What a loadout could have newer, and what keeps it from that."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from modpm.index import Index, Release
from modpm.loadout import Loadout
from modpm.lockfile import Lock, LockedMod
from modpm.requirement import Requirement
from modpm.resolve.problem import CauseKind, Problem
from modpm.resolve.terms import relations, suits_game
from modpm.session.answer import answer, posed
from modpm.session.deadline import Deadline
from modpm.session.sources import Sources
from modpm.versions import Version


class Hold(Struct, frozen=True):
    """`by` (None for the loadout) wants something else of a mod than its newest version."""

    by: str | None
    kind: CauseKind
    wants: Requirement


class Newer(Struct, frozen=True):
    """A mod that is locked, and what there is beside that.

    `fits` is the version that an update of everything would choose, None if it would take the mod
    out. `held` is why that is not the `newest`, as far as single requirements are the reason.
    `yanked` tells that the locked release should not be used any more, `renamed` what the mod is
    called now.
    """

    id: str
    locked: Version
    fits: Version | None
    newest: Version
    held: tuple[Hold, ...] = ()
    yanked: bool = False
    renamed: str | None = None


def newer(lock: Lock, loadout: Loadout, sources: Sources, deadline: Deadline) -> tuple[Newer, ...]:
    """Return the locked mods that are not the newest of their kind, by id.

    Raises ResolutionError if the loadout has no answer any more.
    """
    index = sources.index()
    best = answer(loadout, None, sources, deadline)
    problem = posed(loadout, None, sources.game(), recommends=True)
    found = (_newer(mod, best.releases, problem, index) for mod in lock.mods if mod.path is None)
    return tuple(each for each in found if each is not None)


def _newer(
    mod: LockedMod, best: Mapping[str, Release], problem: Problem, index: Index
) -> Newer | None:
    own = {release.manifest.version: release for release in index.releases(mod.id)}
    early = mod.version.is_prerelease or mod.id in problem.prereleases
    usable = [r for v, r in own.items() if not r.yanked and (early or not v.is_prerelease)]
    newest = max(usable, key=lambda release: release.manifest.version, default=None)
    renames = index.renames()
    renamed = renames[mod.id].id if mod.id in renames else None
    yanked = mod.version in own and own[mod.version].yanked
    version = max(newest.manifest.version, mod.version) if newest else mod.version
    chosen = best.get(mod.id)
    fits = chosen.manifest.version if chosen else None
    if fits == mod.version == version and not (yanked or renamed):
        return None
    held = tuple(_held(newest, best, problem)) if newest and fits != version else ()
    return Newer(mod.id, mod.version, fits, version, held, yanked, renamed)


def _held(newest: Release, best: Mapping[str, Release], problem: Problem) -> Iterator[Hold]:
    """Yield who wants another version than the newest, the loadout first."""
    manifest = newest.manifest

    def keeps(wanted: Requirement) -> bool:
        early = manifest.id in problem.prereleases
        return wanted.id == manifest.id and not wanted.range.contains(manifest.version, early)

    for wish in filter(keeps, problem.wishes):
        yield Hold(None, "wish", wish)
    if manifest.game and not suits_game(manifest, problem):
        yield Hold(manifest.id, "game", manifest.game)
    overrides = {override.id: override for override in problem.overrides}
    for id, release in best.items():
        related = relations(release.manifest, overrides.get(id))
        for dependency in related.dependencies:
            if len(dependency.alternatives) == 1 and keeps(dependency.alternatives[0]):
                yield Hold(id, "dependency", dependency.alternatives[0])
        for wanted in filter(keeps, related.optional):
            yield Hold(id, "optional dependency", wanted)

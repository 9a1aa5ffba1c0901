"""From a loadout to its lock: resolve, order, decide on what manifests declare. Writes nothing."""

from collections.abc import Mapping, Set
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.claims import Claim, declared, provided
from modpm.conflict.decide import Decisions, check_exclusive, contested, resolve_conflicts
from modpm.conflict.rules import rules
from modpm.errors import ModpmError, UnknownMod, UnknownTier, Unsatisfiable
from modpm.fault import suggest
from modpm.game import TIERS, Game
from modpm.index import Release
from modpm.loadout import Loadout
from modpm.lockfile import Lock, lock
from modpm.order import Edge, Order, edges, order, places
from modpm.requirement import Requirement
from modpm.resolve.fixes import fixes
from modpm.resolve.problem import Change, Fix, Problem, Resolution
from modpm.resolve.solve import solve
from modpm.session.deadline import Deadline
from modpm.session.sources import Sources

SECONDS_FOR_FIXES = 2
"""For what to do where there is no answer."""


class Answer(Struct, frozen=True):
    """The lock that answers a loadout, and the soft order edges that a cycle cost.

    `claims` are what manifests declare, in load order, `renamed` what became of mods whose names
    the loadout still has, `releases` the chosen ones by id.
    """

    lock: Lock
    dropped: tuple[Edge, ...]
    claims: tuple[Claim, ...]
    renamed: Mapping[str, str]
    releases: Mapping[str, Release]


def answer(
    loadout: Loadout,
    former: Lock | None,
    sources: Sources,
    deadline: Deadline,
    recommends: bool = True,
    keep: Set[str] = frozenset(),
) -> Answer:
    """Return the lock for the loadout; what `former` locked stays where it fits.

    Raises ResolutionError, or RegistryError for a source that cannot serve. No fix for an
    Unsatisfiable one gives up a wish for what to `keep`.
    """
    game = sources.game()
    problem = posed(loadout, former, game, recommends)
    index = sources.index()
    try:
        with deadline.running() as tick:
            resolution = solve(problem, index, tick)
    except Unsatisfiable as error:
        with Deadline(SECONDS_FOR_FIXES, sources.progress).running() as tick:
            found = fixes(problem, error.causes, index, tick, keep, partial(_holds, loadout, game))
        error.fixes = found if loadout.game_version else tuple(map(_as_installed, found))
        raise
    except UnknownMod as error:
        for broken in sources.problems(error.id):
            raise broken.error from error
        raise
    tiers = game.tiers if game else TIERS
    placed = _placed(resolution, loadout, tiers)
    claims, decisions = _decided(resolution, placed, loadout, game)
    bare = lock(resolution, placed, problem.game, problem.game_version, loadout, tiers)
    names = {id: by.id for id, by in index.renames().items()}
    renamed = {wish.id: names[wish.id] for wish in problem.wishes if wish.id in names}
    return Answer(
        bare.decided(contested(decisions)), placed.dropped, claims, renamed, resolution.releases
    )


def _holds(loadout: Loadout, game: Game | None, resolution: Resolution) -> bool:
    """Return whether mods that fit together have a load order, and claims that can be met."""
    try:
        placed = _placed(resolution, loadout, game.tiers if game else TIERS)
        _decided(resolution, placed, loadout, game)
    except ModpmError:
        return False
    return True


def _decided(
    resolution: Resolution, placed: Order, loadout: Loadout, game: Game | None
) -> tuple[tuple[Claim, ...], Decisions]:
    """Return what manifests claim, in load order, and what becomes of it."""
    manifests = [resolution.releases[id].manifest for id in placed.ids]
    applies = rules(loadout, game)
    if game:
        applies.check(game)
    claims = (*declared(manifests, loadout), *provided(manifests))
    decisions = resolve_conflicts(claims, applies, game)
    check_exclusive(decisions)
    return claims, decisions


def _placed(resolution: Resolution, loadout: Loadout, tiers: tuple[str, ...]) -> Order:
    """Return the load order; raise Cycle, or UnknownTier for a player's that the game lacks."""
    for mod, tier in loadout.tiers.items():
        if tier not in tiers:
            raise UnknownTier(mod=mod, tier=tier, known=tiers, suggestion=suggest(tier, tiers))
    authored = {id: release.manifest.tier for id, release in resolution.releases.items()}
    at = places({**authored, **loadout.tiers}, tiers)
    return order(resolution.releases, edges(resolution, loadout), at)


def _as_installed(fix: Fix) -> Fix:
    """Return the fix where the game's version is that of the game, not the loadout's word."""
    changes = (replace(c, kind="install") if c.kind == "game" else c for c in fix.changes)
    return replace(fix, changes=tuple[Change, ...](changes))


def posed(loadout: Loadout, former: Lock | None, game: Game | None, recommends: bool) -> Problem:
    """Return the problem that a loadout poses; what `former` locked is to stay where it fits."""
    wanted = [wish for wish in loadout.mods if wish.enabled]
    return Problem(
        wishes=tuple(Requirement(wish.id, wish.range) for wish in wanted),
        game=loadout.game or (game.id if game else None),
        game_version=loadout.game_version or (game.version if game else None),
        locked={mod.id: mod.version for mod in former.mods} if former else {},
        prereleases=frozenset(wish.id for wish in wanted if wish.prereleases),
        overrides=loadout.overrides,
        recommends=recommends,
        disabled=frozenset(wish.id for wish in loadout.mods if not wish.enabled),
    )

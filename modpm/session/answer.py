"""From a loadout to its lock: resolve, order, decide on what manifests declare. Writes nothing."""

from collections.abc import Mapping
from time import monotonic

from msgspec import Struct

from modpm.conflict.claims import Claim, declared, provided
from modpm.conflict.decide import check_exclusive, contested, resolve_conflicts
from modpm.conflict.rules import rules
from modpm.errors import Undecided, UnknownMod, UnknownTier, Unsatisfiable
from modpm.fault import suggest
from modpm.game import TIERS, Game
from modpm.index import Release
from modpm.loadout import Loadout
from modpm.lockfile import Lock, lock
from modpm.order import Edge, Order, edges, order, places
from modpm.requirement import Requirement
from modpm.resolve.fixes import fixes
from modpm.resolve.problem import Problem, Resolution, Tick
from modpm.resolve.solve import solve
from modpm.session.sources import Progress, Sources

SECONDS = 30
"""For one resolution; then what is known by then counts."""

SECONDS_FOR_FIXES = 2
"""For what to do where there is no answer."""

PATIENCE = 1
"""Seconds before a player is told that a resolution goes on."""


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


def answer(loadout: Loadout, former: Lock | None, sources: Sources, recommends: bool) -> Answer:
    """Return the lock for the loadout; what `former` locked stays where it fits.

    Raises ResolutionError, or RegistryError for a source that cannot serve.
    """
    game = sources.game()
    problem = posed(loadout, former, game, recommends)
    index = sources.index()
    try:
        resolution = solve(problem, index, _deadline(sources.progress, SECONDS))
    except Unsatisfiable as error:
        tick = _deadline(sources.progress, SECONDS_FOR_FIXES)
        error.fixes = fixes(problem, error.causes, index, tick)
        raise
    except UnknownMod as error:
        for broken in sources.problems(error.id):
            raise broken.error from error
        raise
    tiers = game.tiers if game else TIERS
    placed = _placed(resolution, loadout, tiers)
    manifests = [resolution.releases[id].manifest for id in placed.ids]
    applies = rules(loadout, game)
    if game:
        applies.check(game)
    claims = (*declared(manifests, loadout), *provided(manifests))
    decisions = resolve_conflicts(claims, applies, game)
    check_exclusive(decisions)
    bare = lock(resolution, placed, problem.game, problem.game_version, loadout, tiers)
    names = {id: by.id for id, by in index.renames().items()}
    renamed = {wish.id: names[wish.id] for wish in problem.wishes if wish.id in names}
    return Answer(
        bare.decided(contested(decisions)), placed.dropped, claims, renamed, resolution.releases
    )


def _placed(resolution: Resolution, loadout: Loadout, tiers: tuple[str, ...]) -> Order:
    """Return the load order; raise Cycle, or UnknownTier for a player's that the game lacks."""
    for mod, tier in loadout.tiers.items():
        if tier not in tiers:
            raise UnknownTier(mod=mod, tier=tier, known=tiers, suggestion=suggest(tier, tiers))
    authored = {id: release.manifest.tier for id, release in resolution.releases.items()}
    at = places({**authored, **loadout.tiers}, tiers)
    return order(resolution.releases, edges(resolution, loadout), at)


def _deadline(progress: Progress, seconds: int) -> Tick:
    """Return what tells that it goes on, and raises Undecided when the time is up."""
    start = monotonic()

    def tick() -> None:
        gone = monotonic() - start
        if gone > seconds:
            raise Undecided(seconds=seconds)
        if gone > PATIENCE:
            progress("resolving", int(gone), seconds)

    return tick


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

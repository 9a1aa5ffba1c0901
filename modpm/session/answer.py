"""From a loadout to its lock: resolve, order, decide on what manifests declare. Writes nothing."""

from collections.abc import Mapping

from msgspec import Struct

from modpm.conflict.claims import Claim, declared, provided
from modpm.conflict.decide import check_exclusive, contested, resolve_conflicts
from modpm.conflict.rules import rules
from modpm.errors import UnknownMod
from modpm.game import Game
from modpm.loadout import Loadout
from modpm.lockfile import Lock, lock
from modpm.order import Edge, edges, order
from modpm.requirement import Requirement
from modpm.resolve.problem import Problem
from modpm.resolve.solve import solve
from modpm.session.sources import Sources


class Answer(Struct, frozen=True):
    """The lock that answers a loadout, and the soft order edges that a cycle cost.

    `claims` are what manifests declare, in load order, `renamed` what became of mods whose names
    the loadout still has.
    """

    lock: Lock
    dropped: tuple[Edge, ...]
    claims: tuple[Claim, ...]
    renamed: Mapping[str, str]


def answer(loadout: Loadout, former: Lock | None, sources: Sources, recommends: bool) -> Answer:
    """Return the lock for the loadout; what `former` locked stays where it fits.

    Raises ResolutionError, or RegistryError for a source that cannot serve.
    """
    game = sources.game()
    problem = _problem(loadout, former, game, recommends)
    index = sources.index()
    try:
        resolution = solve(problem, index)
    except UnknownMod as error:
        for broken in sources.problems(error.id):
            raise broken.error from error
        raise
    placed = order(resolution.releases, edges(resolution, loadout))
    manifests = [resolution.releases[id].manifest for id in placed.ids]
    applies = rules(loadout, game)
    if game:
        applies.check(game)
    claims = (*declared(manifests, loadout), *provided(manifests))
    decisions = resolve_conflicts(claims, applies, game)
    check_exclusive(decisions)
    bare = lock(resolution, placed, problem.game, problem.game_version, loadout)
    names = {id: by.id for id, by in index.renames().items()}
    renamed = {wish.id: names[wish.id] for wish in problem.wishes if wish.id in names}
    return Answer(bare.decided(contested(decisions)), placed.dropped, claims, renamed)


def _problem(loadout: Loadout, former: Lock | None, game: Game | None, recommends: bool) -> Problem:
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

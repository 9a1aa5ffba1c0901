"""Views on a loadout's conflicts, from its lock. Nothing is resolved, run or written here."""

from collections.abc import Set

from msgspec import Struct

from modpm.conflict.claims import spelled
from modpm.conflict.rules import rules
from modpm.conflict.settled import Outdated, outdated
from modpm.conflict.view import Conflict, conflicts
from modpm.loadout import Loadout
from modpm.lockfile import Lock, Stale, stale
from modpm.session.sources import Sources


class View(Struct, frozen=True):
    """The conflicts that a lock holds, decided by the loadout as it is now, sorted by name.

    `order` is the load order, `names` are those of all that mods can disagree about. `outdated` are
    choices about conflicts that are gone, `stale` why the lock does not answer the loadout.
    """

    conflicts: tuple[Conflict, ...]
    order: tuple[str, ...]
    names: Set[str]
    outdated: tuple[Outdated, ...]
    stale: tuple[Stale, ...]


def view(lock: Lock, loadout: Loadout, sources: Sources, *, current: bool) -> View:
    """Return the view on a lock; if it is known to be `current`, that is not looked into."""
    game = sources.game()
    found = conflicts(lock.decisions, rules(loadout, game), loadout, game)
    there = {conflict.name for conflict in found}
    return View(
        conflicts=found,
        order=lock.order(),
        names=there | set(map(spelled, game.parameters() if game else ())),
        outdated=tuple(
            choice for choice in outdated(loadout, lock.decisions) if choice.parameter not in there
        ),
        stale=() if current else stale(lock, loadout, game) + sources.edited(lock),
    )

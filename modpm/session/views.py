"""Views on a loadout's conflicts, from its lock. Nothing is resolved, run or written here."""

from collections.abc import Set
from typing import TYPE_CHECKING

from msgspec import Struct

from modpm.conflict.claims import Decision, spelled
from modpm.conflict.rules import rules
from modpm.conflict.settled import Outdated, outdated
from modpm.conflict.strategy import LAST_WINS
from modpm.conflict.view import Conflict, conflicts
from modpm.errors import UnknownParameter
from modpm.fault import suggest
from modpm.loadout import Loadout
from modpm.lockfile import Lock, Stale, stale
from modpm.session.sources import Sources

if TYPE_CHECKING:
    from modpm.runtime.plan import Plan
    from modpm.session.cast import Cast


class View(Struct, frozen=True):
    """The conflicts that a lock holds, decided by the loadout as it is now, sorted by name.

    `names` are those of all that mods can disagree about. `outdated` are choices about conflicts
    that are gone, `stale` why the lock does not answer the loadout.
    """

    lock: Lock
    conflicts: tuple[Conflict, ...]
    names: Set[str]
    outdated: tuple[Outdated, ...]
    stale: tuple[Stale, ...]

    def of(self, name: str) -> Conflict | None:
        """Return the conflict of that name; raise UnknownParameter for what the game lacks."""
        self.need(name)
        return next((conflict for conflict in self.conflicts if conflict.name == name), None)

    def need(self, name: str) -> None:
        """Raise UnknownParameter for a name that nothing in the game has."""
        if self.names and name not in self.names:
            raise UnknownParameter(name=name, suggestion=suggest(name, self.names))


def view(lock: Lock, loadout: Loadout, sources: Sources, *, current: bool) -> View:
    """Return the view on a lock; if it is known to be `current`, that is not looked into."""
    game = sources.game()
    found = conflicts(lock.decisions, rules(loadout, game), loadout, game)
    there = {conflict.name for conflict in found}
    plugins = {decision.plugin for decision in lock.decisions}
    return View(
        lock=lock,
        conflicts=found,
        names=there | plugins | set(map(spelled, game.parameters() if game else ())),
        outdated=tuple(
            choice for choice in outdated(loadout, lock.decisions) if choice.parameter not in there
        ),
        stale=() if current else stale(lock, loadout, game) + sources.edited(lock),
    )


def planned(name: str, players: "Cast", plan: "Plan", loadout: Loadout) -> Conflict:
    """Return what mods claim of a parameter by a plan, contested or not."""
    plugin, _, key = name.partition(".")
    claims = tuple(claim for claim in plan.claims if claim.at == (plugin, key))
    undecided = Decision(plugin, key, LAST_WINS, None, None, claims)
    (found,) = conflicts([undecided], players.rules, loadout, players.game)
    return found

"""Decisions as a player wants to see them: with the rule, the rejected, and who wins and loses."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from modpm.conflict.claims import Claim, Decision, same, spelled
from modpm.conflict.decide import decide
from modpm.conflict.rules import Rule, Rules, matches
from modpm.conflict.settled import Outdated, outdated
from modpm.conflict.strategy import merge_of
from modpm.game import Game, Parameter
from modpm.loadout import Loadout


class Conflict(Struct, frozen=True):
    """What mods claim of one parameter, and what became of it.

    `parameter` is what the game says of it. `ignored` tells that the player does not want to see
    it, `outdated` that the player chose when other claims were there.
    """

    decision: Decision
    rule: Rule
    parameter: Parameter | None = None
    ignored: bool = False
    outdated: Outdated | None = None

    @property
    def name(self) -> str:
        """The parameter's name, such as combat.max_hp."""
        return spelled(self.decision.at)


class Mark(Struct, frozen=True):
    """On how many parameters a mod gets its way, does not, and merges with others."""

    mod: str
    wins: int = 0
    loses: int = 0
    merges: int = 0


def conflicts(
    decisions: Iterable[Decision], rules: Rules, loadout: Loadout, game: Game | None
) -> tuple[Conflict, ...]:
    """Return the conflicts of a lock's decisions, in their order.

    They are decided again: a lock keeps neither what was rejected nor who set a leaf of a map.
    """
    decisions = tuple(decisions)
    parameters = game.parameters() if game else {}
    old = {choice.parameter: choice for choice in outdated(loadout, decisions)}
    return tuple(
        Conflict(
            decide(decision.at, decision.claims, rules, parameters.get(decision.at)),
            rules.rule(decision.at),
            parameters.get(decision.at),
            any(matches(pattern, spelled(decision.at)) for pattern in loadout.ignored),
            old.get(spelled(decision.at)),
        )
        for decision in decisions
    )


def marks(conflicts: Iterable[Conflict], order: Iterable[str]) -> tuple[Mark, ...]:
    """Return the mark of every mod with a part in the conflicts, in load order."""
    count: dict[str, dict[str, int]] = {}
    for conflict in conflicts:
        for mod, kind in _results(conflict.decision):
            mark = count.setdefault(mod, {"wins": 0, "loses": 0, "merges": 0})
            mark[kind] += 1
    return tuple(Mark(mod, **count[mod]) for mod in order if mod in count)


def _results(decision: Decision) -> Iterator[tuple[str, str]]:
    rejected = {claim.mod for claim in decision.rejected}
    for claim in decision.claims:
        if claim.mod in rejected:
            yield claim.mod, "loses"
        elif merge_of(decision.strategy):
            yield claim.mod, "merges"
        else:
            yield claim.mod, "wins" if _holds(claim, decision) else "loses"


def _holds(claim: Claim, decision: Decision) -> bool:
    """Return whether the mod wins, or the value is what it claimed, whoever's it is."""
    return claim.mod == decision.winner or same(claim.value, decision.value)

"""The claims of the mods at play, kept so that one more or one less costs the same in any crowd."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from modpm.conflict.claims import Claim, Decision
from modpm.conflict.decide import Decisions, contested, decide
from modpm.conflict.rules import At, Rules
from modpm.conflict.strategy import EXCLUSIVE
from modpm.document import Value
from modpm.game import Game, Parameter


class Board:
    """Every parameter's value as `resolve_conflicts` has it for the claims that are there now.

    Mods rank in the order in which they are admitted or first claim: their load order.
    """

    def __init__(self, rules: Rules, game: Game | None = None) -> None:
        self._rules = rules
        self._parameters: Mapping[At, Parameter] = game.parameters() if game else {}
        self._rank: dict[str, int] = {}
        self._claims: dict[At, list[Claim]] = {}
        self._by_mod: dict[str, dict[At, None]] = {}
        self._values: dict[At, Value] = {
            at: decide(at, (), rules, parameter).value for at, parameter in self._parameters.items()
        }

    def admit(self, mod: str) -> None:
        """Give the mod its place in the load order, which it keeps: behind all that have one."""
        self._rank.setdefault(mod, len(self._rank))

    def value(self, at: At) -> Value:
        """Return a parameter's value now."""
        return self._values[at]

    def decision(self, at: At) -> Decision:
        """Return what is decided on a parameter now, and why."""
        return decide(at, tuple(self._claims.get(at, ())), self._rules, self._parameters.get(at))

    def decisions(self) -> Decisions:
        """Return the decisions on all that is claimed or pinned, sorted by plugin and key."""
        claimed = {at for at, claims in self._claims.items() if claims}
        return tuple(self.decision(at) for at in sorted(claimed | self._rules.pins.keys()))

    def contested(self) -> Decisions:
        """Return those of the decisions where mods disagree, or the player pinned a value."""
        return contested(self.decisions())

    def put(self, claim: Claim) -> Value:
        """Let a claim take the place of the mod's earlier one; return the parameter's value."""
        at = claim.plugin, claim.key
        self.admit(claim.mod)
        claims = self._claims.setdefault(at, [])
        place = self._place(claims, claim.mod)
        if place < len(claims) and claims[place].mod == claim.mod:
            claims[place] = claim
        else:
            claims.insert(place, claim)
            self._by_mod.setdefault(claim.mod, {})[at] = None
        return self._settle(at)

    def withdraw(self, mod: str) -> Iterator[tuple[At, Value, Value]]:
        """Take back all that the mod claimed; yield each parameter, its value before, and now."""
        for at in self._by_mod.pop(mod, {}):
            claims = self._claims[at]
            del claims[self._place(claims, mod)]
            before = self._values[at]
            yield at, before, self._settle(at)

    def _place(self, claims: list[Claim], mod: str) -> int:
        return bisect_left(claims, self._rank[mod], key=lambda claim: self._rank[claim.mod])

    def _settle(self, at: At) -> Value:
        value = self._values[at] = self._decided(at, self._claims[at])
        return value

    def _decided(self, at: At, claims: list[Claim]) -> Value:
        """Return what `decide` would, but look at one claim only where one is enough."""
        parameter = self._parameters.get(at)
        strategy = self._rules.rule_of(*at)
        ends = {"last-wins": -1, "first-wins": 0, EXCLUSIVE: 0}
        if strategy in ends and claims and parameter:
            value, reason = parameter.admit(claims[ends[strategy]].value)
            if reason is None:
                return value
        return decide(at, claims, self._rules, parameter).value

"""The claims of the mods at play, kept so that one more or one less costs the same in any crowd."""

from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping
from copy import copy
from typing import NamedTuple

from modpm.conflict.claims import At, Claim, Decision, Rejected
from modpm.conflict.decide import Decisions, conclude, decide, standing
from modpm.conflict.rules import Rules
from modpm.conflict.strategy import EXCLUSIVE, FIRST_WINS, LAST_WINS, PIN, merge_of
from modpm.document import Value
from modpm.game import Game, Parameter

_ENDS = {LAST_WINS: -1, FIRST_WINS: 0, EXCLUSIVE: 0}
"""Where among the claims the winner is, if it only takes a look at its place."""


class _Held(NamedTuple):
    """A claim, and as what it counts: others that come and go do not touch that."""

    claim: Claim
    counts: Claim | Rejected


class Board:
    """Every parameter's value as `resolve_conflicts` has it for the claims that are there now.

    Mods rank in the order in which they are admitted or first claim: their load order.
    """

    def __init__(self, rules: Rules, game: Game | None = None) -> None:
        self._rules = rules
        self.parameters: Mapping[At, Parameter] = game.parameters() if game else {}
        self._rank: dict[str, int] = {}
        self._claims: dict[At, list[_Held]] = {}
        self._by_mod: dict[str, dict[At, None]] = {}
        self._values: dict[At, Value] = {
            at: decide(at, (), rules, parameter).value for at, parameter in self.parameters.items()
        }

    def copy(self) -> "Board":
        """Return a board that holds the same, and that no change of this one reaches."""
        other = copy(self)
        other._rank = self._rank.copy()
        other._claims = {at: claims.copy() for at, claims in self._claims.items()}
        other._by_mod = {mod: ats.copy() for mod, ats in self._by_mod.items()}
        other._values = self._values.copy()
        return other

    def admit(self, mod: str) -> None:
        """Give the mod its place in the load order, which it keeps: behind all that have one."""
        self._rank.setdefault(mod, len(self._rank))

    def value(self, at: At) -> Value:
        """Return a parameter's value now."""
        return self._values[at]

    def decision(self, at: At) -> Decision:
        """Return what is decided on a parameter now, and why."""
        claims = tuple(held.claim for held in self._claims.get(at, ()))
        return decide(at, claims, self._rules, self.parameters.get(at))

    def claims(self) -> tuple[Claim, ...]:
        """Return the claims in load order, of each mod as it first made them."""
        return tuple(
            claims[self._place(claims, mod)].claim
            for mod in self._rank
            for claims in (self._claims[at] for at in self._by_mod.get(mod, ()))
        )

    def decisions(self) -> Decisions:
        """Return the decisions on all that is claimed or pinned, sorted by plugin and key."""
        claimed = {at for at, claims in self._claims.items() if claims}
        return tuple(self.decision(at) for at in sorted(claimed | self._rules.pins.keys()))

    def rejected(self, at: At, mod: str) -> Rejected | None:
        """Return why the mod's claim does not count, though its value is one that may be."""
        strategy = self._rules.rule_of(*at)
        if strategy != EXCLUSIVE and not merge_of(strategy):
            return None
        return next((r for r in self.decision(at).rejected if r.mod == mod), None)

    def weigh(self, claim: Claim) -> Claim | Rejected:
        """Return the claim with the value that counts, or why it does not count."""
        at = claim.plugin, claim.key
        return standing(claim, merge_of(self._rules.rule_of(*at)), self.parameters.get(at))

    def put(self, claim: Claim, counts: Claim | Rejected | None = None) -> Value:
        """Let a claim take the place of the mod's earlier one; return the parameter's value.

        `counts` is what `weigh` said of it, if it was asked before.
        """
        at = claim.plugin, claim.key
        self.admit(claim.mod)
        claims = self._claims.setdefault(at, [])
        place = self._place(claims, claim.mod)
        held = _Held(claim, counts or self.weigh(claim))
        if place < len(claims) and claims[place].claim.mod == claim.mod:
            claims[place] = held
        else:
            claims.insert(place, held)
            self._by_mod.setdefault(claim.mod, {})[at] = None
        return self._settle(at)

    def claims_of(self, mod: str) -> Container[At]:
        """Return the parameters that the mod claims."""
        return self._by_mod.get(mod, {})

    def withdraw(self, mod: str) -> Iterator[tuple[At, Value, Value]]:
        """Take back all that the mod claimed; yield each parameter, its value before, and now."""
        for at in self._by_mod.pop(mod, {}):
            claims = self._claims[at]
            del claims[self._place(claims, mod)]
            before = self._values[at]
            yield at, before, self._settle(at)

    def _place(self, claims: list[_Held], mod: str) -> int:
        return bisect_left(claims, self._rank[mod], key=lambda held: self._rank[held.claim.mod])

    def _settle(self, at: At) -> Value:
        value = self._values[at] = self._decided(at, self._claims[at])
        return value

    def _decided(self, at: At, claims: list[_Held]) -> Value:
        """Return what `decide` would, but look at one claim only where one is enough."""
        strategy, parameter = self._rules.rule_of(*at), self.parameters.get(at)
        if strategy == PIN:
            return self._rules.pins[at]
        end = _ENDS.get(strategy)
        if end is not None and claims and isinstance(claims[end].counts, Claim):
            return claims[end].counts.value
        valid = [held.counts for held in claims if isinstance(held.counts, Claim)]
        empty = Decision(*at, strategy, parameter.default if parameter else None, None)
        return conclude(empty, valid, (), parameter).value

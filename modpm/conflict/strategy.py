"""The strategies by name: which claim wins, or how all of them become one value."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from modpm.conflict.claims import Claim
from modpm.fields import MERGE, USE

PIN = "pin"
"""The strategy of a decision that the player's pin made."""
LAST_WINS = "last-wins"
FIRST_WINS = "first-wins"
EXCLUSIVE = "exclusive"


def _priority(claims: Sequence[Claim]) -> Claim:
    return max(reversed(claims), key=lambda claim: claim.priority)


WINNERS: Mapping[str, Callable[[Sequence[Claim]], Claim]] = {
    LAST_WINS: lambda claims: claims[-1],
    FIRST_WINS: lambda claims: claims[0],
    "priority": _priority,
    EXCLUSIVE: lambda claims: claims[0],
}
"""By name, which of several claims in load order wins."""


def winner(strategy: str, claims: Sequence[Claim]) -> Claim:
    """Return which of several claims in load order wins; the last if the mod to use has none."""
    if strategy.startswith(USE):
        mod = strategy.removeprefix(USE)
        return next((claim for claim in claims if claim.mod == mod), claims[-1])
    return WINNERS[strategy](claims)


class MergeStrategy(StrEnum):
    """How a merge makes one value of several."""

    Sum = "sum"
    Product = "product"
    Min = "min"
    Max = "max"
    Mean = "mean"
    And = "and"
    Or = "or"
    Union = "union"
    Append = "append"
    Deep = "deep"


class ConflictStrategy:
    """The strategies under the architecture's names, as the texts that rules are made of."""

    LastWins = LAST_WINS
    FirstWins = FIRST_WINS
    Priority = "priority"
    Exclusive = EXCLUSIVE

    @staticmethod
    def Merge(merge: MergeStrategy) -> str:  # noqa: N802
        """Return the strategy that merges so."""
        return MERGE + merge

    @staticmethod
    def Use(mod: str) -> str:  # noqa: N802
        """Return the strategy that lets the claim of that mod win, and the last without it."""
        return USE + mod


def merge_of(strategy: str) -> str | None:
    """Return the name of the strategy's merge, None if one claim wins."""
    return strategy.removeprefix(MERGE) if strategy.startswith(MERGE) else None

"""What a proposer says about a universe."""

from enum import Enum
from typing import Final, Literal


class Verdict(Enum):
    """A proposer's word that there is no answer. Only one that tried everything may give it."""

    IMPOSSIBLE = "impossible"


IMPOSSIBLE: Final = Verdict.IMPOSSIBLE

Proposal = frozenset[int] | Literal[Verdict.IMPOSSIBLE] | None
"""The numbers of releases that fit together, IMPOSSIBLE, or None: no verdict within the budget."""

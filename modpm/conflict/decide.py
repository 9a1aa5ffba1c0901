"""A parameter's value as a pure function of the claims on it."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from modpm.loadout import Loadout
from modpm.document import Value


class Claim(Struct, frozen=True):
    """One mod's wish for one parameter. Claims are handed over in load order."""

    mod: str
    plugin: str
    key: str
    value: Value
    priority: int = 0


class Decision(Struct, frozen=True):
    """What became of the claims on one parameter. `winner` is a mod id, or None if the player's pin decided."""

    plugin: str
    key: str
    strategy: str
    value: Value
    winner: str | None
    claims: tuple[Claim, ...]


class Rules(Struct, frozen=True):
    """The strategies and pins that apply: the loadout's over the game's, most specific key first."""

    strategy: dict[str, str] = {}
    pins: dict[tuple[str, str], Value] = {}


def decide(claims: Sequence[Claim], rules: Rules) -> Decision:
    """Return the decision on claims that all name the same parameter; a mod's later claim replaces its earlier one.

    Raises ExclusiveConflict.
    """
    raise NotImplementedError


def contested(claims: Iterable[Claim], rules: Rules) -> tuple[Decision, ...]:
    """Return the decisions where mods disagree or the player pinned a value, sorted by plugin and key."""
    raise NotImplementedError


def rules(loadout: Loadout) -> Rules:
    """Return what the loadout says about conflicts."""
    raise NotImplementedError

"""What the player chose, and whether that was about claims that are not there any more."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct

from modpm.conflict.claims import Claim, Decision, same, spelled
from modpm.document import Value
from modpm.loadout import Loadout

LENGTH = 60
"""Characters of a value that the loadout keeps as it is."""
HASHED = "sha256:"


class Shift(Struct, frozen=True):
    """What a mod claims `now`, and what it claimed when it was `seen`; None where there is none."""

    mod: str
    kind: Literal["changed", "new", "gone"]
    seen: Value = None
    now: Value = None


class Outdated(Struct, frozen=True):
    """A choice about a parameter that was made when other claims were there.

    Without `shifts` the mods that are there now agree.
    """

    parameter: str
    shifts: tuple[Shift, ...]


def kept(value: Value) -> Value:
    """Return how the loadout keeps a value: a long one, or one that TOML lacks, as its hash."""
    literal = msgspec.json.encode(value, order="sorted")
    if len(literal) <= LENGTH and b"null" not in literal:
        return value
    return HASHED + sha256(literal).hexdigest()


def seen(claims: Iterable[Claim]) -> Mapping[str, Value]:
    """Return what to remember of the claims that a player sees when choosing, by mod."""
    return {claim.mod: kept(claim.value) for claim in claims}


def outdated(loadout: Loadout, decisions: Iterable[Decision]) -> tuple[Outdated, ...]:
    """Return the player's choices that were made about other claims, sorted by name.

    `decisions` are those of a lock: where it has none, the mods that are there agree.
    """
    now = {spelled(decision.at): seen(decision.claims) for decision in decisions}
    return tuple(_outdated(loadout, now))


def _outdated(loadout: Loadout, now: Mapping[str, Mapping[str, Value]]) -> Iterator[Outdated]:
    for name, before in loadout.settled.items():
        if name in now:
            if found := tuple(shifts(before, now[name])):
                yield Outdated(name, found)
        elif not _agree(before):
            yield Outdated(name, ())


def _agree(before: Mapping[str, Value]) -> bool:
    values = list(before.values())
    return all(same(values[0], value) for value in values[1:])


def shifts(before: Mapping[str, Value], now: Mapping[str, Value]) -> Iterator[Shift]:
    """Yield how what mods claim differs from what they claimed before, by mod."""
    for mod in sorted({*before, *now}):
        if mod not in now:
            yield Shift(mod, "gone", seen=before[mod])
        elif mod not in before:
            yield Shift(mod, "new", now=now[mod])
        elif not same(before[mod], now[mod]):
            yield Shift(mod, "changed", before[mod], now[mod])

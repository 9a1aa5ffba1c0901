"""What mods want of parameters, and what was decided: the values that cross this room's doors."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from modpm.document import Value
from modpm.fields import PROVIDES
from modpm.loadout import Loadout
from modpm.manifest import Manifest

Phase = Literal["declared", "init", "play"]
"""When a mod claimed: in its manifest, in its `on_init`, or later while it played."""
Path = tuple[str, ...]
At = tuple[str, str]
"""A plugin and the key of its parameter; of its switch it is empty, of a hook "name()".

A virtual id stands here as a plugin too: see PROVIDES."""


def spelled(at: At) -> str:
    """Return the name of a parameter, or of a plugin's switch, whose key is empty."""
    return ".".join(at).rstrip(".")


class Claim(Struct, frozen=True):
    """One mod's wish for one parameter. Claims are handed over in load order."""

    mod: str
    plugin: str
    key: str
    value: Value
    priority: int = 0
    phase: Phase = "declared"

    @property
    def at(self) -> At:
        """What it is about."""
        return self.plugin, self.key


class Rejected(Struct, frozen=True):
    """A claim that does not count: `reason` is what the parameter takes, or why it must yield."""

    mod: str
    value: Value
    reason: str


class Decision(Struct, frozen=True):
    """What became of the claims on one parameter, each mod's last one, in load order.

    `winner` is a mod; None where the value is the player's pin, a merge, or the game's default.
    `sources` tells for each leaf of a deep merge which mod set it, None for the game.
    """

    plugin: str
    key: str
    strategy: str
    value: Value
    winner: str | None
    claims: tuple[Claim, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    sources: tuple[tuple[Path, str | None], ...] = ()

    @property
    def at(self) -> At:
        """What it is about."""
        return self.plugin, self.key


def same(one: Value, other: Value) -> bool:
    """Return whether two values are the same to a player: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def declared(manifests: Iterable[Manifest], loadout: Loadout) -> tuple[Claim, ...]:
    """Return what manifests, in load order, claim; the player's priority beats the author's."""
    player = {wish.id: wish.priority for wish in loadout.mods if wish.priority is not None}
    return tuple(
        Claim(
            mod.id,
            setting.plugin,
            setting.key,
            setting.value,
            _weight(mod, setting.priority, player),
        )
        for mod in manifests
        for setting in mod.settings
    )


def provided(manifests: Iterable[Manifest]) -> tuple[Claim, ...]:
    """Return the claims of mods, in load order, on the virtual ids that more than one provides."""
    found = [
        Claim(m.id, PROVIDES + p.id, "", m.id, m.priority) for m in manifests for p in m.provides
    ]
    count = Counter(claim.plugin for claim in found)
    return tuple(claim for claim in found if count[claim.plugin] > 1)


def _weight(mod: Manifest, own: int | None, player: Mapping[str, int]) -> int:
    return player.get(mod.id, mod.priority if own is None else own)

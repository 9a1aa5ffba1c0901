"""Why a mod is in a loadout."""

from msgspec import Struct

from modpm.loadout import Loadout
from modpm.lockfile import Lock, LockedMod
from modpm.lockfile.needs import Step, ways

LIMIT = 100
"""Ways that are told: where many mods need many others there are more than anybody can read."""


class Why(Struct, frozen=True):
    """The ways from what the loadout wants to a mod, shortest first; `more` if that is not all."""

    mod: LockedMod
    ways: tuple[tuple[Step, ...], ...]
    more: bool


def why(lock: Lock, loadout: Loadout, name: str) -> Why:
    """Return why the mod that goes by that name is there; raise NotInLoadout."""
    mod = lock.mod(name)
    wished = {wish.id for wish in loadout.mods if wish.enabled}
    found = ways(lock, wished, mod.id, LIMIT + 1)
    return Why(mod, found[:LIMIT], len(found) > LIMIT)

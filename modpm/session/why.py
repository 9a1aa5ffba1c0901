"""Why a mod is in a loadout, or is not."""

from msgspec import Struct

from modpm.errors import NotInLoadout, Unsatisfiable
from modpm.loadout import Loadout, Wish, parse_loadout
from modpm.lockfile import Lock, LockedMod
from modpm.lockfile.needs import Step, ways
from modpm.resolve.problem import Change, ChangeKind, Fix
from modpm.session.edit import with_wishes
from modpm.session.outcome import Outcome
from modpm.session.place import LOADOUT
from modpm.session.work import Work

LIMIT = 100
"""Ways that are told: where many mods need many others there are more than anybody can read."""


class Why(Struct, frozen=True):
    """The ways from what the loadout wants to a mod, shortest first; `more` if that is not all."""

    mod: LockedMod
    ways: tuple[tuple[Step, ...], ...]
    more: bool


def why(lock: Lock, loadout: Loadout, name: str) -> Why:
    """Return why the mod that goes by that name is there; raise NotInLoadout."""
    try:
        mod = lock.mod(name)
    except NotInLoadout as error:
        if any(wish.id == name for wish in loadout.mods if not wish.enabled):
            error.hint = f"loadout.toml disables it: `modpm add {name}` enables it"
        raise
    wished = {wish.id for wish in loadout.mods if wish.enabled}
    found = ways(lock, wished, mod.id, LIMIT + 1)
    return Why(mod, found[:LIMIT], len(found) > LIMIT)


def why_not(work: Work, wish: Wish) -> Outcome:
    """Return what one more wish, beside one for the same mod, would come to.

    Raises ResolutionError if to nothing; the fixes are for who adds it, in place of the other.
    """
    try:
        return work.suppose(wish)
    except Unsatisfiable as error:
        mods = parse_loadout(work.text, LOADOUT).mods
        former = next((one for one in mods if one.id == wish.id), None)
        if former is not None:
            error.fixes = _fixes(work, wish, former)
        raise


def _fixes(work: Work, wish: Wish, former: Wish) -> tuple[Fix, ...]:
    """Return what helps to put a wish in the place of its former self."""
    try:
        work.resolve(with_wishes(work.text, [wish]))
    except Unsatisfiable as error:
        return error.fixes
    kind: ChangeKind = "ask" if former.enabled else "enable"
    return (Fix((Change(kind, wish.id, wish.range, former.range),), ()),)

"""What a loadout says about conflicts and order to no effect: often a slip of the pen."""

from collections.abc import Collection, Iterator, Mapping, Set

from msgspec import Struct

from modpm.conflict.rules import matches
from modpm.fields import USE
from modpm.loadout import Loadout


class Idle(Struct, frozen=True):
    """A key of a table of loadout.toml that matches nothing in the game.

    With `mod` the key does match, but the mod that is to win there is not in the loadout. In the
    table "order" the key is a name that no mod of the loadout has.
    """

    table: str
    key: str
    mod: str | None = None


def idle(loadout: Loadout, names: Set[str], mods: Collection[str]) -> tuple[Idle, ...]:
    """Return what has no effect on a loadout with those mods; `names` are what can be disputed."""
    unmatched = tuple(_unmatched(loadout, names))
    absent = _absent(loadout.strategy, mods)
    return (*unmatched, *(one for one in absent if Idle("strategy", one.key) not in unmatched))


def unplaced(loadout: Loadout, mods: Collection[str]) -> tuple[Idle, ...]:
    """Return whom the player's word on the order names though no mod there, or disabled, has it."""
    named = {id for rule in loadout.order for id in (rule.first, rule.then)} | loadout.tiers.keys()
    known = {*mods, *(wish.id for wish in loadout.mods)}
    return tuple(Idle("order", id) for id in sorted(named - known))


def _unmatched(loadout: Loadout, names: Set[str]) -> Iterator[Idle]:
    tables = {
        "strategy": loadout.strategy.keys() - {"default"},
        "settled": loadout.settled.keys(),
        "conflicts.ignore": set(loadout.ignored),
    }
    for table, keys in tables.items():
        for key in sorted(keys - names):
            if not any(matches(key, name) for name in names):
                yield Idle(table, key)


def _absent(strategy: Mapping[str, str], mods: Collection[str]) -> Iterator[Idle]:
    for key, word in strategy.items():
        mod = word.removeprefix(USE)
        if word.startswith(USE) and mod not in mods:
            yield Idle("strategy", key, mod)

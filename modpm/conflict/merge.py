"""Merging: one value from all claims, where that makes sense for the type."""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from modpm.conflict.claims import Path
from modpm.document import Value
from modpm.game import MERGED

Values = Sequence[Any]


def _sum(values: Values) -> Value:
    """Return the exact sum, rounded once, so that the order of the mods does not matter."""
    if all(isinstance(value, int) for value in values):
        return sum(values)
    return _finite(math.fsum, values)


def _product(values: Values) -> Value:
    return _finite(math.prod, values)


def _mean(values: Values) -> Value:
    """Return the mean; of whole numbers a whole one, halves to the even neighbour."""
    if all(isinstance(value, int) for value in values):
        return round(Fraction(sum(values), len(values)))
    return _finite(lambda each: math.fsum(each) / len(each), values)


def _finite(fold: Callable[[Values], float], values: Values) -> float:
    try:
        return fold(values)
    except OverflowError:
        return math.inf


def _append(values: Values) -> list[Value]:
    return [item for value in values for item in value]


def _union(values: Values) -> Value:
    """Return each item once, where it first came."""
    found: dict[Hashable, Value] = {}
    for item in _append(values):
        found.setdefault(_identity(item), item)
    return list(found.values())


def _identity(value: Value) -> Hashable:
    """Return what is equal for two values that are the same to a player, as `same` has it."""
    if isinstance(value, list):
        return tuple(map(_identity, value))
    if isinstance(value, dict):
        return frozenset((key, _identity(each)) for key, each in value.items())
    return (bool, value) if isinstance(value, bool) else value


MERGES: Mapping[str, Callable[[Values], Value]] = {
    "sum": _sum,
    "product": _product,
    "min": min,
    "max": max,
    "mean": _mean,
    "and": all,
    "or": any,
    "union": _union,
    "append": _append,
}
"""How values of one type become one, by name. `deep` needs to know whose they are."""

_CLASSES: Mapping[str, tuple[type, ...]] = {
    "int": (int, float),
    "bool": (bool,),
    "list": (list,),
    "map": (dict,),
}


def fits(merge: str, value: Value) -> bool:
    """Return whether a value can be part of the merge."""
    classes = _CLASSES[MERGED[merge][0]]
    return isinstance(value, classes) and (bool in classes or not isinstance(value, bool))


def deep(
    default: Value, layers: Sequence[tuple[str, Value]]
) -> tuple[Value, tuple[tuple[Path, str | None], ...]]:
    """Lay maps over one another, the first lowest; return the map, and who set each leaf.

    A leaf is all that is no map, and an empty map. `layers` are (mod, map); None set the default.
    """
    value: dict[str, Any] = {}
    owners: dict[str, Any] = {}
    for mod, layer in [(None, default), *layers]:
        if isinstance(layer, dict):
            _lay(value, owners, layer, mod)
    return value, tuple(sorted(_leaves(owners, ()), key=lambda leaf: leaf[0]))


def _lay(
    value: dict[str, Any], owners: dict[str, Any], layer: Mapping[str, Value], mod: str | None
) -> None:
    for key, over in layer.items():
        if isinstance(over, dict) and over:
            if not isinstance(value.get(key), dict):
                value[key], owners[key] = {}, {}
            elif not isinstance(owners[key], dict):
                owners[key] = {}
            _lay(value[key], owners[key], over, mod)
        else:
            value[key] = {} if over == {} else over  # a map of our own: later layers add to it
            owners[key] = (mod,)


def _leaves(owners: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str | None]]:
    for key, owner in owners.items():
        if isinstance(owner, dict):
            yield from _leaves(owner, (*path, key))
        else:
            yield (*path, key), owner[0]

"""game.toml: the plugins that a game offers to its mods, their parameters and hooks."""

import math
import operator
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from modpm.document import Table, Value, improper, read
from modpm.fault import one_of
from modpm.fields import (
    MERGE,
    Format,
    IdText,
    Name,
    Strategy,
    Title,
    VersionText,
    read_id,
    read_version,
)
from modpm.place import Place
from modpm.versions import Version

ParameterType = Literal["int", "float", "bool", "str", "enum", "list", "map"]
OutOfRange = Literal["reject", "clamp"]
Number = int | float

MERGED: Mapping[str, tuple[ParameterType, ...]] = {
    **dict.fromkeys(("sum", "product", "min", "max", "mean"), ("int", "float")),
    **dict.fromkeys(("and", "or"), ("bool",)),
    **dict.fromkeys(("union", "append"), ("list",)),
    "deep": ("map",),
}
"""The types of parameter that each merge makes sense for."""

_NOUNS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "list": "a list",
    "map": "a table",
}
_CLASSES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "enum": (str,),
    "list": (list,),
    "map": (dict,),
}


_PLAIN: Mapping[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,)}
_EDGE = 1 << 53
Plain = tuple[tuple[type, ...], Number, Number]
"""Types, and the least and the greatest value, of what a parameter surely takes."""

NORMAL = "normal"
"""The tier of a mod that names none."""
TIERS = ("early", NORMAL, "late")
"""The tiers of a game that names none, in load order."""
SWITCH = ""
"""The key of a plugin's switch among its parameters; no parameter has an empty name."""


def hook_key(hook: str) -> str:
    """Return the key of an exclusive hook among the parameters: its value is the mod that may."""
    return f"{hook}()"


def is_hook(key: str) -> bool:
    """Return whether a key, or a pattern for some, is about exclusive hooks."""
    return key.endswith("()")


class Parameter(Struct, frozen=True):
    """What a plugin lets mods set. `min`, `max`, `step` are in `unit`; `values` are an enum's."""

    name: str
    type: ParameterType
    default: Value
    min: Number | None = None
    max: Number | None = None
    step: Number | None = None
    values: tuple[str, ...] = ()
    unit: str | None = None
    description: str = ""
    strategy: str | None = None
    out_of_range: OutOfRange = "reject"

    def admit(self, value: Value) -> tuple[Value, str | None]:
        """Return the value that the parameter takes for `value`, and None; or why it takes none.

        With `clamp`, a number out of range becomes the nearest that is in it.
        """
        types, low, high = self.plain()
        if type(value) in types and low <= value <= high:  # type: ignore[operator]
            return value, None
        reason = self.problem(value)
        if reason is None or self.out_of_range == "reject":
            return value, reason
        return self._clamped(value, reason)

    def plain(self) -> Plain:
        """Return what surely fits: `problem` knows all, this makes the usual cheap."""
        if self.step is not None or self.type not in _PLAIN:
            return (), 0, 0
        low = -_EDGE if self.min is None else max(self.min, -_EDGE)
        high = _EDGE if self.max is None else min(self.max, _EDGE)
        return _PLAIN[self.type], low, high

    def _clamped(self, value: Value, reason: str) -> tuple[Value, str | None]:
        if self.type not in ("int", "float") or isinstance(value, bool):
            return value, reason
        if not isinstance(value, (int, float)) or value != value:
            return value, reason
        nearest = value
        for bound, beyond in ((self.min, operator.lt), (self.max, operator.gt)):
            if bound is not None and beyond(value, bound):
                nearest = bound
        return nearest, self.problem(nearest)

    def merge_problem(self, strategy: str) -> str | None:
        """Return what the strategy is for, as a noun phrase, if not for such a parameter."""
        merge = strategy.removeprefix(MERGE)
        if merge == strategy or self.type in MERGED[merge]:
            return None
        return f"{merged_by(merge)}, and {self.name} is of type {self.type}"

    def problem(self, value: object) -> str | None:
        """Return what is allowed, as a noun phrase, if `value` is not; None if it is.

        An int will do for a float; a bool is no number. Steps count from `min`, else from 0.
        """
        if not isinstance(value, _CLASSES[self.type]) or (
            isinstance(value, bool) and self.type != "bool"
        ):
            return self.takes()
        for _, _, expected in improper(value):
            return f"{self.takes()}: {expected}"
        fits = value in self.values if self.type == "enum" else self._in_range(value)
        return None if fits else self.takes()

    def _in_range(self, value: object) -> bool:
        if not isinstance(value, (int, float)):
            return True
        low_enough = self.max is None or value <= self.max
        high_enough = self.min is None or value >= self.min
        return low_enough and high_enough and self._on_step(value)

    def _on_step(self, value: Number) -> bool:
        if self.step is None:
            return True
        start = self.min or 0
        if isinstance(value, int) and isinstance(start, int) and isinstance(self.step, int):
            return (value - start) % self.step == 0
        rounding = 4 * math.ulp(max(abs(value), abs(start))) + 1e-9 * self.step
        return abs(math.remainder(value - start, self.step)) <= rounding

    def takes(self) -> str:
        """Return what the parameter takes, as a noun phrase."""
        if self.type == "enum":
            return one_of(self.values)
        words = [_NOUNS[self.type]]
        if self.min is not None and self.max is not None:
            words.append(f"from {self.min} to {self.max}")
        elif self.min is not None:
            words.append(f"from {self.min} on")
        elif self.max is not None:
            words.append(f"up to {self.max}")
        if self.step is not None:
            words.append(f"in steps of {self.step}")
        return " ".join(words)


def merged_by(merge: str) -> str:
    """Return the types that a merge is for, as a noun phrase."""
    return " or ".join(_NOUNS[type] for type in MERGED[merge])


class Plugin(Struct, frozen=True):
    """A part of the game that mods can switch on and off, set and trigger. Sorted by name.

    `exclusive_hooks` are those of the hooks that only one mod may trigger.
    """

    name: str
    description: str = ""
    enabled: bool = True
    parameters: tuple[Parameter, ...] = ()
    hooks: tuple[str, ...] = ()
    exclusive_hooks: tuple[str, ...] = ()
    strategy: str | None = None


class Game(Struct, frozen=True):
    """A valid game.toml. `tiers` are in load order."""

    id: str
    version: Version
    name: str
    description: str = ""
    plugins: tuple[Plugin, ...] = ()
    strategy: str | None = None
    tiers: tuple[str, ...] = TIERS

    def parameters(self) -> Mapping[tuple[str, str], Parameter]:
        """Return all that mods can disagree about, by plugin and key.

        These are the parameters, each plugin's switch, and who triggers its exclusive hooks.
        """
        return {(plugin.name, p.name): p for plugin in self.plugins for p in _stakes(plugin)}


def _stakes(plugin: Plugin) -> Iterator[Parameter]:
    yield from plugin.parameters
    yield Parameter(SWITCH, "bool", plugin.enabled)
    for hook in plugin.exclusive_hooks:
        yield Parameter(hook_key(hook), "str", None)


class GameTable(Table, frozen=True):
    """The game itself."""

    id: IdText
    version: VersionText
    name: Title | None = None
    description: str = ""
    strategy: Strategy | None = None


class ParameterTable(Table, frozen=True):
    """A value that mods may set."""

    type: ParameterType
    default: Any
    min: Number | None = None
    max: Number | None = None
    step: Number | None = None
    values: Annotated[tuple[str, ...], Meta(description="What an enum may be.")] = ()
    unit: str | None = None
    description: str = ""
    strategy: Strategy | None = None
    out_of_range: Annotated[
        OutOfRange, Meta(description="What becomes of a number beyond min or max.")
    ] = "reject"


class PluginTable(Table, frozen=True):
    """A part of the game that mods can switch on and off, set and trigger."""

    description: str = ""
    enabled: Annotated[bool, Meta(description="Whether it is on when the game starts.")] = True
    parameters: dict[Name, ParameterTable] = {}
    hooks: tuple[Name, ...] = ()
    exclusive_hooks: Annotated[
        tuple[Name, ...], Meta(description="Hooks that only one of several mods may trigger.")
    ] = ()
    strategy: Annotated[
        Strategy | None, Meta(description="For parameters of the plugin that have none.")
    ] = None


class TiersTable(Table, frozen=True):
    """How mods are grouped in the load order."""

    tiers: Annotated[
        tuple[Name, ...],
        Meta(description="Names of groups in load order; one is normal.", max_length=100),
    ] = TIERS


class GameFile(Table, frozen=True):
    """game.toml: the plugins that a game offers to its mods, their parameters and hooks."""

    game: GameTable
    manifest_version: Format = 1
    order: TiersTable = TiersTable()
    plugins: dict[Name, PluginTable] = {}


def parse_game(text: str, file: str) -> Game:
    """Return the game that `text` holds; raise InvalidFile, naming `file`, for anything else."""
    shape = read(text, file, GameFile)
    top = Place(text, file)
    game, at = shape.game, top / "game"
    return Game(
        id=read_id(game.id, at / "id"),
        version=read_version(game.version, at / "version"),
        name=game.name or game.id,
        description=game.description,
        plugins=tuple(_plugins(shape.plugins, top / "plugins")),
        strategy=game.strategy,
        tiers=_tiers(shape.order.tiers, top / "order" / "tiers"),
    )


def _tiers(names: tuple[str, ...], place: Place) -> tuple[str, ...]:
    if NORMAL not in names or len(set(names)) < len(names):
        raise place.invalid(list(names), f"different names, of which one is {NORMAL}")
    return names


def _plugins(tables: dict[str, PluginTable], place: Place) -> Iterator[Plugin]:
    for name, table in sorted(tables.items()):
        parameters = sorted(table.parameters.items())
        yield Plugin(
            name=name,
            description=table.description,
            enabled=table.enabled,
            parameters=tuple(
                _parameter(key, parameter, place / name / "parameters" / key)
                for key, parameter in parameters
            ),
            hooks=tuple(sorted({*table.hooks, *table.exclusive_hooks})),
            exclusive_hooks=tuple(sorted(set(table.exclusive_hooks))),
            strategy=table.strategy,
        )


def _parameter(name: str, table: ParameterTable, place: Place) -> Parameter:
    _check_limits(table, place)
    parameter = Parameter(
        name,
        table.type,
        table.default,
        min=table.min,
        max=table.max,
        step=table.step,
        values=table.values,
        unit=table.unit,
        description=table.description,
        strategy=table.strategy,
        out_of_range=table.out_of_range,
    )
    if problem := parameter.merge_problem(table.strategy or ""):
        raise (place / "strategy").invalid(table.strategy, f"a strategy for {problem}")
    if problem := parameter.problem(table.default):
        raise (place / "default").invalid(table.default, problem)
    return parameter


def _check_limits(table: ParameterTable, place: Place) -> None:
    """Raise InvalidValue where min, max, step or values do not fit the type or each other."""
    for key in ("min", "max", "step"):
        number = getattr(table, key)
        if number is None:
            continue
        if table.type not in ("int", "float"):
            raise (place / key).invalid(number, f"absent: only an int or a float has a {key}")
        if table.type == "int" and isinstance(number, float):
            raise (place / key).invalid(number, "a whole number, as the parameter is an int")
    if table.step is not None and table.step <= 0:
        raise (place / "step").invalid(table.step, "a number above 0")
    if table.min is not None and table.max is not None and table.min > table.max:
        raise (place / "max").invalid(table.max, f"at least min, which is {table.min}")
    if (table.type == "enum") != bool(table.values):
        expected = (
            "the values of the enum" if table.type == "enum" else "absent: only an enum has values"
        )
        raise (place / "values").invalid(list(table.values), expected)

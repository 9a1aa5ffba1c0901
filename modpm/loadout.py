"""loadout.toml: what a player wants to play, and the player's word where mods disagree."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from modpm.document import Table, Value, read
from modpm.fields import (
    ID_PATTERN,
    NAME_PATTERN,
    PART_PATTERN,
    PROVIDES,
    IdText,
    PlayerStrategy,
    RangeText,
    Title,
    VersionText,
    read_id,
    read_ids,
    read_range,
    read_strategy,
    read_version,
)
from modpm.place import Place
from modpm.requirement import OrderTable, Requirement, RequirementEntries, read_requirements
from modpm.versions import Range, Version


class Wish(Struct, frozen=True):
    """A mod that the player wants. `path` is relative to the loadout's folder, with "/" only."""

    id: str
    range: Range
    path: str | None = None
    registry: str | None = None
    priority: int | None = None
    enabled: bool = True
    prereleases: bool = False


class OrderRule(Struct, frozen=True, order=True):
    """The player's word that `first` loads before `then`."""

    first: str
    then: str


class Override(Struct, frozen=True):
    """A change to the dependencies of one mod, always shown as such in messages."""

    id: str
    add: tuple[Requirement, ...] = ()
    drop: tuple[str, ...] = ()


class Pin(Struct, frozen=True):
    """A parameter's final value."""

    plugin: str
    key: str
    value: Value


class Loadout(Struct, frozen=True):
    """A valid loadout.toml. Tables are sorted by id or name.

    `registries` maps a name to a folder (relative to the loadout's) or an address, `namespaces` a
    namespace to a registry's name. `strategy` has the keys "plugin.key", "plugin.*" and "default".
    `tiers` are the player's, by mod. `settled` tells for a parameter's name what the mods claimed,
    as `conflict.settled` spells it, when the player chose. `ignored` are names, and globs, of what
    the player need not see.
    """

    name: str
    game: str | None = None
    game_version: Version | None = None
    seed: int = 0
    registries: Mapping[str, str] = {}
    namespaces: Mapping[str, str] = {}
    mods: tuple[Wish, ...] = ()
    strategy: Mapping[str, str] = {}
    pins: tuple[Pin, ...] = ()
    settled: Mapping[str, Mapping[str, Value]] = {}
    ignored: tuple[str, ...] = ()
    order: tuple[OrderRule, ...] = ()
    tiers: Mapping[str, str] = {}
    overrides: tuple[Override, ...] = ()


RegistryName = Annotated[
    str,
    Meta(title="a name of small letters, digits, - and _", pattern=rf"^{PART_PATTERN}$(?!\n)"),
]
ParameterKey = Annotated[
    str,
    Meta(
        title='a plugin and its parameter in quotes, such as "combat.max_hp", or a plugin',
        pattern=rf"^(?:{NAME_PATTERN}(?:\.{NAME_PATTERN}(?:\(\))?)?|provides:{ID_PATTERN})$(?!\n)",
    ),
]
_GLOB = r"[a-z_*][a-z0-9_*]{0,63}"
StrategyKey = Annotated[
    str,
    Meta(
        title='"combat.max_hp", "combat.*" or "*.damage_*", in quotes, a plugin, or default',
        pattern=rf"^(?:{NAME_PATTERN}|{_GLOB}\.{_GLOB}(?:\(\))?|provides:{ID_PATTERN})$(?!\n)",
    ),
]
NearbyPath = Annotated[
    str,
    Meta(
        title="a path relative to this file, with forward slashes",
        pattern=r"^[^\\/:][^\\:]*$",
        max_length=400,
    ),
]


class LoadoutTable(Table, frozen=True):
    """The loadout itself."""

    name: Title
    game: IdText | None = None
    game_version: VersionText | None = None
    seed: Annotated[int, Meta(description="What random() in mods starts from.")] = 0


class WishTable(Table, frozen=True):
    """The long form of a wish."""

    version: RangeText = "*"
    path: Annotated[
        NearbyPath | None, Meta(description="A mod on this machine, in place of a registry's.")
    ] = None
    registry: Annotated[
        RegistryName | None, Meta(description="Where to take it from, if several offer it.")
    ] = None
    priority: Annotated[
        int | None, Meta(description="For the priority strategy, in place of the author's.")
    ] = None
    enabled: bool = True
    prereleases: Annotated[bool, Meta(description="Whether pre-releases may be chosen.")] = False


class OverrideTable(Table, frozen=True):
    """Dependencies of the mod to add, and ids of those to drop."""

    add: RequirementEntries = {}
    drop: tuple[IdText, ...] = ()


class ConflictsTable(Table, frozen=True):
    """What the player need not be told of."""

    ignore: Annotated[
        tuple[StrategyKey, ...],
        Meta(description="Parameters, or patterns for some, that `modpm conflicts` leaves out."),
    ] = ()


class LoadoutFile(Table, frozen=True):
    """loadout.toml: what a player wants to play, and the player's word where mods disagree."""

    loadout: LoadoutTable
    registries: Annotated[
        dict[RegistryName, str], Meta(description="A folder or an address for each name.")
    ] = {}
    namespaces: Annotated[
        dict[RegistryName, RegistryName],
        Meta(description="The registry that a namespace's mods come from."),
    ] = {}
    mods: Annotated[
        dict[IdText, RangeText | WishTable],
        Meta(description="The mods to play, each with the versions of it that will do."),
    ] = {}
    strategy: Annotated[
        dict[StrategyKey, PlayerStrategy],
        Meta(description="Which claim wins, for a parameter, a plugin or all; the closest counts."),
    ] = {}
    pins: Annotated[
        dict[ParameterKey, Any], Meta(description="Final values, whatever the mods say.")
    ] = {}
    settled: Annotated[
        dict[ParameterKey, dict[IdText, Any]],
        Meta(description="What mods claimed when you chose; `modpm settle` writes it."),
    ] = {}
    conflicts: ConflictsTable = ConflictsTable()
    order: Annotated[
        dict[IdText, OrderTable], Meta(description="Your word on what loads before what.")
    ] = {}
    overrides: Annotated[
        dict[IdText, OverrideTable], Meta(description="Changes to what mods say they need.")
    ] = {}


def parse_loadout(text: str, file: str) -> Loadout:
    """Return the loadout that `text` holds; raise InvalidFile, naming `file`, for anything else."""
    shape = read(text, file, LoadoutFile)
    top = Place(text, file)
    table, at = shape.loadout, top / "loadout"
    return Loadout(
        name=table.name,
        game=None if table.game is None else read_id(table.game, at / "game"),
        game_version=None
        if table.game_version is None
        else read_version(table.game_version, at / "game-version"),
        seed=table.seed,
        registries=dict(sorted(shape.registries.items())),
        namespaces=dict(sorted(shape.namespaces.items())),
        mods=tuple(_wishes(shape.mods, top / "mods")),
        strategy=dict(_strategies(shape.strategy, top / "strategy")),
        pins=tuple(_pins(shape.pins, top / "pins")),
        settled=dict(sorted(shape.settled.items())),
        ignored=tuple(sorted(set(shape.conflicts.ignore))),
        order=tuple(sorted(set(_rules(shape.order, top / "order")))),
        tiers={id: entry.tier for id, entry in sorted(shape.order.items()) if entry.tier},
        overrides=tuple(_overrides(shape.overrides, top / "overrides")),
    )


def _wishes(entries: Mapping[str, str | WishTable], place: Place) -> Iterator[Wish]:
    for id, entry in sorted(entries.items()):
        at = place / read_id(id, place / id)
        if isinstance(entry, str):
            yield Wish(id, read_range(entry, at))
        else:
            yield Wish(
                id,
                read_range(entry.version, at / "version"),
                path=entry.path,
                registry=entry.registry,
                priority=entry.priority,
                enabled=entry.enabled,
                prereleases=entry.prereleases,
            )


def _strategies(entries: Mapping[str, str], place: Place) -> Iterator[tuple[str, str]]:
    for name, strategy in sorted(entries.items()):
        yield name, read_strategy(strategy, place / name)


def _pins(entries: Mapping[str, Value], place: Place) -> Iterator[Pin]:
    for name, value in sorted(entries.items()):
        plugin, _, key = name.partition(".")
        if name.startswith(PROVIDES):
            read_id(str(value), place / name)
        elif not key and not isinstance(value, bool):
            expected = (
                'true or false for a whole plugin; a parameter is named in quotes: "combat.max_hp"'
            )
            raise (place / name).invalid(value, expected)
        yield Pin(plugin, key, value)


def _rules(entries: Mapping[str, OrderTable], place: Place) -> Iterator[OrderRule]:
    for id, entry in entries.items():
        at = place / read_id(id, place / id)
        for index, other in enumerate(entry.after):
            yield OrderRule(_other(other, id, at / "after" / index), id)
        for index, other in enumerate(entry.before):
            yield OrderRule(id, _other(other, id, at / "before" / index))


def _other(other: str, id: str, place: Place) -> str:
    if other == id:
        raise place.invalid(other, "the id of another mod")
    return read_id(other, place)


def _overrides(entries: Mapping[str, OverrideTable], place: Place) -> Iterator[Override]:
    for id, entry in sorted(entries.items()):
        at = place / read_id(id, place / id)
        yield Override(
            id,
            add=read_requirements(entry.add, at / "add"),
            drop=read_ids(entry.drop, at / "drop"),
        )

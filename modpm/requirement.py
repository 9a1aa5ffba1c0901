"""Ids of mods and what is required of them, as mod.toml and loadout.toml both spell it."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from modpm.document import Table
from modpm.fields import IdText, Name, RangeText, read_id, read_range
from modpm.place import Place
from modpm.versions import Range


class Requirement(Struct, frozen=True):
    """A mod (or a virtual id) and the versions of it that will do."""

    id: str
    range: Range


class Dependency(Struct, frozen=True):
    """One requirement, or several of which any one will do. `alternatives` is never empty.

    Unless it is `ordered`, what answers it need not load first.
    """

    alternatives: tuple[Requirement, ...]
    ordered: bool = True


class VersionTable(Table, frozen=True):
    """The long form of a requirement."""

    version: RangeText


class RequirementTable(Table, frozen=True):
    """A mod, or a game, and the versions of it that will do."""

    id: IdText
    version: RangeText = "*"


class DependencyTable(Table, frozen=True):
    """The long form of a dependency: a version range, or mods of which any one will do."""

    version: RangeText | None = None
    any_of: Annotated[tuple[RequirementTable, ...], Meta(min_length=1)] | None = None
    order: Annotated[bool, Meta(description="Whether it has to load first.")] = True


class OrderTable(Table, frozen=True):
    """Mods to load after, or before, if they are there, and the group to load with otherwise."""

    after: tuple[IdText, ...] = ()
    before: tuple[IdText, ...] = ()
    tier: Annotated[
        Name | None, Meta(description="early, normal, late, or another that the game has.")
    ] = None


RequirementEntries = dict[IdText, RangeText | VersionTable]
DependencyEntries = dict[IdText, RangeText | DependencyTable]


def read_requirement(table: RequirementTable, place: Place) -> Requirement:
    """Return what a table with an id requires; raise InvalidValue."""
    return Requirement(
        read_id(table.id, place / "id"), read_range(table.version, place / "version")
    )


def read_requirements(
    entries: Mapping[str, str | VersionTable], place: Place
) -> tuple[Requirement, ...]:
    """Return a table of id -> range, sorted by id; raise InvalidValue."""
    return tuple(_requirement(id, place / id, entry) for id, entry in sorted(entries.items()))


def read_dependencies(
    entries: Mapping[str, str | DependencyTable], place: Place
) -> tuple[Dependency, ...]:
    """Return a table of id -> range or any-of, sorted by id; raise InvalidValue."""
    return tuple(_dependency(id, place / id, entry) for id, entry in sorted(entries.items()))


def _requirement(id: str, place: Place, entry: str | VersionTable) -> Requirement:
    read_id(id, place)
    if isinstance(entry, str):
        return Requirement(id, read_range(entry, place))
    return Requirement(id, read_range(entry.version, place / "version"))


def _dependency(id: str, place: Place, entry: str | DependencyTable) -> Dependency:
    if isinstance(entry, str):
        return Dependency((_requirement(id, place, entry),))
    read_id(id, place)
    if entry.version is not None and entry.any_of is None:
        wanted = Requirement(id, read_range(entry.version, place / "version"))
        return Dependency((wanted,), entry.order)
    if entry.any_of is None or entry.version is not None:
        raise place.invalid(_written(entry), "a table with either version or any-of")
    places = (place / "any-of" / index for index in range(len(entry.any_of)))
    return Dependency(tuple(map(read_requirement, entry.any_of, places)), entry.order)


def _written(entry: DependencyTable) -> list[str]:
    return [key for key, value in (("version", entry.version), ("any-of", entry.any_of)) if value]

"""loadout.toml: what a player wants to play, and the player's word where mods disagree."""

from collections.abc import Mapping

from msgspec import Struct

from modpm.document import Value
from modpm.requirement import Requirement
from modpm.versions import Range, Version


class Wish(Struct, frozen=True):
    """A mod that the player wants. `path` is relative to the loadout's folder, with forward slashes."""

    id: str
    range: Range
    path: str | None = None
    registry: str | None = None
    priority: int | None = None
    enabled: bool = True
    prereleases: bool = False


class OrderRule(Struct, frozen=True):
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
    """A valid loadout.toml. `registries` maps a name to a folder (relative to the loadout's) or an address."""

    name: str
    game: str | None = None
    game_version: Version | None = None
    seed: int = 0
    registries: Mapping[str, str] = {}
    namespaces: Mapping[str, str] = {}
    mods: tuple[Wish, ...] = ()
    strategy: Mapping[str, str] = {}
    pins: tuple[Pin, ...] = ()
    order: tuple[OrderRule, ...] = ()
    overrides: tuple[Override, ...] = ()


def parse_loadout(text: str, file: str) -> Loadout:
    """Return the loadout that `text` holds; raise InvalidFile, naming `file`, for anything else."""
    raise NotImplementedError

"""game.toml: the plugins that a game offers to its mods, their parameters and hooks."""

from typing import Literal

from msgspec import Struct

from modpm.document import Value
from modpm.versions import Version

ParameterType = Literal["int", "float", "bool", "str", "enum", "list", "map"]


class Parameter(Struct, frozen=True):
    """What a plugin lets mods set. `min`, `max` and `step` are in `unit`; `values` are those of an enum."""

    name: str
    type: ParameterType
    default: Value
    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None
    values: tuple[str, ...] = ()
    unit: str | None = None
    description: str = ""
    strategy: str | None = None

    def problem(self, value: object) -> str | None:
        """Return what is allowed, as a noun phrase, if `value` is not; None if it is."""
        raise NotImplementedError


class Plugin(Struct, frozen=True):
    """A part of the game that mods can switch on and off, set and trigger. Tables are sorted by name."""

    name: str
    description: str = ""
    enabled: bool = True
    parameters: tuple[Parameter, ...] = ()
    hooks: tuple[str, ...] = ()


class Game(Struct, frozen=True):
    """A valid game.toml."""

    id: str
    version: Version
    name: str
    description: str = ""
    plugins: tuple[Plugin, ...] = ()


def parse_game(text: str, file: str) -> Game:
    """Return the game that `text` holds; raise InvalidFile, naming `file`, for anything else."""
    raise NotImplementedError

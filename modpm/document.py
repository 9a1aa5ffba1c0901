"""Strict reading of TOML: a value of the wanted shape, or an error that names file, line and key."""

from typing import TypeVar

from msgspec import Struct

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
"""What crosses between files, mods and plugins: the JSON values, ints and floats kept apart."""

T = TypeVar("T", bound=Struct)


def read(text: str, file: str, shape: type[T]) -> T:
    """Return `text` as a `shape`; raise InvalidSyntax, UnknownKey, MissingKey, InvalidValue or FileTooLarge."""
    raise NotImplementedError

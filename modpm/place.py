"""Where in a TOML text something is: the key's path as people write it, and its line."""

import json
import re
import tomllib
from typing import Any

from msgspec import Struct

from modpm.errors import InvalidValue

Key = str | int

LINES = 2000
PARSES = 64
KEY_SHOWN = 140


class Place(Struct, frozen=True):
    """A key in a text that was read from `file`."""

    text: str
    file: str
    path: tuple[Key, ...] = ()

    def __truediv__(self, key: Key) -> "Place":
        return Place(self.text, self.file, (*self.path, key))

    @property
    def key(self) -> str:
        """The path as TOML spells it, such as dependencies."acme/core" or permissions.files[0]."""
        steps = (f"[{key}]" if isinstance(key, int) else f".{_spell(key)}" for key in self.path)
        return "".join(steps).removeprefix(".")

    @property
    def line(self) -> int | None:
        """The line on which the key's statement starts, from 1; None if that takes too long."""
        return find_line(self.text, self.path) if self.path else None

    def invalid(
        self, found: object, expected: str, suggestion: str | None = None, hint: str | None = None
    ) -> InvalidValue:
        """Return the error that says the value here is not what is expected."""
        return InvalidValue(
            file=self.file,
            line=self.line,
            key=self.key,
            found=found,
            expected=expected,
            suggestion=suggestion,
            hint=hint,
        )


def find_line(text: str, path: tuple[Key, ...]) -> int | None:
    """Return the line, from 1, of the statement that brings `path` into a valid TOML text.

    That is the first statement after the longest run of lines that parses and lacks the path. None
    for texts of more than 2,000 lines, or where statements are so long that 64 parses do not do.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    if len(lines) > LINES:
        return None
    low, high, lacking, left = 0, len(lines), 0, PARSES
    while high - low > 1:
        middle = end = (low + high) // 2
        document = None
        while document is None and end > lacking:
            left -= 1
            if not left:
                return None
            document = _parse(lines[:end])
            end -= document is None
        if document is not None and _has(document, path):
            high = end
        else:
            low, lacking = middle, end
    statements = (n for n, line in enumerate(lines) if n >= lacking and _says_something(line))
    return next(statements, lacking) + 1


def _parse(lines: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines) + "\n")
    except (ValueError, RecursionError):
        return None


def _has(document: dict[str, Any], path: tuple[Key, ...]) -> bool:
    part: Any = document
    for key in path:
        try:
            part = part[key]
        except (LookupError, TypeError):
            return False
    return True


def _says_something(line: str) -> bool:
    return not line.isspace() and line != "" and not line.lstrip().startswith("#")


def _spell(key: str) -> str:
    key = key if len(key) <= KEY_SHOWN else key[:KEY_SHOWN] + "…"
    if re.fullmatch("[A-Za-z0-9_-]+", key):
        return key
    return json.dumps(key, ensure_ascii=not key.isprintable())

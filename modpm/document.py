"""Strict reading of TOML: a value of the wanted shape, or an error that names file, line and key.

A shape is a `Table` whose field types carry, as `msgspec.Meta`, the noun phrase for what is
expected (`title`), what to do otherwise (`extra["hint"]`) and what editors show (`description`).
"""

import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from modpm.errors import FileTooLarge, InvalidSyntax
from modpm.fault import fault
from modpm.place import Key, Place

if TYPE_CHECKING:
    Value: TypeAlias = bool | int | float | str | list["Value"] | dict[str, "Value"] | None
else:
    Value = Any  # msgspec, which packs manifests, knows no recursive alias
"""What crosses between files, mods and plugins: the JSON values, ints and floats kept apart."""

T = TypeVar("T", bound=Struct)

SIZE_LIMIT = 1 << 20
DEPTH_LIMIT = 32
KEY_PARTS = 16

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNUSUAL = re.compile(r"[^ -~]")
_SCALARS: Mapping[type, Callable[[Any], bool]] = {
    bool: lambda _: True,
    int: lambda number: -(1 << 63) <= number < 1 << 63,
    float: math.isfinite,
    str: lambda text: _CONTROL.search(text) is None,
}
# tomllib takes time quadratic in the parts of a dotted key.
_WORD = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_WORD}[ \t]*+\.[ \t]*+){{{KEY_PARTS}}}")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_STATEMENT = re.compile(r"[ \t]*(?:(\[.*\])|([^=]+?)[ \t]*=)")


class Table(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The base of every shape: a TOML table with known keys."""


def decode(data: bytes, file: str) -> str:
    """Return the text of a file; raise FileTooLarge, or InvalidSyntax if it is not UTF-8."""
    if len(data) > SIZE_LIMIT:
        raise FileTooLarge(file=file, size=len(data), limit=SIZE_LIMIT)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidSyntax(file=file, line=line, problem="the text is not UTF-8") from None


def read(text: str, file: str, shape: type[T], limit: int | None = SIZE_LIMIT) -> T:
    """Return `text`, of at most `limit` bytes, as a `shape`.

    Raises InvalidSyntax, UnknownKey, MissingKey, InvalidValue or FileTooLarge.
    """
    document = _parse(text.removeprefix("\ufeff"), file, limit)
    return shaped(document, shape, Place(text, file))


def shaped(document: object, shape: type[T], place: Place) -> T:
    """Return a document, which stands at `place`, as a `shape`.

    Raises UnknownKey, MissingKey or InvalidValue.
    """
    for path, found, expected in improper(document):
        raise Place(place.text, place.file, path).invalid(found, expected)
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError:
        raise fault(document, shape, place) from None


def improper(value: object) -> Iterator[tuple[tuple[Key, ...], str, str]]:
    """Yield path, text and what was expected for each part of `value` that no file can hold.

    Allowed are finite numbers, ints of 64 bits, text without control characters, and 32 levels;
    there is no null.
    """
    if _is_proper(value, DEPTH_LIMIT):
        return
    pending: list[tuple[tuple[Key, ...], object]] = [((), value)]
    while pending:
        path, part = pending.pop()
        if len(path) > DEPTH_LIMIT:
            yield path[:1], "more", f"at most {DEPTH_LIMIT} levels of tables and lists"
        elif expected := _unfit(part):
            yield path, _written(part), expected
        elif isinstance(part, dict):
            for key, child in part.items():
                if not isinstance(key, str) or _CONTROL.search(key) or "\n" in key:
                    yield (*path, str(key)), _written(key), "a key without control characters"
                pending.append(((*path, key), child))
        elif isinstance(part, list):
            pending.extend(((*path, index), child) for index, child in enumerate(part))


def _is_proper(value: Any, levels: int) -> bool:  # noqa: ANN401 - it is the question
    """Return whether `value` surely is one: most are, and this must be known fast."""
    kind = type(value)
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    if levels == 0 or kind not in (list, dict):
        return False
    if kind is dict:
        for key in value:
            if type(key) is not str or _UNUSUAL.search(key):
                return False
        value = value.values()
    for child in value:
        scalar = _SCALARS.get(type(child))
        if not (scalar(child) if scalar else _is_proper(child, levels - 1)):
            return False
    return True


def _unfit(value: object) -> str | None:
    match value:
        case bool() | list() | dict():
            return None
        case None:
            return "a value, not null"
        case int():
            return None if -(1 << 63) <= value < 1 << 63 else "a whole number of at most 64 bits"
        case float():
            return None if math.isfinite(value) else "a finite number"
        case str():
            return "text without control characters" if _CONTROL.search(value) else None
        case _:
            return "text, a number, true or false, a list or a table"


def _written(value: object) -> str:
    return f"{value:#x}"[:20] if isinstance(value, int) else ascii(str(value))[1:-1]


def _parse(text: str, file: str, limit: int | None) -> dict[str, Any]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if limit is not None and size > limit:
        raise FileTooLarge(file=file, size=size, limit=limit)
    if deep := _DEEP_KEY.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise InvalidSyntax(file=file, line=line, problem="a key has too many parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, file, str(error)) from None
    except RecursionError:
        raise InvalidSyntax(file=file, problem="lists or tables are nested too deeply") from None
    except ValueError:
        raise InvalidSyntax(file=file, problem="a number or date is out of bounds") from None


def _syntax_error(text: str, file: str, message: str) -> InvalidSyntax:
    at = _AT.search(message)
    problem = _AT.sub("", message[:1].lower() + message[1:])
    line, column = (int(at[1]), int(at[2])) if at and at[1] else (None, None)
    if re.match("cannot (overwrite|declare|mutate)|duplicate", problem):
        statement = _STATEMENT.match(text.split("\n")[line - 1]) if line else None
        name = (statement[1] or statement[2]) if statement else "a key or table"
        problem = f"{name} is there twice"
    elif problem == r"illegal character '\n'":
        problem = "the closing quote is missing"
    return InvalidSyntax(file=file, line=line, column=column, problem=problem)

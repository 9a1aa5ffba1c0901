"""Strict reading of TOML: a value of the wanted shape, or an error that names file, line and key.

A shape is a `Table` whose field types carry, as `msgspec.Meta`, the noun phrase for what is
expected (`title`), what to do otherwise (`extra["hint"]`) and what editors show (`description`).
"""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import msgspec
from msgspec import Struct

from modpm.errors import FileTooLarge, InvalidFile, InvalidSyntax, MissingKey, UnknownKey
from modpm.place import Key, Place

if TYPE_CHECKING:
    Value: TypeAlias = bool | int | float | str | list["Value"] | dict[str, "Value"] | None
else:
    Value = Any  # msgspec, which packs manifests, knows no recursive alias
"""What crosses between files, mods and plugins: the JSON values, ints and floats kept apart."""

T = TypeVar("T", bound=Struct)

Shape: TypeAlias = Any
"""A type as msgspec takes it: a Table, Annotated, a union and so on."""

SIZE_LIMIT = 1 << 20
DEPTH_LIMIT = 32
KEY_PARTS = 16

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# tomllib takes time quadratic in the parts of a dotted key.
_WORD = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_WORD}[ \t]*+\.[ \t]*+){{{KEY_PARTS}}}")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
_STATEMENT = re.compile(r"[ \t]*(?:(\[.*\])|([^=]+?)[ \t]*=)")
_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


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
        raise InvalidSyntax(file=file, line=line, problem="The text is not UTF-8") from None


def read(text: str, file: str, shape: type[T]) -> T:
    """Return `text` as a `shape`.

    Raises InvalidSyntax, UnknownKey, MissingKey, InvalidValue or FileTooLarge.
    """
    document = _parse(text.removeprefix("\ufeff"), file)
    for path, found, expected in improper(document):
        raise Place(text, file, path).invalid(found, expected)
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError:
        raise _fault(document, shape, Place(text, file)) from None


def improper(value: object) -> Iterator[tuple[tuple[Key, ...], str, str]]:
    """Yield path, text and what was expected for each part of `value` that no `Value` may hold.

    Allowed are finite numbers, ints of 64 bits, text without control characters, and 32 levels.
    """
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


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was most likely meant."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word.lower(), known, n=1)), None)


def one_of(words: Iterable[str]) -> str:
    """Return "one of a, b or c"."""
    *most, last = words
    return f"one of {', '.join(most)} or {last}" if most else last


def _unfit(value: object) -> str | None:
    match value:
        case None | bool() | list() | dict():
            return None
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


def _parse(text: str, file: str) -> dict[str, Any]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > SIZE_LIMIT:
        raise FileTooLarge(file=file, size=size, limit=SIZE_LIMIT)
    if deep := _DEEP_KEY.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise InvalidSyntax(file=file, line=line, problem="A key has too many parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, file, str(error)) from None
    except RecursionError:
        raise InvalidSyntax(file=file, problem="Lists or tables are nested too deeply") from None
    except ValueError:
        raise InvalidSyntax(file=file, problem="A number or date is out of bounds") from None


def _syntax_error(text: str, file: str, message: str) -> InvalidSyntax:
    at = _AT.search(message)
    problem = _AT.sub("", message)
    line, column = (int(at[1]), int(at[2])) if at and at[1] else (None, None)
    if re.match("Cannot (overwrite|declare|mutate)|Duplicate", problem):
        statement = _STATEMENT.match(text.split("\n")[line - 1]) if line else None
        name = (statement[1] or statement[2]) if statement else "A key or table"
        problem = f"Duplicate: {name} is there twice"
    return InvalidSyntax(file=file, line=line, column=column, problem=problem)


# msgspec's message does not tell the key in a mapping, nor what is allowed there: look again.


def _fault(value: object, shape: Shape, place: Place) -> InvalidFile:
    """Return the first error in a value that msgspec has refused to convert."""
    fault = None
    for option in _options(shape):
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, Struct):
            fault = fault or _table_fault(value, option, place)
        elif isinstance(value, dict) and _origin(option) is dict:
            fault = fault or _mapping_fault(value, option, place)
        elif isinstance(value, list) and _origin(option) in (list, tuple):
            item = get_args(option)[0]
            faults = (_child(each, item, place / index) for index, each in enumerate(value))
            fault = fault or next(filter(None, faults), None)
    return fault or _misfit(value, shape, place)


def _child(value: object, shape: Shape, place: Place) -> InvalidFile | None:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return _fault(value, shape, place)
    return None


def _table_fault(value: dict[str, Any], table: type[Struct], place: Place) -> InvalidFile | None:
    fields = {field.encode_name: field for field in msgspec.structs.fields(table)}
    for name, field in fields.items():
        if name in value and (fault := _child(value[name], field.type, place / name)):
            return fault
    for name in value:
        if name not in fields:
            return _unknown(name, tuple(fields), place / name)
    for name, field in fields.items():
        if name not in value and field.required:
            key, expected = (place / name).key, _expected(field.type)
            return MissingKey(file=place.file, line=place.line, key=key, expected=expected)
    return None


def _mapping_fault(value: dict[str, Any], shape: Shape, place: Place) -> InvalidFile | None:
    key_shape, item = get_args(shape)
    for key, each in value.items():
        if fault := _child(key, key_shape, place / key) or _child(each, item, place / key):
            return fault
    return None


def _unknown(name: str, allowed: tuple[str, ...], place: Place) -> UnknownKey:
    return UnknownKey(
        file=place.file,
        line=place.line,
        key=place.key,
        allowed=allowed,
        suggestion=suggest(name, allowed),
    )


def _misfit(value: object, shape: Shape, place: Place) -> InvalidFile:
    words = [
        word
        for option in _options(shape)
        if _origin(option) is Literal
        for word in get_args(option)
    ]
    texts = [word for word in words if isinstance(word, str)]
    suggestion = suggest(value, texts) if isinstance(value, str) else None
    hints = (meta.extra["hint"] for meta in _metas(shape) if meta.extra)
    return place.invalid(value, _expected(shape), suggestion, next(hints, None))


def _origin(shape: Shape) -> Shape:
    return get_origin(shape)


def _options(shape: Shape) -> list[Any]:
    """Return the types that a value may have, without what annotates them."""
    if _origin(shape) is Annotated:
        return _options(get_args(shape)[0])
    if _origin(shape) in (Union, UnionType):
        return [option for part in get_args(shape) for option in _options(part)]
    return [shape]


def _metas(shape: Shape) -> list[msgspec.Meta]:
    if _origin(shape) is Annotated:
        inner, *metas = get_args(shape)
        return [*(meta for meta in metas if isinstance(meta, msgspec.Meta)), *_metas(inner)]
    if _origin(shape) in (Union, UnionType):
        return [meta for part in get_args(shape) for meta in _metas(part)]
    return []


def _expected(shape: Shape) -> str:
    """Return the noun phrase for a shape."""
    origin = _origin(shape)
    if origin in (Union, UnionType):
        phrases = [_expected(part) for part in get_args(shape) if part is not type(None)]
        return " or ".join(dict.fromkeys(phrases))
    if origin is Annotated:
        titles = (meta.title for meta in _metas(shape) if meta.title)
        return next(titles, None) or _expected(get_args(shape)[0])
    if origin is Literal:
        return one_of(map(str, get_args(shape)))
    if origin in (list, tuple):
        return "a list"
    return _NAMES.get(shape, "a table")

"""What is wrong with a value that msgspec refused, where, and what was expected instead.

msgspec's own message does not tell the key in a mapping, nor what is allowed there: look again.
"""

import re
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from modpm.errors import InvalidFile, MissingKey, UnknownKey
from modpm.place import Place

Shape: TypeAlias = Any
"""A type as msgspec takes it: a Table, Annotated, a union and so on."""

_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def fault(value: object, shape: Shape, place: Place) -> InvalidFile:
    """Return the first error in a value that msgspec has refused to convert."""
    found = None
    for option in _options(shape):
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, Struct):
            found = found or _table_fault(value, option, place)
        elif isinstance(value, dict) and _origin(option) is dict:
            found = found or _mapping_fault(value, option, place)
        elif isinstance(value, list) and _origin(option) in (list, tuple):
            item = get_args(option)[0]
            faults = (_child(each, item, place / index) for index, each in enumerate(value))
            found = found or next(filter(None, faults), None)
    return found or _misfit(value, shape, place)


def _child(value: object, shape: Shape, place: Place) -> InvalidFile | None:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return fault(value, shape, place)
    return None


def _table_fault(value: dict[str, Any], table: type[Struct], place: Place) -> InvalidFile | None:
    fields = {field.encode_name: field for field in msgspec.structs.fields(table)}
    for name, field in fields.items():
        if name in value and (wrong := _child(value[name], field.type, place / name)):
            return wrong
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
        if wrong := _child(key, key_shape, place / key) or _child(each, item, place / key):
            return wrong
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
    return get_origin(shape)  # whose own type mypy takes too narrowly


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


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was most likely meant; not one that just begins alike."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), known, n=9)
    return next((one for one in near if get_close_matches(_tail(word), [_tail(one)])), None)


def _tail(word: str) -> str:
    """Return what follows the namespace of an id, the plugin of a parameter and so on."""
    return re.split("[/.:]", word.lower())[-1]


def one_of(words: Iterable[str]) -> str:
    """Return "one of a, b or c"."""
    *most, last = words
    return f"one of {', '.join(most)} or {last}" if most else last

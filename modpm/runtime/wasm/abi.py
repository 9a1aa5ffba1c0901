"""What crosses between host and guest: the shapes of values, and how a call can fail.

A shape is a plain value: "bool", "s8" to "u64", "f32", "f64", "char", "string", "value",
("list", S), ("option", S), ("tuple", S...), ("record", (name, S)...), ("variant", (name, S)...),
("enum", name...) and ("result", ok, err); a case without a payload has None for S.

In Python an option is None or the value, a record a dict, a variant (name, payload), an enum a str.
A "value" is modpm:mod's variant of that name: None, bool, int, float and str are themselves, a
list or a dict crosses as JSON text. Where a list is expected a tuple will do.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
from wasmtime import component

from modpm.document import Value

Shape: TypeAlias = str | tuple[Any, ...]
Signature: TypeAlias = tuple[Sequence[Shape], Shape | None]
"""The shapes of a function's parameters, and of its result."""

VALUE: Shape = (
    "variant",
    ("null", None),
    ("boolean", "bool"),
    ("integer", "s64"),
    ("float", "f64"),
    ("text", "string"),
    ("json", "string"),
)
"""What "value" stands for."""
TICK = 0.01
"""Seconds between two looks at the time that a call has left."""
INTEGERS = {f"{sign}{bits}": (sign == "s", bits) for sign in "su" for bits in (8, 16, 32, 64)}
"""Whether an integer shape is signed, and how many bits it has."""
_SCALARS: dict[type, Shape] = {
    component.Bool: "bool",
    component.S8: "s8",
    component.S16: "s16",
    component.S32: "s32",
    component.S64: "s64",
    component.U8: "u8",
    component.U16: "u16",
    component.U32: "u32",
    component.U64: "u64",
    component.F32: "f32",
    component.F64: "f64",
    component.Char: "char",
    component.String: "string",
}


JSON = 4 * 1024 * 1024
"""How long a guest's JSON text may be, in characters: as values it needs 25 times as much."""


def decode(text: str | bytes) -> Value:
    """Return what a guest's JSON text holds; raise ValueError, or RecursionError if it is deep."""
    if len(text) > JSON:
        raise ValueError(f"more than {JSON:,} characters of JSON")
    value: Value = msgspec.json.decode(text)
    return value


class GuestError(Exception):
    """A guest's function returned err. `payload` is what it said, in the shape of its error."""

    def __init__(self, payload: object) -> None:
        super().__init__(payload)
        self.payload = payload


class Busy(RuntimeError):
    """A store that a call is inside of, in this thread or another, was to be entered or closed."""


def signature(function: component.FuncType) -> Signature:
    """Return the shapes of the parameters and of the result; raise TypeError for what has none."""
    result = function.result
    return [shape(kind) for _, kind in function.params], None if result is None else shape(result)


def shape(kind: component.ValType) -> Shape:
    """Return the shape of a component's type; raise TypeError for resources, streams and flags."""
    scalar = _SCALARS.get(type(kind))
    if scalar is not None:
        return scalar
    match kind:
        case component.ListType():
            return "list", shape(kind.element)
        case component.OptionType():
            return "option", shape(kind.payload)
        case component.TupleType():
            return "tuple", *map(shape, kind.elements)
        case component.EnumType():
            return "enum", *kind.names
        case component.RecordType():
            return "record", *((name, shape(field)) for name, field in kind.fields)
        case component.ResultType():
            return "result", _optional(kind.ok), _optional(kind.err)
        case component.VariantType():
            found = "variant", *((name, _optional(payload)) for name, payload in kind.cases)
            return "value" if found == VALUE else found
    raise TypeError(f"values of type {type(kind).__name__} do not cross")


def _optional(kind: component.ValType | None) -> Shape | None:
    return None if kind is None else shape(kind)

"""Values as `abi` has them to values as wasmtime-py has them, and back."""

from collections.abc import Callable, Sequence
from itertools import combinations
from struct import pack
from types import UnionType
from typing import Any

import msgspec
from wasmtime.component import Record, Variant

from modpm.runtime.wasm.abi import INTEGERS, Shape, decode

Translate = Callable[[Any], Any]
Case = tuple[str, Shape | None]
_CLASSES: dict[str, type] = {"bool": bool, "f32": float, "f64": float, "char": str, "string": str}
_CLASSES |= {"record": Record, "tuple": tuple, "enum": str} | dict.fromkeys(INTEGERS, int)


def lower(shape: Shape) -> Translate:
    """Return what checks a value of this shape and makes it wasmtime-py's.

    That raises TypeError, ValueError or OverflowError.
    """
    match shape:
        case str():
            return _integer(*INTEGERS[shape]) if shape in INTEGERS else _LOWER[shape]
        case "list", element:
            return _list(element)
        case "tuple", *elements:
            return _tuple(elements)
        case "record", *fields:
            return _record(fields)
        case "enum", *names:
            return _enum(names)
        case "option", payload:
            put = _case([("none", None), ("some", payload)])
            return lambda value: put("none" if value is None else "some", value)
    return _variant(_case(_cases(shape)))


def lift(shape: Shape) -> Translate:
    """Return what makes a value of this shape of what wasmtime-py gives."""
    match shape:
        case "value":
            return _lift_value
        case str() | ("enum", *_):
            return lambda value: value
        case "list", element:
            each = lift(element)
            return lambda values: [each(value) for value in values]
        case "tuple", *elements:
            lifts = [lift(element) for element in elements]
            return lambda values: tuple(to(value) for to, value in zip(lifts, values, strict=True))
        case "record", *fields:
            named = [(name, lift(field)) for name, field in fields]
            return lambda value: {name: to(getattr(value, name)) for name, to in named}
        case "option", payload:
            known = _which([("none", None), ("some", payload)])
            return lambda value: known(value)[1]
    return _which(_cases(shape))


def _cases(shape: tuple[Any, ...]) -> list[Case]:
    kind, *cases = shape
    return list(zip(("ok", "err"), cases, strict=True)) if kind == "result" else cases


def _classes(shape: Shape | None) -> set[type]:
    """Return what wasmtime-py makes of a shape: where two cases share a class, it tags them."""
    match shape:
        case None:
            return {object}
        case "value":
            return {Variant}
        case "list", element:
            return {bytes if element == "u8" else list}
        case "option", payload:
            return _union([("none", None), ("some", payload)])
        case (("variant" | "result"), *_):
            return _union(_cases(shape))
    return {_CLASSES[shape if isinstance(shape, str) else shape[0]]}


def _union(cases: Sequence[Case]) -> set[type]:
    return {Variant} if _tagged(cases) else set[type]().union(*(_classes(s) for _, s in cases))


def _tagged(cases: Sequence[Case]) -> bool:
    every = [kind for _, shape in cases for kind in _classes(shape)]
    return len(every) != len(set(every))


def _mixed_up(cases: Sequence[set[type]]) -> bool:
    """Return whether wasmtime-py takes a payload for that of an earlier case: a bool is an int."""
    pairs = combinations(cases, 2)
    return any(issubclass(b, a) for earlier, later in pairs for a in earlier for b in later)


def _case(cases: Sequence[Case]) -> Callable[[str, Any], Any]:
    payloads = {name: None if shape is None else lower(shape) for name, shape in cases}
    tagged = _tagged(cases)
    if not tagged and _mixed_up([_classes(shape) for _, shape in cases if shape is not None]):
        raise TypeError(f"wasmtime-py cannot tell {', '.join(payloads)} apart")

    def put(name: str, value: Any) -> Any:
        if name not in payloads:
            raise ValueError(f"no case {name!r}; there are {', '.join(payloads)}")
        to = payloads[name]
        if to is None and value is not None:
            raise TypeError(f"the case {name!r} has no payload")
        payload = None if to is None else to(value)
        return Variant(name, payload) if tagged else payload

    return put


def _variant(put: Callable[[str, Any], Any]) -> Translate:
    def to(value: Any) -> Any:
        match value:
            case (str(name), payload) if isinstance(value, tuple):
                return put(name, payload)
        raise _not(value, "(case, payload)")

    return to


def _which(cases: Sequence[Case]) -> Callable[[Any], tuple[str, Any]]:
    lifts = {name: None if shape is None else lift(shape) for name, shape in cases}
    by_class = {kind: name for name, shape in cases for kind in _classes(shape)}
    tagged = _tagged(cases)

    def known(value: Any) -> tuple[str, Any]:
        name, payload = by_class.get(type(value), by_class.get(object, "")), value
        if tagged:
            name, payload = value.tag, value.payload
        to = lifts[name]
        return name, None if to is None else to(payload)

    return known


def _list(element: Shape) -> Translate:
    each = lower(element)
    made = bytes if element == "u8" else list

    def to(values: Any) -> Any:
        return made([each(value) for value in _expect(values, list | tuple, "a list")])

    return to


def _tuple(elements: Sequence[Shape]) -> Translate:
    lowers = [lower(element) for element in elements]

    def to(values: Any) -> Any:
        if len(_expect(values, tuple, "a tuple")) != len(lowers):
            raise TypeError(f"{len(lowers)} elements expected, {len(values)} given")
        return tuple(to(value) for to, value in zip(lowers, values, strict=True))

    return to


def _record(fields: Sequence[tuple[str, Shape]]) -> Translate:
    lowers = {name: lower(field) for name, field in fields}

    def to(values: Any) -> Any:
        if _expect(values, dict, "a dict").keys() != lowers.keys():
            raise TypeError(f"the fields are {', '.join(lowers)}")
        record = Record()
        for name, to in lowers.items():
            setattr(record, name, to(values[name]))
        return record

    return to


def _enum(names: Sequence[str]) -> Translate:
    def to(value: Any) -> Any:
        if _expect(value, str, "a str") not in names:
            raise ValueError(f"no {value!r}; there are {', '.join(names)}")
        return value

    return to


def _integer(signed: bool, bits: int) -> Translate:
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)

    def to(value: Any) -> Any:
        if isinstance(value, bool):
            raise _not(value, "an int")
        if not low <= _expect(value, int, "an int") < high:
            raise OverflowError(f"{value} is not from {low} to {high - 1}")
        return value

    return to


def _bool(value: Any) -> Any:
    return _expect(value, bool, "a bool")


def _float(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not(value, "a float")
    return float(value)


def _single(value: Any) -> Any:
    number = _float(value)
    pack("<f", number)
    return number


def _string(value: Any) -> Any:
    _expect(value, str, "a str").encode()
    return value


def _char(value: Any) -> Any:
    if len(_string(value)) != 1:
        raise ValueError(f"{value!r} is not one character")
    return value


_s64 = _integer(*INTEGERS["s64"])


def _lower_value(value: Any) -> Any:
    match value:
        case None:
            return Variant("null")
        case bool():
            return Variant("boolean", value)
        case int():
            return Variant("integer", _s64(value))
        case float():
            return Variant("float", value)
        case str():
            return Variant("text", _string(value))
        case list() | dict():
            return Variant("json", msgspec.json.encode(value).decode())
    raise _not(value, "None, a bool, an int, a float, a str, a list or a dict")


def _lift_value(value: Any) -> Any:
    return decode(value.payload) if value.tag == "json" else value.payload


_LOWER: dict[str, Translate] = {
    "bool": _bool,
    "f32": _single,
    "f64": _float,
    "char": _char,
    "string": _string,
    "value": _lower_value,
}


def _expect(value: Any, kind: type | UnionType, name: str) -> Any:
    if not isinstance(value, kind):
        raise _not(value, name)
    return value


def _not(value: object, name: str) -> TypeError:
    return TypeError(f"{name} expected, not {type(value).__name__}")

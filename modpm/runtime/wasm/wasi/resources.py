"""Functions with resources for a linker: plain Python values on this side, C values on the other.

A shape is a text ("bool" "u8" "u32" "u64" "string" "bytes", or "any" for an argument that is not
looked at) or a tuple: ("list", S), ("option", S), ("tuple", S...), ("record", (name, S)...),
("variant", (name, S|None)...), ("enum",), ("flags",), ("result", S|None, S|None), ("own", NAME),
("borrow", NAME). A resource is a Python object here; Failed is the err of a result.
"""

import ctypes
import threading
from collections.abc import Callable
from ctypes import byref, memmove, memset, sizeof, string_at
from itertools import count
from typing import Any

from wasmtime import WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime.component import LinkerInstance, ResourceType

C = Any
"""A C structure or a pointer, as ctypes has it."""
Shape = Any
Shapes = tuple[tuple[Shape, ...], Shape | None]
"""Of the parameters, and of the result."""
Function = Callable[..., object]

HANDLES = 1_000
"""How many resources a mod may hold."""

_SCALARS = {
    "bool": (ffi.WASMTIME_COMPONENT_BOOL.value, "boolean"),
    "u8": (ffi.WASMTIME_COMPONENT_U8.value, "u8"),
    "u32": (ffi.WASMTIME_COMPONENT_U32.value, "u32"),
    "u64": (ffi.WASMTIME_COMPONENT_U64.value, "u64"),
}
_SIZE = sizeof(ffi.wasmtime_component_val_t)
_OF = ffi.wasmtime_component_val_t.of.offset


class Failed(Exception):
    """The err of a function that returns a result; `payload` has the shape that the result says."""

    def __init__(self, payload: object) -> None:
        super().__init__(payload)
        self.payload = payload


class Handles:
    """The resources that one instance holds, by the numbers that stand for them in it."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}
        self._numbers = count(1)

    def add(self, thing: object) -> int:
        """Return the number of a new resource."""
        if len(self._objects) >= HANDLES:
            raise MemoryError(f"a mod holds at most {HANDLES:,} resources")
        number = next(self._numbers)
        self._objects[number] = thing
        return number

    def get(self, number: int) -> object:
        """Return the resource."""
        return self._objects[number]

    def drop(self, number: int) -> None:
        """Forget the resource."""
        self._objects.pop(number, None)


class Types:
    """The kinds of resource by name: the same name is the same kind, in whichever interface."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """Return the number that stands for the kind."""
        return self._numbers.setdefault(name, 1_000 + len(self._numbers))


TYPES = Types()


def define(
    instance: LinkerInstance,
    name: str,
    function: Function,
    shapes: Shapes | None,
    handles: Handles,
) -> None:
    """Offer `function` to a component; what it raises besides Failed ends the guest's call.

    Without shapes it is called without arguments, whatever the guest gave it, and must raise.
    """
    number = _keep(_Bound(function, shapes, handles))
    text = name.encode()
    error = ffi.wasmtime_component_linker_instance_add_func(
        instance.ptr(), ctypes.create_string_buffer(text), len(text), _CALL, number, _FORGET
    )
    if error:
        raise WasmtimeError._from_ptr(error)


def resource(instance: LinkerInstance, name: str, handles: Handles) -> None:
    """Offer a kind of resource; the guest's last word on one forgets it."""
    kind = ResourceType.host(TYPES.number(name))
    instance.add_resource(name, kind, lambda _, number: handles.drop(number))


class _Bound:
    """One function with its shapes."""

    def __init__(self, function: Function, shapes: Shapes | None, handles: Handles) -> None:
        self._function = function
        self._params, self._result = shapes or ((), None)
        self._refuses = shapes is None
        self._handles = handles

    def __call__(self, context: C, args: C, count: int, out: C) -> None:
        if self._refuses:
            self._function()
        if count != len(self._params):
            raise TypeError("the function has other parameters")
        given = [self._lift(shape, args[i], context) for i, shape in enumerate(self._params)]
        result = self._result
        try:
            value = self._function(*given)
        except Failed as failed:
            if result is None or result[0] != "result":
                raise
            self._result_of(result, failed.payload, False, out[0], context)
            return
        if result is not None and result[0] == "result":
            self._result_of(result, value, True, out[0], context)
        elif result is not None:
            self._lower(result, value, out[0], context)

    def _lift(self, shape: Shape, val: C, context: C) -> object:
        if isinstance(shape, str):
            return _lift_plain(shape, val)
        match shape[0]:
            case "flags":
                _expect(val, ffi.WASMTIME_COMPONENT_FLAGS)
                flags = val.of.flags
                return frozenset(_text(flags.data[i]) for i in range(flags.size))
            case "list":
                _expect(val, ffi.WASMTIME_COMPONENT_LIST)
                items = val.of.list
                return [self._lift(shape[1], items.data[i], context) for i in range(items.size)]
            case "borrow":
                _expect(val, ffi.WASMTIME_COMPONENT_RESOURCE)
                return self._handles.get(_number(val.of.resource, context))
        raise TypeError(f"no argument has the shape {shape[0]}")

    def _result_of(self, shape: Shape, value: object, ok: bool, out: C, context: C) -> None:
        inner = shape[1] if ok else shape[2]
        boxed = None if inner is None else self._boxed(inner, value, context)
        out.kind = ffi.WASMTIME_COMPONENT_RESULT
        out.of.result.is_ok = ok
        out.of.result.val = boxed

    def _boxed(self, shape: Shape, value: object, context: C) -> C:
        raw = ffi.wasmtime_component_val_t()
        self._lower(shape, value, raw, context)
        return ffi.wasmtime_component_val_new(byref(raw))

    def _lower(self, shape: Shape, value: C, out: C, context: C) -> None:
        if isinstance(shape, str):
            return _lower_plain(shape, value, out)
        match shape[0]:
            case "enum":
                out.kind = ffi.WASMTIME_COMPONENT_ENUM
                out.of.enumeration = ffi.str_to_capi(value)
            case "flags":
                out.kind = ffi.WASMTIME_COMPONENT_FLAGS
                items = _zeros(out.of.flags, ffi.wasmtime_component_valflags_new_uninit, len(value))
                for i, name in enumerate(sorted(value)):
                    items[i] = ffi.str_to_capi(name)
            case "option":
                boxed = None if value is None else self._boxed(shape[1], value, context)
                out.kind = ffi.WASMTIME_COMPONENT_OPTION
                out.of.option = boxed
            case "variant":
                inner = dict(shape[1:])[value[0]]
                boxed = None if inner is None else self._boxed(inner, value[1], context)
                out.kind = ffi.WASMTIME_COMPONENT_VARIANT
                out.of.variant.discriminant = ffi.str_to_capi(value[0])
                out.of.variant.val = boxed
            case "record":
                out.kind = ffi.WASMTIME_COMPONENT_RECORD
                items = _zeros(
                    out.of.record, ffi.wasmtime_component_valrecord_new_uninit, len(shape) - 1
                )
                for i, (name, inner) in enumerate(shape[1:]):
                    items[i].name = ffi.str_to_capi(name)
                    self._lower(inner, value[name], items[i].val, context)
            case "tuple":
                out.kind = ffi.WASMTIME_COMPONENT_TUPLE
                items = _zeros(out.of.tuple, ffi.wasmtime_component_valtuple_new_uninit, len(value))
                for i, (inner, item) in enumerate(zip(shape[1:], value, strict=True)):
                    self._lower(inner, item, items[i], context)
            case "list":
                out.kind = ffi.WASMTIME_COMPONENT_LIST
                items = _zeros(out.of.list, ffi.wasmtime_component_vallist_new_uninit, len(value))
                for i, item in enumerate(value):
                    self._lower(shape[1], item, items[i], context)
            case "own":
                made = self._own(shape[1], value, context)
                out.kind = ffi.WASMTIME_COMPONENT_RESOURCE
                out.of.resource = made
        return None

    def _own(self, name: str, thing: object, context: C) -> C:
        kind = TYPES.number(name)
        host = ffi.wasmtime_component_resource_host_new(True, self._handles.add(thing), kind)
        made = ctypes.POINTER(ffi.wasmtime_component_resource_any_t)()
        error = ffi.wasmtime_component_resource_host_to_any(context, host, byref(made))
        ffi.wasmtime_component_resource_host_delete(host)
        if error:
            raise WasmtimeError._from_ptr(error)
        return made


def _zeros(vec: C, new: C, size: int) -> C:
    """Return room for that many values; until they are written it holds what is safe to drop."""
    new(byref(vec), size)
    if size:
        memset(vec.data, 0, size * sizeof(vec.data.contents))
    return vec.data


def _lift_plain(shape: str, val: C) -> object:
    if shape == "any":
        return None
    if shape == "string":
        _expect(val, ffi.WASMTIME_COMPONENT_STRING)
        return _text(val.of.string)
    if shape == "bytes":
        _expect(val, ffi.WASMTIME_COMPONENT_LIST)
        # One C value a byte: take every n-th byte of them.
        return string_at(val.of.list.data, val.of.list.size * _SIZE)[_OF::_SIZE]
    kind, field = _SCALARS[shape]
    _expect(val, ctypes.c_uint8(kind))
    return getattr(val.of, field)


def _lower_plain(shape: str, value: C, out: C) -> None:
    if shape == "string":
        out.kind = ffi.WASMTIME_COMPONENT_STRING
        out.of.string = ffi.str_to_capi(value)
    elif shape == "bytes":
        values = bytearray(len(value) * _SIZE)
        values[0::_SIZE] = ffi.WASMTIME_COMPONENT_U8.value.to_bytes() * len(value)
        values[_OF::_SIZE] = value
        out.kind = ffi.WASMTIME_COMPONENT_LIST
        ffi.wasmtime_component_vallist_new_uninit(byref(out.of.list), len(value))
        memmove(out.of.list.data, (ctypes.c_char * len(values)).from_buffer(values), len(values))
    else:
        kind, field = _SCALARS[shape]
        out.kind = kind
        setattr(out.of, field, value)


def _expect(val: C, kind: ctypes.c_uint8) -> None:
    if val.kind != kind.value:
        raise TypeError("the function has other parameters")


def _text(name: C) -> str:
    return string_at(name.data, name.size).decode()


def _number(any: C, context: C) -> int:
    host = ctypes.POINTER(ffi.wasmtime_component_resource_host_t)()
    error = ffi.wasmtime_component_resource_any_to_host(context, any, byref(host))
    if error:
        raise WasmtimeError._from_ptr(error)
    number = int(ffi.wasmtime_component_resource_host_rep(host))
    ffi.wasmtime_component_resource_host_delete(host)
    return number


class _Ended(threading.local):
    by_hand = False


_ended = _Ended()


def interrupted() -> bool:
    """Return, once, whether Ctrl-C ended a call of this thread into the host."""
    was, _ended.by_hand = _ended.by_hand, False
    return was


_kept: dict[int, _Bound] = {}
_next = count(1)


def _keep(bound: _Bound) -> int:
    number = next(_next)
    _kept[number] = bound
    return number


def _call(number: C, context: C, _type: C, args: C, count: C, results: C, _results: C, /) -> int:
    try:
        _kept[number](context, args, count, results)
    except BaseException as error:
        _ended.by_hand |= isinstance(error, KeyboardInterrupt)
        text = (str(error) or type(error).__name__).encode().replace(b"\0", b"")
        made = ffi.wasmtime_error_new(ctypes.create_string_buffer(text))
        return ctypes.cast(made, ctypes.c_void_p).value or 0
    return 0


def _forget(number: C) -> None:
    if _kept:  # which it is not any more when Python ends
        _kept.pop(number, None)


_CALL = ffi.wasmtime_component_func_callback_t(_call)
_FORGET = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_forget)

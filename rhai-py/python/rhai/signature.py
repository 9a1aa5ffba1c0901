"""From a Python signature to the overloads that Rhai sees."""

from __future__ import annotations

import inspect
import itertools
import typing
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

# One letter a parameter, understood by the native side. `F` is an int that becomes a float.
KINDS: dict[Any, str] = {
    int: "i",
    float: "f",
    str: "s",
    bool: "b",
    bytes: "y",
    list: "l",
    dict: "d",
}
MAX_PARAMETERS = 16
MAX_FLOATS = 4


Overloads: TypeAlias = tuple[tuple[str, ...], list[str]]

# What was read from each function, plain and bound: inspecting one costs tens of microseconds.
_read: WeakKeyDictionary[FunctionType, dict[bool, Overloads]] = WeakKeyDictionary()


def overloads(fn: Callable[..., Any], fn_ptr: type) -> Overloads:
    """As `read_overloads`, remembered for functions and methods."""
    bound = isinstance(fn, MethodType)
    function = fn.__func__ if isinstance(fn, MethodType) else fn
    if not isinstance(function, FunctionType):
        return read_overloads(fn, fn_ptr)
    known = _read.setdefault(function, {})
    if bound not in known:
        known[bound] = read_overloads(fn, fn_ptr)
    return known[bound]


def method_overloads(cls: type, name: str, fn_ptr: type) -> Overloads:
    """The overloads of a method as a function that takes the object first, of kind `o`."""
    plain = inspect.isroutine(method := inspect.getattr_static(cls, name)) and not isinstance(
        method, staticmethod | classmethod
    )
    parameters, found = overloads(getattr(cls, name), fn_ptr)
    if plain:
        return parameters, ["o" + kinds[1:] for kinds in found]
    return ("self", *parameters), ["o" + kinds for kinds in found]


def read_overloads(fn: Callable[..., Any], fn_ptr: type) -> Overloads:
    """The parameter names of `fn` and one string of kinds for each overload.

    A default gives one overload for each legal number of arguments; a float parameter also takes
    an int. Raises TypeError for signatures that Rhai has no counterpart for.
    """
    parameters = positional(fn)
    hints = resolved_hints(fn)
    kinds = [kind(hints.get(p.name, Any), fn_ptr) for p in parameters]
    least = sum(p.default is p.empty for p in parameters)
    found = [
        variant
        for arity in range(least, len(kinds) + 1)
        for variant in float_variants(kinds[:arity])
    ]
    return tuple(p.name for p in parameters), found


def positional(fn: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters that a script can fill, in order."""
    name = getattr(fn, "__name__", repr(fn))
    try:
        parameters = inspect.signature(fn).parameters.values()
    except ValueError:
        raise TypeError(f"{name}() has no readable signature; wrap it in a def") from None
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            raise TypeError(
                f"{name}() takes *{p.name}; a Rhai function has a fixed number of parameters"
            )
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty:
            raise TypeError(f"{name}() needs keyword {p.name}; Rhai has no keyword arguments")
    found = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(found) > MAX_PARAMETERS:
        raise TypeError(f"{name}() takes more than {MAX_PARAMETERS} parameters")
    return found


def resolved_hints(fn: Callable[..., Any]) -> dict[str, Any]:
    """The resolved annotations; those that cannot be resolved count as Any."""
    target = fn if inspect.isroutine(fn) else getattr(fn, "__call__", fn)  # noqa: B004
    try:
        return typing.get_type_hints(target)
    except Exception:
        return {}


def kind(annotation: Any, fn_ptr: type) -> str:
    """The letter for one annotation; `a`, any type, for what Rhai cannot tell apart."""
    if annotation is fn_ptr:
        return "p"
    origin = typing.get_origin(annotation) or annotation
    try:
        return KINDS.get(origin, "a")
    except TypeError:
        return "a"


def float_variants(kinds: list[str]) -> list[str]:
    """Every mix of int and float for the float parameters; past a few they take any type."""
    if kinds.count("f") > MAX_FLOATS:
        return ["".join("a" if k == "f" else k for k in kinds)]
    choices = ["fF" if k == "f" else k for k in kinds]
    return ["".join(choice) for choice in itertools.product(*choices)]

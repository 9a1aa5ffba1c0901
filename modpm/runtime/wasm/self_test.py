"""Whether the native path gives back what it was given. Runs once in a process, in 5 ms."""

from collections.abc import Callable
from typing import Any

import wasmtime
from wasmtime.component import Component, Linker

from modpm.runtime.wasm import native
from modpm.runtime.wasm.abi import INTEGERS, Shape
from modpm.runtime.wasm.mirror import PADDING, mirror, padded

_SHAPE: Shape = (
    "tuple",
    "bool",
    "f32",
    "f64",
    "char",
    "string",
    ("list", "value"),
    ("option", "string"),
    ("option", "u8"),
    ("record", ("some-text", "string"), ("small", "s8")),
    ("variant", ("none", None), ("pair", ("tuple", "u16", "string"))),
    ("enum", "low", "high"),
    ("result", None, "string"),
    *INTEGERS,
)
_VALUE = (
    True,
    1.5,
    0.1,
    "\N{EURO SIGN}",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    [None, False, -(1 << 63), 2.5, "text", ["list", 1], {"key": None}],
    None,
    255,
    {"some-text": "", "small": -128},
    ("pair", (65_535, "x")),
    "high",
    ("err", "no"),
    *(-(1 << bits - 1) if signed else (1 << bits) - 1 for signed, bits in INTEGERS.values()),
)


class _Marked(Exception):
    pass


def difference() -> str | None:
    """Return what the native path does otherwise than it should, or None."""
    try:
        seen, returned = _send(_VALUE)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    for name, value in (("went in", seen), ("came out", returned)):
        for part, expected in zip(value, _VALUE, strict=True):
            if part != expected or type(part) is not type(expected):
                return f"{expected!r} {name} as {part!r}"
    return None


def _send(value: tuple[object, ...]) -> tuple[list[object], list[object]]:
    """Return what a host function got, and what the guest returned of what that gave back."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.cranelift_opt_level = "none"
    engine = wasmtime.Engine(config)
    shape = padded(_SHAPE)
    seen: list[Any] = []
    linker = Linker(engine)

    def echo(value: object) -> object:
        seen.append(value)
        if len(seen) == 2:
            raise _Marked
        return value

    with linker.root() as root:
        native.define(root, "echo", echo, [shape], shape)
    store = wasmtime.Store(engine)
    gate = native.Gate(store, seconds=1)
    instance = gate.instantiate(store, linker, Component(engine, mirror(_SHAPE)))
    func = instance.get_func(store, "echo")
    assert func is not None
    call: Callable[..., Any] = gate.bind(store, func, ([shape], shape))
    given = (*(0,) * PADDING, value)
    returned = call(given)
    try:
        call(given)
    except _Marked:
        return seen[0][-1], returned[-1]
    raise AssertionError("what a host function raised got lost")

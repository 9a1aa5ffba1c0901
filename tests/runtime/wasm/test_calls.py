"""Calls into guests and out of them. A mirror is a component that sends every value back."""

from itertools import count, zip_longest

import pytest
import wasmtime
from wasmtime.component import Component, Linker

from modpm.runtime.wasm import calls
from modpm.runtime.wasm.abi import VALUE, Shape

ROUND_TRIPS = [
    ("bool", True),
    ("s64", -(1 << 63)),
    ("u8", 255),
    ("f64", 0.1),
    ("char", "€"),
    ("string", "h\N{LATIN SMALL LETTER E WITH ACUTE}llo"),
    ("value", None),
    ("value", 2.5),
    ("value", {"a": [1, None]}),
    (("list", "value"), [1, "one", [1]]),
    (("list", "u8"), [1, 2]),
    (("option", "string"), None),
    (("tuple", "f32", "u16"), (1.5, 3)),
    (("record", ("a-b", "u8"), ("c", ("option", "string"))), {"a-b": 3, "c": "x"}),
    (("variant", ("on", None), ("at", "u8")), ("at", 3)),
    (("enum", "low", "high"), "high"),
]


@pytest.mark.parametrize(("shape", "value"), ROUND_TRIPS)
def test_a_value_comes_back_as_it_was(shape: Shape, value: object) -> None:
    """Through the guest to a host function and back, every shape keeps its values."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    engine = wasmtime.Engine(config)
    linker = Linker(engine)
    with linker.root() as root:
        calls.define(root, "echo", lambda value: value, [shape], shape)
    store = calls.Store(engine, seconds=1)
    instance = calls.instantiate(store, linker, Component(engine, mirror(shape).encode()))
    echo = instance.get_func(store, "echo")
    assert echo is not None
    assert calls.bind(store, echo)(value) == value


LIBC = """
  (core module $libc
    (memory (export "memory") 2)
    (global $end (export "end") (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32)
      (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $end) (i32.const 7)) (i32.const -8)))
      (global.set $end (i32.add (local.get $at) (local.get $size)))
      (block $enough
        (br_if $enough
          (i32.le_u (global.get $end) (i32.mul (memory.size) (i32.const 65536))))
        (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))))
      (memory.copy (local.get $at) (local.get $old) (local.get $had))
      (local.get $at)))
  (core instance $libc (instantiate $libc))"""
OPTIONS = '(memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))'


def mirror(shape: Shape) -> str:
    """Return the component as text. Its `echo` calls the host's `echo` and returns the answer."""
    types: list[str] = []
    name = _type(shape, types, count())
    flat = _flat(shape)
    params = flat if len(flat) <= 16 else ["i32"]
    by_pointer = len(flat) > 1
    result = "i32" if by_pointer else flat[0]
    given = " ".join(f"(local.get {n})" for n in range(len(params)))
    pointer = " (i32.const 1024)" if by_pointer else ""
    return f"""(component
  {"".join(types)}
  (import "echo" (func $echo (param "x" {name}) (result {name}))){LIBC}
  (core func $lowered (canon lower (func $echo) {OPTIONS}))
  (core module $m
    (import "libc" "end" (global $end (mut i32)))
    (import "host" "echo"
      (func $host (param {" ".join(params)}{" i32" if by_pointer else ""})
        {"" if by_pointer else f"(result {result})"}))
    (func (export "echo") (param {" ".join(params)}) (result {result})
      (call $host {given}{pointer}){pointer})
    (func (export "reset") (param {result}) (global.set $end (i32.const 65536))))
  (core instance $m (instantiate $m
    (with "libc" (instance $libc))
    (with "host" (instance (export "echo" (func $lowered))))))
  (func (export "echo") (param "x" {name}) (result {name})
    (canon lift (core func $m "echo") {OPTIONS} (post-return (core func $m "reset"))))
)"""


def _type(shape: Shape | None, types: list[str], numbers: "count[int]") -> str:
    """Return how a type is written; what must have a name gets one, in `types`."""
    if isinstance(shape, str):
        return _type(VALUE, types, numbers) if shape == "value" else shape
    assert shape is not None
    kind, *parts = shape
    if kind in ("list", "option", "tuple"):
        return f"({kind} {' '.join(_type(part, types, numbers) for part in parts)})"
    if kind == "result":
        ok, err = (part and _type(part, types, numbers) for part in parts)
        return f"(result {ok or ''} {f'(error {err})' if err else ''})"
    if kind == "enum":
        inside = " ".join(f'"{name}"' for name in parts)
    else:
        word = "field" if kind == "record" else "case"
        inside = " ".join(
            f'({word} "{name}" {"" if part is None else _type(part, types, numbers)})'
            for name, part in parts
        )
    number = next(numbers)
    types.append(
        f'(type $r{number} ({kind} {inside}))(import "t{number}" (type $t{number} (eq $r{number})))'
    )
    return f"$t{number}"


def _flat(shape: Shape | None) -> list[str]:
    """Return the core types that a value is passed in; see the canonical ABI."""
    match shape:
        case None:
            return []
        case "value":
            return _flat(VALUE)
        case "s64" | "u64":
            return ["i64"]
        case "f32" | "f64":
            return [shape]
        case "string" | ("list", _):
            return ["i32", "i32"]
        case str() | ("enum", *_):
            return ["i32"]
        case "tuple", *elements:
            return [core for element in elements for core in _flat(element)]
        case "record", *fields:
            return [core for _, field in fields for core in _flat(field)]
        case "variant", *cases:
            return _joined([payload for _, payload in cases])
    return _joined(list(shape[1:]))


def _joined(payloads: list[Shape | None]) -> list[str]:
    columns = zip_longest(*map(_flat, payloads))
    return ["i32", *(_join({core for core in column if core}) for column in columns)]


def _join(cores: set[str]) -> str:
    if len(cores) == 1:
        return cores.pop()
    return "i32" if cores == {"i32", "f32"} else "i64"

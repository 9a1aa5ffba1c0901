"""A component that sends every value back: it imports `echo`, and exports it again."""

from itertools import count

from modpm.runtime.wasm.abi import VALUE, Shape

PADDING = 16
"""So many bytes go with each value: then it passes by pointer, whatever its shape."""
_TEXT = """(component
  {types}
  (import "echo" (func $echo (param "x" {name}) (result {name})))
  (core module $libc
    (memory (export "memory") 2)
    (global $end (export "end") (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32)
      (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $end) (i32.const 7)) (i32.const -8)))
      (global.set $end (i32.add (local.get $at) (local.get $size)))
      (block $enough
        (br_if $enough (i32.le_u (global.get $end) (i32.mul (memory.size) (i32.const 65536))))
        (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))))
      (memory.copy (local.get $at) (local.get $old) (local.get $had))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (core func $lowered (canon lower (func $echo)
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $mirror
    (import "libc" "end" (global $end (mut i32)))
    (import "host" "echo" (func $echo (param i32 i32)))
    (func (export "echo") (param i32) (result i32)
      (call $echo (local.get 0) (i32.const 1024)) (i32.const 1024))
    (func (export "reset") (param i32) (global.set $end (i32.const 65536))))
  (core instance $mirror (instantiate $mirror
    (with "libc" (instance $libc))
    (with "host" (instance (export "echo" (func $lowered))))))
  (func (export "echo") (param "x" {name}) (result {name}) (canon lift (core func $mirror "echo")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))
    (post-return (core func $mirror "reset")))))"""


def padded(shape: Shape) -> Shape:
    """Return the shape that a mirror of `shape` takes and gives: a tuple, PADDING bytes first."""
    return "tuple", *["u8"] * PADDING, shape


def mirror(shape: Shape) -> bytes:
    """Return the component, as text, for values of this shape, padded."""
    types: list[str] = []
    name = _name(padded(shape), types, count())
    return _TEXT.format(types="\n  ".join(types), name=name).encode()


def _name(shape: Shape, types: list[str], numbers: "count[int]") -> str:
    """Return how a type is written; what must have a name gets one, in `types`."""

    def name(part: Shape | None) -> str:
        return "" if part is None else _name(part, types, numbers)

    match shape:
        case "value":
            return name(VALUE)
        case str():
            return shape
        case ("list" | "option" | "tuple") as kind, *parts:
            return f"({kind} {' '.join(map(name, parts))})"
        case "result", ok, err:
            return f"(result {name(ok)} {f'(error {name(err)})' if err else ''})"
        case "enum", *names:
            inside = " ".join(f'"{case}"' for case in names)
        case kind, *parts:
            word = "field" if kind == "record" else "case"
            inside = " ".join(f'({word} "{label}" {name(part)})' for label, part in parts)
    number = next(numbers)
    types.append(f"(type $r{number} ({shape[0]} {inside}))")
    types.append(f'(import "t{number}" (type $t{number} (eq $r{number})))')
    return f"$t{number}"

"""What a component is, told of components built here."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.runtime.wasm.describe import Function, Interface, describe
from modpm.runtime.wasm.producers import NAMES, Producer, producers
from modpm.runtime.wasm.wit import LENGTH
from tests.runtime.wasm.conftest import Make, assembled, module

TYPES = """
(component
  (type $r (record (field "a-b" bool) (field "c" (list u8))))
  (export $record "r" (type $r))
  (type $v (variant (case "on") (case "at" (tuple s8 f32))))
  (export $variant "v" (type $v))
  (type $f (flags "read" "write"))
  (export $flags "f" (type $f))
  (type $e (enum "low" "high"))
  (export $enum "e" (type $e))
  (core module $m (func (export "f") (unreachable)))
  (core instance $i (instantiate $m))
  {functions})
"""


def exported(tmp_path: Path, params: str, core: str, result: str = "") -> str:
    """Return how a function with these parameters is told."""
    text = f"""
      (core module $n (memory (export "m") 1)
        (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "f") {core} unreachable))
      (core instance $j (instantiate $n))
      (func (export "g") {params} {result} (canon lift (core func $j "f")
        (memory (core memory $j "m")) (realloc (core func $j "r"))))"""
    path = assembled(TYPES.replace("{functions}", text), tmp_path / "types.wasm")
    (own,) = describe(path, "x").exports
    return own.functions[0].type


@pytest.mark.parametrize(
    ("params", "core", "told"),
    [
        ('(param "x" $record)', "(param i32 i32 i32)", "func(x: record {a-b: bool, c: list<u8>})"),
        (
            '(param "x" $variant)',
            "(param i32 i32 f32)",
            "func(x: variant {on, at(tuple<s8, f32>)})",
        ),
        ('(param "x" $flags)', "(param i32)", "func(x: flags {read, write})"),
        ('(param "x" $enum)', "(param i32)", "func(x: enum {low, high})"),
        ('(param "x" (option char))', "(param i32 i32)", "func(x: option<char>)"),
        ('(param "x" (result (error u64)))', "(param i32 i64)", "func(x: result<_, u64>)"),
        ('(param "x" s16) (param "y" f64)', "(param i32 f64)", "func(x: s16, y: f64)"),
    ],
)
def test_types_are_told_in_the_words_of_wit(
    tmp_path: Path, params: str, core: str, told: str
) -> None:
    """Names of types are lost in a component; what they are is not."""
    assert exported(tmp_path, params, core) == told


def test_a_type_that_doubles_and_doubles_is_cut(tmp_path: Path) -> None:
    """A hundred bytes of types that stand for a million words are not told in full."""
    doubled = "".join(f"(type $t{n + 1} (tuple $t{n} $t{n}))\n" for n in range(12))
    text = f"""(component (type $t0 (tuple string string)) {doubled}
      (core module $m (memory (export "m") 1)
        (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "f") (param i32) unreachable))
      (core instance $i (instantiate $m))
      (func (export "f") (param "x" $t12) (canon lift (core func $i "f")
        (memory (core memory $i "m")) (realloc (core func $i "r")))))"""
    (own,) = describe(assembled(text, tmp_path / "bomb.wasm"), "x").exports
    assert own.functions[0].type.endswith(" ...")
    assert len(own.functions[0].type) < 10 * LENGTH


def test_a_mod_is_told_by_its_world(component: Make) -> None:
    """World, interfaces and functions of a mod; nothing is wrong with it."""
    found = describe(component(module(on_tick="")), "x")
    assert (found.world, found.problem, found.permissions) == ("modpm:mod@1", None, ())
    tick = Function("on-tick", "func(turn: s64) -> result<_, string>")
    assert found.exports == (Interface("modpm:mod/ticking@1.0.0", (tick,)),)
    assert [made.name for made in found.producers] == ["wit-component"]


WASI = """
(component
  (import "wasi:clocks/wall-clock@0.2.3" (instance))
  (import "wasi:filesystem/types@0.2.3" (instance))
  (import "wasi:random/random@0.2.3" (instance)))
"""


def test_what_it_has_a_use_for(tmp_path: Path) -> None:
    """Folders and the clock must be granted; random numbers are there for everybody."""
    found = describe(assembled(WASI, tmp_path / "wasi.wasm"), "x")
    assert found.permissions == ("clock", "files")
    assert found.world is None
    assert found.problem
    assert found.problem.startswith("built for no world that modpm knows")


def custom(*fields: tuple[str, list[tuple[str, str]]]) -> bytes:
    """Return a `producers` section."""

    def text(value: str) -> bytes:
        return bytes([len(value)]) + value.encode()

    body = text("producers") + bytes([len(fields)])
    for role, made in fields:
        body += text(role) + bytes([len(made)])
        body += b"".join(text(name) + text(version) for name, version in made)
    return b"\0" + bytes([len(body)]) + body


HEAD = b"\0asm\x0d\0\1\0"


def test_producers_of_all_parts_are_told_once() -> None:
    """A module inside a component inside a component has makers too."""
    section = custom(("language", [("C", "")]), ("sdk", [("kit", "1.0")]))
    core = b"\0asm\1\0\0\0" + section
    inner = HEAD + b"\1" + bytes([len(core)]) + core
    outer = HEAD + b"\4" + bytes([len(inner)]) + inner + section
    assert producers(outer) == (Producer("language", "C", ""), Producer("sdk", "kit", "1.0"))


@given(st.binary(max_size=200), st.integers(0, 60))
def test_producers_of_anything(noise: bytes, cut: int) -> None:
    """Whatever the bytes, there is an answer, and it is short."""
    honest = HEAD + custom(("language", [("C", "")]))
    for content in (noise, HEAD + noise, honest[:cut] + noise):
        assert len(producers(content)) <= NAMES


def test_a_million_sections_are_not_all_looked_at() -> None:
    """Reading ends somewhere, whatever a file promises."""
    assert producers(HEAD + b"\2\0" * 1_000_000 + custom(("language", [("C", "")]))) == ()


def test_what_is_described_is_not_run(component: Make, tmp_path: Path) -> None:
    """A start function that never ends does not even begin."""
    text = """(component (core module $m (func $s (loop (br 0))) (start $s))
      (core instance (instantiate $m)))"""
    path = assembled(text, tmp_path / "spin.wasm")
    assert describe(path, "x").size == path.stat().st_size

"""`optimize` changes how fast a script is, and which mistakes it gets away with."""

from typing import Any, Literal

import pytest

import rhai

Optimize = Literal["simple", "none"]


def outcome(source: str, optimize: Optimize) -> object:
    """What comes of a script: its value, or the class of its error."""
    try:
        return rhai.Engine(optimize=optimize).eval(source)
    except rhai.RhaiError as error:
        return type(error)


# A script with a mistake, what "simple" makes of it, and what "none" does.
UNSEEN: list[tuple[str, object, object]] = [
    ("nope; 1", 1, rhai.VariableNotFound),
    ("fn f() { nope; 1 } f()", 1, rhai.VariableNotFound),
    ("let x = 1; if x == 1 { nope } 2", 2, rhai.VariableNotFound),
    ("let r = 1; try { nope } catch { r = 2; } r", 1, 2),
    ("global::X; 1", 1, rhai.VariableNotFound),
    ("nowhere::X; 1", 1, rhai.ModuleNotFound),
    ('{ import "x" as y; } 1', 1, rhai.ModuleNotFound),
    ('for i in 0..1 { import "x" as y; } 1', 1, rhai.ModuleNotFound),
    ('let r = 1; try { import "x" as y; } catch { r = 2; } r', 1, 2),
    ("let x = 1; x && true", 1, rhai.TypeMismatch),
    ("let x = 1; false || x", 1, rhai.TypeMismatch),
    ("let x = 1; if x {}", None, rhai.TypeMismatch),
    ("`${['x']}`", "['x']", "[x]"),
]

# Much like those, and yet seen by both.
SEEN: list[tuple[str, object]] = [
    ("nope", rhai.VariableNotFound),
    ("let x = nope; 1", rhai.VariableNotFound),
    ("-nope; 1", rhai.VariableNotFound),
    ("let x = 1; x == nope; 2", rhai.VariableNotFound),
    ("let x = 1; x.nope; 2", rhai.PropertyNotFound),
    ("[1][5]; 2", rhai.IndexOutOfBounds),
    ("1 / 0; 2", rhai.ArithmeticError),
    ('import "x" as y; 1', rhai.ModuleNotFound),
    ('fn f() { import "x" as y; 1 } f()', rhai.ModuleNotFound),
    ('let r = 1; try { import "x" as y; y::f(); } catch { r = 2; } r', 2),
    ("let r = 1; try { let x = nope; } catch { r = 2; } r", 2),
    ("let r = 1; try { 1 / 0; } catch { r = 2; } r", 2),
    ("let x = 1; let y = true; x && y", rhai.TypeMismatch),
    ("let x = 1; if x { 2 }", rhai.TypeMismatch),
    ("let c = 'x'; `${[c]}`", "[x]"),
]


@pytest.mark.parametrize(("source", "simple", "none"), UNSEEN)
def test_mistakes_that_the_optimiser_hides(source: str, simple: object, none: object) -> None:
    """All kinds that the documentation of `Engine` lists."""
    assert (outcome(source, "simple"), outcome(source, "none")) == (simple, none)


@pytest.mark.parametrize(("source", "expected"), SEEN)
def test_mistakes_that_it_does_not_hide(source: str, expected: object) -> None:
    """What does something, or whose value is used, stays."""
    assert (outcome(source, "simple"), outcome(source, "none")) == (expected, expected)


def test_an_unknown_optimisation_is_refused() -> None:
    """Full optimisation would call host functions while compiling."""
    full: Any = "full"
    with pytest.raises(ValueError, match="simple"):
        rhai.Engine(optimize=full)


@pytest.mark.parametrize("optimize", ["simple", "none"])
def test_host_functions_wait_for_the_script_to_run(optimize: Optimize) -> None:
    """Compiling calls none, even where all arguments are constant."""
    calls: list[int] = []
    engine = rhai.Engine(optimize=optimize)
    engine.register_fn(lambda x: calls.append(x), name="see")
    ast = engine.compile("const A = 1; see(A + 2)")
    assert calls == []
    engine.eval(ast)
    assert calls == [3]

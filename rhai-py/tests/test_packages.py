"""Which of Rhai's standard packages scripts have is the host's choice."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import rhai

sys.path.insert(0, str(Path(__file__).parent))

from hostile import BOMBS

# Each package with something that needs it and no other.
NEEDS = {
    "language_core": ("let x = 4; take(x)", 4),
    "arithmetic": ("abs(-4)", 4),
    "basic_string": ("to_string(4)", "4"),
    "basic_iterator": ("let n = 0; for i in 1..4 { n += i } n", 6),
    "basic_fn": ('Fn("f").name', "f"),
    "bit_field": ("5.get_bit(0)", True),
    "logic": ("max(3, 4)", 4),
    "basic_math": ("sqrt(16.0)", 4.0),
    "basic_array": ("[4].pop()", 4),
    "basic_blob": ("blob(1)", b"\0"),
    "basic_map": ("#{ a: 4 }.keys()", ["a"]),
    "basic_time": ("timestamp().elapsed >= 0.0", True),
    "more_string": ('"a".contains("a")', True),
}
CORE = {"language_core", "arithmetic", "basic_string", "basic_iterator", "basic_fn"}


@pytest.mark.parametrize("package", NEEDS)
def test_a_package_brings_its_functions(package: str) -> None:
    """What it is for works with it alone, and with all but it fails."""
    source, expected = NEEDS[package]
    assert rhai.Engine(packages=[package]).eval(source) == expected
    with pytest.raises(rhai.EvalError):
        rhai.Engine(packages=NEEDS.keys() - {package}).eval(source)


@pytest.mark.parametrize("names", [["standard"], ["core", *NEEDS.keys() - CORE], NEEDS])
def test_packages_add_up(names: Iterable[str]) -> None:
    """Everything comes with "standard", with "core" and the rest, or one by one."""
    engine = rhai.Engine(packages=names)
    for source, expected in NEEDS.values():
        assert engine.eval(source) == expected


def test_the_language_needs_no_package() -> None:
    """Without any, there are operators, control flow and functions."""
    engine = rhai.Engine(packages=[])
    assert (
        engine.eval('fn f(x) { if x > 1 { "a" + "b" } else { [x, #{ a: 1 }] } } f(1 + 1)') == "ab"
    )
    engine.register_fn(lambda x: x * 2, name="double")
    assert engine.eval("let n = 1; while n < 100 { n = double(n) } `${n}`") == "128"


def test_an_instance_has_the_packages_of_its_engine() -> None:
    """Its functions and the modules that they import have no more than the rest."""
    modules = rhai.StaticResolver({"m": "fn grow(a) { a.push(1); a }"})
    engine = rhai.Engine(packages=["core"], resolver=modules)
    mod = engine.instantiate(engine.compile('import "m" as m; fn f() { m::grow([]) }'))
    with pytest.raises(rhai.FunctionNotFound, match="push"):
        mod.call("f")


def test_an_unknown_package_is_refused() -> None:
    """With the names that there are."""
    with pytest.raises(ValueError, match=r'no package "array"; it has .*basic_array'):
        rhai.Engine(packages=["core", "array"])


@pytest.mark.parametrize("names", ["core", 5, [1]])
def test_packages_are_several_names(names: Any) -> None:
    """One string is a mistake, not a list of letters."""
    with pytest.raises(TypeError):
        rhai.Engine(packages=names)


@pytest.mark.parametrize("packages", [[], ["core"], ["basic_array", "more_string"]])
def test_limits_hold_with_few_packages(packages: list[str]) -> None:
    """Where Rhai has no function to print or copy with, it does so itself, within limits still."""
    bombs = [name for name in BOMBS if "many times" in name or "doubling" in name]
    assert len(bombs) > 5
    for name in bombs:
        source, _ = BOMBS[name]
        with pytest.raises((rhai.LimitError, rhai.EvalError)):
            rhai.Engine(packages=packages).eval(source)

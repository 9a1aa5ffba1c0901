"""Values cross by exact type, and come back equal."""

import math
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rhai

ENGINE = rhai.Engine()
AST = ENGINE.compile("fn same(x) { x } fn kind(x) { type_of(x) }")

INTS = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.none() | st.booleans() | INTS | st.floats() | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def same(value: Any) -> Any:
    """A value after the way into a script and back."""
    return ENGINE.call(AST, "same", value)


def alike(a: Any, b: Any) -> bool:
    """Equal in type as well as in value, NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    return bool(a == b)


@given(VALUES)
def test_values_come_back_as_they_went(value: Any) -> None:
    """None, bool, int, float, str, bytes, list and dict survive the way there and back."""
    assert alike(same(value), value)


@given(INTS)
def test_ints_stay_ints(number: int) -> None:
    """An int is an int for the script, and comes back as one."""
    assert ENGINE.call(AST, "kind", number) == "i64"
    assert type(same(number)) is int


@given(st.floats())
def test_floats_stay_floats(number: float) -> None:
    """A float is a float for the script even when it is whole."""
    assert ENGINE.call(AST, "kind", number) == "f64"
    assert type(same(number)) is float


@given(st.integers(min_value=2**63) | st.integers(max_value=-(2**63) - 1))
def test_larger_ints_overflow(number: int) -> None:
    """An int that 64 bits cannot hold is refused, never rounded."""
    with pytest.raises(OverflowError):
        same(number)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "()"),
        (True, "bool"),
        (1, "i64"),
        (1.0, "f64"),
        ("x", "string"),
        (b"x", "blob"),
        ([1], "array"),
        ((1,), "array"),
        ({"a": 1}, "map"),
        (range(3), "range"),
    ],
)
def test_types_meet_their_counterparts(value: Any, kind: str) -> None:
    """Each Python type has one Rhai type; bool is not an int."""
    assert ENGINE.call(AST, "kind", value) == kind


def test_tuples_come_back_as_lists() -> None:
    """Rhai has one sequence type."""
    assert same((1, (2,))) == [1, [2]]


def test_ranges_cross_as_ranges() -> None:
    """Python's range is Rhai's exclusive range; an inclusive one ends one later."""
    assert same(range(2, 5)) == range(2, 5)
    assert ENGINE.eval("2..=5") == range(2, 6)
    with pytest.raises(rhai.ConversionError, match="largest int"):
        ENGINE.eval("0..=9223372036854775807")


def test_a_character_is_a_str() -> None:
    """Rhai's char has no type of its own in Python."""
    assert ENGINE.eval("'ä'") == "ä"


class Colour(IntEnum):
    """An int by inheritance only."""

    RED = 1


@pytest.mark.parametrize("value", [object(), {1}, Colour.RED, 1j, print, range(0, 9, 2), [set()]])
def test_other_objects_are_refused(value: Any) -> None:
    """What has no counterpart raises ConversionError and is never turned into text."""
    with pytest.raises(rhai.ConversionError):
        same(value)


def test_keys_must_be_str() -> None:
    """An object map has no other keys."""
    with pytest.raises(rhai.ConversionError, match="str, not int"):
        same({1: 2})


def test_a_cycle_is_refused() -> None:
    """A list that contains itself is named as such."""
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(rhai.ConversionError, match="contains itself"):
        same(loop)


def test_deep_nesting_is_refused_both_ways() -> None:
    """More than 128 levels neither enter nor leave."""
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(rhai.ConversionError, match="128"):
        same(deep)
    with pytest.raises(rhai.ConversionError, match="128"):
        ENGINE.eval("let a = 0; for i in 0..150 { a = [a]; } a")


def test_wide_sharing_is_bounded() -> None:
    """Lists that hold each other twice would double at each level: MemoryLimit."""
    wide: list[Any] = [1]
    for _ in range(60):
        wide = [wide, wide]
    with pytest.raises(rhai.MemoryLimit):
        same(wide)


def test_lone_surrogates_are_refused() -> None:
    """Text that is not Unicode raises Python's own error."""
    with pytest.raises(UnicodeEncodeError):
        same("\ud800")

"""A player's choice remembers what it was about."""

from collections.abc import Mapping

import hypothesis.strategies as st
import pytest
from hypothesis import given

from modpm.conflict.claims import Claim, Decision, same
from modpm.conflict.settled import Outdated, Shift, kept, outdated, seen
from modpm.document import Value
from modpm.loadout import Loadout

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def decision(**claims: Value) -> Decision:
    """Return a decision on combat.max_hp with those claims."""
    made = tuple(Claim(mod, "combat", "max_hp", value) for mod, value in claims.items())
    return Decision("combat", "max_hp", "pin", 1, None, made)


def settled(**before: Value) -> Loadout:
    """Return a loadout whose player chose when mods claimed that."""
    return Loadout("x", settled={"combat.max_hp": before})


@given(st.dictionaries(st.sampled_from("abc"), values, min_size=1))
def test_what_is_remembered_is_recognised(claims: Mapping[str, Value]) -> None:
    """Right after choosing no choice is outdated, whatever the values are."""
    now = decision(**claims)
    assert outdated(settled(**seen(now.claims)), [now]) == ()


@given(values)
def test_only_short_values_are_kept(value: Value) -> None:
    """A loadout holds a line a parameter, and nothing that TOML lacks."""
    remembered = kept(value)
    if not same(remembered, value):
        assert isinstance(remembered, str)
        assert remembered.startswith("sha256:")
    else:
        assert "None" not in repr(remembered)


def test_long_values_are_told_apart() -> None:
    """Of a long value the hash is kept, the same for a table in any order."""
    one: Value = {"a": "x" * 99, "b": 1}
    other: Value = {"b": 1, "a": "x" * 99}
    assert kept(one) == kept(other) != kept({"a": "x" * 99, "b": 2})


@pytest.mark.parametrize(
    ("before", "now", "shift"),
    [
        ({"a": 100, "b": 5}, {"a": 120, "b": 5.0}, Shift("a", "changed", 100, 120)),
        ({"a": 100}, {"a": 100, "b": 5}, Shift("b", "new", now=5)),
        ({"a": 100, "b": 5}, {"a": 100}, Shift("b", "gone", seen=5)),
    ],
)
def test_other_claims_make_a_choice_outdated(
    before: dict[str, Value], now: dict[str, Value], shift: Shift
) -> None:
    """A claim that changed, came or went is told; 5 and 5.0 are the same."""
    found = outdated(settled(**before), [decision(**now)])
    assert found == (Outdated("combat.max_hp", (shift,)),)


def test_a_lock_has_no_decision_where_mods_agree() -> None:
    """If they agreed when the player chose nothing is new; else the dispute is over."""
    assert outdated(settled(a=1, b=1), []) == ()
    assert outdated(settled(a=1, b=2), []) == (Outdated("combat.max_hp", ()),)

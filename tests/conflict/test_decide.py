"""Claims become decisions: strategies, pins, and what does not count as a conflict."""

from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from modpm.conflict.decide import (
    STRATEGIES,
    Claim,
    Decision,
    Rules,
    contested,
    decide,
    declared,
    rules,
    same,
)
from modpm.document import Value
from modpm.errors import ExclusiveConflict
from modpm.game import Game, Parameter, Plugin
from modpm.loadout import Loadout, Pin, Wish
from modpm.manifest import Manifest, Setting
from modpm.versions import parse_range, parse_version

values = st.sampled_from([True, False, 0, 1, 1.0, 2, "hard", [1], {"a": 1}, None])
names = st.sampled_from(["p", "q"])
claims = st.builds(
    Claim,
    mod=st.sampled_from("abc"),
    plugin=names,
    key=names,
    value=values,
    priority=st.integers(-1, 1),
)
rule_sets = st.builds(
    Rules,
    strategy=st.dictionaries(
        st.sampled_from(["default", "p.*", "p.q", "q.p"]),
        st.sampled_from(["last-wins", "first-wins", "priority"]),
    ),
    pins=st.dictionaries(st.tuples(names, names), values, max_size=1),
)


def claim(mod: str, value: Value, priority: int = 0) -> Claim:
    """Return a claim on combat.max_hp."""
    return Claim(mod, "combat", "max_hp", value, priority)


@pytest.mark.parametrize(
    ("strategy", "winner"),
    [("last-wins", "c"), ("first-wins", "a"), ("priority", "b")],
)
def test_strategies(strategy: str, winner: str) -> None:
    """Each strategy picks its winner; among equal priorities the mod that loads last."""
    some = [claim("a", 100, 5), claim("b", 200, 5), claim("c", 300, -1)]
    found = decide(some, Rules(strategy={"default": strategy}))
    assert (found.winner, found.strategy) == (winner, strategy)
    assert found.claims == tuple(some)


def test_exclusive() -> None:
    """Two different values are an error with both claims; the same value twice is not."""
    alone = Rules(strategy={"default": "exclusive"})
    assert decide([claim("a", 1), claim("b", 1)], alone).value == 1
    with pytest.raises(ExclusiveConflict) as error:
        decide([claim("a", 1), claim("b", 2)], alone)
    assert [c.mod for c in error.value.claims] == ["a", "b"]


def test_a_pin_is_final() -> None:
    """The player's pin beats every strategy, even exclusive."""
    pinned = Rules(strategy={"default": "exclusive"}, pins={("combat", "max_hp"): 150})
    found = decide([claim("a", 1), claim("b", 2)], pinned)
    assert (found.value, found.winner, found.strategy) == (150, None, "pin")


def test_a_pin_without_claims() -> None:
    """A pinned parameter that no mod sets is decided too."""
    pinned = Rules(pins={("combat", "max_hp"): 150})
    assert contested([], pinned) == (Decision("combat", "max_hp", "pin", 150, None, ()),)


def test_a_later_claim_replaces_the_earlier_one() -> None:
    """A mod has one claim on a parameter, its last, at its place in the load order."""
    found = decide([claim("a", 1), claim("b", 2), claim("a", 3)], Rules())
    assert found.claims == (claim("a", 3), claim("b", 2))
    assert found.value == 2


@pytest.mark.parametrize(
    ("keys", "strategy"),
    [
        (
            {"combat.max_hp": "first-wins", "combat.*": "priority", "default": "exclusive"},
            "first-wins",
        ),
        ({"combat.*": "priority", "default": "exclusive"}, "priority"),
        ({"default": "first-wins"}, "first-wins"),
        ({"economy.*": "first-wins"}, "exclusive"),
        ({}, "exclusive"),
    ],
)
def test_the_most_specific_key_wins(keys: dict[str, str], strategy: str) -> None:
    """Parameter before plugin before default; the game's word only where the loadout is silent."""
    found = Rules(strategy=keys, defaults={"combat.max_hp": "exclusive"})
    assert found.strategy_of("combat", "max_hp") == strategy


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ([1, {"a": [2]}], [1.0, {"a": [2]}], True),
        ([1], [True], False),
        ({"a": 1}, {"b": 1}, False),
        (None, None, True),
        (None, False, False),
    ],
)
def test_same(one: Value, other: Value, equal: bool) -> None:
    """Numbers are equal across types, truth and numbers never are."""
    assert same(one, other) is equal
    assert same(other, one) is equal


def test_equal_values_are_no_conflict() -> None:
    """Mods that agree are not reported."""
    assert contested([claim("a", 1), claim("b", 1.0)], Rules()) == ()


@given(st.lists(claims, max_size=12), rule_sets, st.sampled_from("abc"))
def test_removing_a_mod(some: list[Claim], given_rules: Rules, gone: str) -> None:
    """Without a mod's claims everything is exactly as if it had never been there."""
    left = [c for c in some if c.mod != gone]
    for decision in contested(some, given_rules):
        about = [c for c in decision.claims if c.mod != gone]
        fresh = [c for c in left if (c.plugin, c.key) == (decision.plugin, decision.key)]
        assert bool(about) == bool(fresh)
        if about:
            assert decide(about, given_rules) == decide(fresh, given_rules)


@given(st.lists(claims, max_size=12), rule_sets)
def test_deciding_again_changes_nothing(some: list[Claim], given_rules: Rules) -> None:
    """The claims of a decision lead to that decision."""
    for decision in contested(some, given_rules):
        if decision.claims:
            assert decide(decision.claims, given_rules) == decision


@given(st.lists(claims, max_size=12), rule_sets, st.randoms(use_true_random=False))
def test_parameters_do_not_touch_each_other(
    some: list[Claim], given_rules: Rules, random: Random
) -> None:
    """Only the order of the claims on one parameter counts."""
    keys = sorted({(c.plugin, c.key) for c in some})
    random.shuffle(keys)
    grouped = [c for key in keys for c in some if (c.plugin, c.key) == key]
    assert contested(grouped, given_rules) == contested(some, given_rules)


def test_every_strategy_of_the_format_exists() -> None:
    """What a loadout may write is what can be decided."""
    assert set(STRATEGIES) == {"last-wins", "first-wins", "priority", "exclusive"}


def test_rules_of_a_loadout() -> None:
    """Strategies and pins come from the loadout, defaults from the game."""
    hp = Parameter(name="max_hp", type="int", default=1, strategy="exclusive")
    game = Game(
        "arena", parse_version("1.0.0"), "Arena", plugins=(Plugin("combat", parameters=(hp,)),)
    )
    loadout = Loadout(
        name="x", strategy={"default": "priority"}, pins=(Pin("combat", "max_hp", 1),)
    )
    assert rules(loadout, game) == Rules(
        {"default": "priority"}, {("combat", "max_hp"): 1}, {"combat.max_hp": "exclusive"}
    )


def test_declared_claims() -> None:
    """A setting has its own priority, else its mod's; the player's word replaces both."""

    def mod(id: str) -> Manifest:
        settings = (Setting("combat", "max_hp", 1), Setting("combat", "pace", 2, priority=7))
        return Manifest(
            id=id, version=parse_version("1.0.0"), name=id, priority=3, settings=settings
        )

    loadout = Loadout(name="x", mods=(Wish("b", parse_range("*"), priority=9),))
    found = declared([mod("a"), mod("b")], loadout)
    assert [(c.mod, c.key, c.priority) for c in found] == [
        ("a", "max_hp", 3),
        ("a", "pace", 7),
        ("b", "max_hp", 9),
        ("b", "pace", 9),
    ]

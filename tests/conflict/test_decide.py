"""Claims become decisions: strategies, pins, merges, and what does not count as a conflict."""

import math
from collections.abc import Sequence
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from modpm.conflict.board import Board
from modpm.conflict.claims import Claim, Decision, Rejected, declared, same
from modpm.conflict.decide import (
    YIELDS,
    check_exclusive,
    contested,
    decide,
    resolve_conflicts,
)
from modpm.conflict.merge import MERGES
from modpm.conflict.rules import Rule, Rules, rules
from modpm.conflict.strategy import WINNERS, ConflictStrategy, MergeStrategy
from modpm.document import Value, improper
from modpm.errors import ExclusiveConflict, UnfitPin, UnfitStrategy
from modpm.game import MERGED, Game, Parameter, Plugin, parse_game
from modpm.loadout import Loadout, Pin, Wish, parse_loadout
from modpm.manifest import Manifest, Setting
from modpm.versions import parse_range, parse_version

HP = "combat", "max_hp"
GAME = parse_game(
    """
    [game]
    id = "g"
    version = "1.0.0"
    strategy = "first-wins"
    [plugins.p]
    strategy = "priority"
    [plugins.p.parameters.n]
    type = "int"
    default = 3
    min = 0
    max = 9
    [plugins.p.parameters.c]
    type = "float"
    default = 0.5
    min = 0
    max = 1
    out-of-range = "clamp"
    [plugins.p.parameters.l]
    type = "list"
    default = []
    [plugins.p.parameters.m]
    type = "map"
    default = { a = { x = 1, y = 2 }, b = 3 }
    [plugins.q]
    enabled = false
    """,
    "game.toml",
)
STRATEGIES = (*WINNERS, *(f"merge:{name}" for name in MERGED), "use:b")
anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 12),
        st.floats(-0.5, 1.5),
        st.sampled_from(["hard", math.nan, math.inf, 1 << 70]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abxy"), inner, max_size=3)
    ),
    max_leaves=4,
)
proper = anything.filter(lambda value: not any(improper(value)))
claims = st.builds(
    Claim,
    mod=st.sampled_from("abcd"),
    plugin=st.sampled_from("pq"),
    key=st.sampled_from(["n", "c", "l", "m", "", "unknown"]),
    value=anything,
    priority=st.integers(-1, 1),
)
rule_sets = st.builds(
    Rules,
    strategy=st.dictionaries(
        st.sampled_from(["default", "p.*", "p.n", "*.m", "q", "*"]),
        st.sampled_from(STRATEGIES),
        max_size=4,
    ),
    pins=st.dictionaries(st.tuples(st.just("p"), st.sampled_from("nl")), anything, max_size=1),
)
games = st.sampled_from([GAME, None])


def claim(mod: str, value: Value, priority: int = 0) -> Claim:
    """Return a claim on combat.max_hp."""
    return Claim(mod, *HP, value, priority)


def found(values: Sequence[Value], strategy: str, parameter: Parameter | None = None) -> Decision:
    """Return the decision on claims of the mods a, b, c ... in that order."""
    some = [claim(mod, value) for mod, value in zip("abcdefgh", values, strict=False)]
    return decide(HP, some, Rules(strategy={"default": strategy}), parameter)


@pytest.mark.parametrize(
    ("strategy", "winner"),
    [
        ("last-wins", "c"),
        ("first-wins", "a"),
        ("priority", "b"),
        ("use:a", "a"),
        ("use:who/else", "c"),
    ],
)
def test_winners(strategy: str, winner: str) -> None:
    """Each strategy picks its winner; among equal priorities, or without the mod, the last."""
    some = [claim("a", 100, 5), claim("b", 200, 5), claim("c", 300, -1)]
    decision = decide(HP, some, Rules(strategy={"default": strategy}))
    assert (decision.winner, decision.strategy) == (winner, strategy)
    assert decision.claims == tuple(some)


@pytest.mark.parametrize(
    ("merge", "values", "merged"),
    [
        ("sum", [1, 2, 3], 6),
        ("sum", [0.1, 0.2, 0.3, 1e16, -1e16], 0.6),
        ("product", [2, 3, 0.5], 3.0),
        ("min", [3, 1, 2], 1),
        ("max", [3, 1.5, 2], 3),
        ("mean", [1, 2, 4], 2),
        ("mean", [1, 2], 2),
        ("mean", [0.5, 1], 0.75),
        ("and", [True, False], False),
        ("or", [False, True], True),
        ("append", [[1], [2, 1]], [1, 2, 1]),
        ("union", [[1, True], [2, 1.0, True]], [1, True, 2]),
        ("deep", [{"a": {"x": 1}, "b": 2}, {"a": {"y": 3}}], {"a": {"x": 1, "y": 3}, "b": 2}),
        ("deep", [{"a": {"x": 1}}, {"a": 2}], {"a": 2}),
        ("deep", [{"a": 2}, {"a": {"x": 1}}], {"a": {"x": 1}}),
    ],
)
def test_merges(merge: str, values: list[Value], merged: Value) -> None:
    """A merge makes one value of all, and nobody wins."""
    decision = found(values, f"merge:{merge}")
    assert (decision.value, type(decision.value)) == (merged, type(merged))
    assert (decision.winner, decision.rejected) == (None, ())


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_sum_does_not_depend_on_the_order(values: list[float], random: Random) -> None:
    """Sums are exact and rounded once."""
    shuffled = random.sample(values, len(values))
    assert found(values, "merge:sum").value == found(shuffled, "merge:sum").value


def test_every_leaf_of_a_deep_merge_knows_its_mod() -> None:
    """Maps lie over the game's default, and each leaf tells who put it there."""
    layers: list[Value] = [{"a": {"y": 5}}, {"a": {"z": 6}, "e": {}}]
    decision = found(layers, "merge:deep", GAME.parameters()["p", "m"])
    assert decision.value == {"a": {"x": 1, "y": 5, "z": 6}, "b": 3, "e": {}}
    assert dict(decision.sources) == {
        ("a", "x"): None,
        ("a", "y"): "a",
        ("a", "z"): "b",
        ("b",): None,
        ("e",): "b",
    }


def test_a_deep_merge_leaves_the_claims_as_they_are() -> None:
    """An empty map that a later mod fills stays empty in the claim that it came from."""
    first: Value = {"a": {}}
    decision = found([first, {"a": {"x": 1}}], "merge:deep")
    assert (decision.value, first) == ({"a": {"x": 1}}, {"a": {}})


@given(st.lists(st.lists(proper, max_size=4), min_size=1, max_size=4))
def test_a_union_has_each_item_once(values: list[list[Value]]) -> None:
    """Of items that are the same to a player, the first is there, and no other."""
    items = [item for value in values for item in value]
    expected: list[Value] = []
    for item in items:
        if not any(same(item, known) for known in expected):
            expected.append(item)
    assert repr(MERGES["union"](values)) == repr(expected)


def test_a_claim_out_of_range_does_not_count() -> None:
    """It is named with what the parameter takes, and the others decide."""
    decision = found([5, 10, "6"], "last-wins", GAME.parameters()["p", "n"])
    takes = "a whole number from 0 to 9"
    assert (decision.value, decision.winner) == (5, "a")
    assert decision.rejected == (Rejected("b", 10, takes), Rejected("c", "6", takes))


def test_without_a_claim_that_counts_the_default_stays() -> None:
    """Nobody wins then."""
    decision = found([99], "last-wins", GAME.parameters()["p", "n"])
    assert (decision.value, decision.winner) == (3, None)


def test_a_game_may_clamp() -> None:
    """A number beyond the range becomes its end; what is no number is rejected all the same."""
    parameter = GAME.parameters()["p", "c"]
    assert found([7.5], "last-wins", parameter).value == 1
    assert found([-math.inf], "last-wins", parameter).value == 0
    assert found([0.5, 0.75], "merge:sum", parameter).value == 1
    assert found(["much"], "last-wins", parameter).rejected[0].mod == "a"
    assert found([math.nan], "last-wins", parameter).value == 0.5


def test_a_merge_out_of_range_does_without_the_last_mods() -> None:
    """Mods yield from the end of the load order until the result fits."""
    decision = found([4, 5, 6, 7], "merge:sum", GAME.parameters()["p", "n"])
    assert (decision.value, [r.mod for r in decision.rejected]) == (9, ["c", "d"])


def test_exclusive() -> None:
    """The first mod has it; another value is rejected, and whoever locks hears of it."""
    assert found([1, 1], "exclusive").rejected == ()
    decision = found([1, 2], "exclusive")
    assert (decision.value, decision.rejected) == (1, (Rejected("b", 2, YIELDS),))
    with pytest.raises(ExclusiveConflict) as error:
        check_exclusive([decision])
    assert [c.mod for c in error.value.claims] == ["a", "b"]


def test_a_pin_is_final() -> None:
    """The player's pin beats every strategy, even exclusive, and needs no claim."""
    pinned = Rules(strategy={"default": "exclusive"}, pins={HP: 150})
    decision = decide(HP, [claim("a", 1), claim("b", 2)], pinned)
    assert (decision.value, decision.winner, decision.strategy) == (150, None, "pin")
    assert resolve_conflicts([], pinned) == (Decision(*HP, "pin", 150, None),)


def test_a_later_claim_replaces_the_earlier_one() -> None:
    """A mod has one claim on a parameter, its last, at its place in the load order."""
    (decision,) = resolve_conflicts([claim("a", 1), claim("b", 2), claim("a", 3)], Rules())
    assert decision.claims == (claim("a", 3), claim("b", 2))
    assert decision.value == 2


@pytest.mark.parametrize(
    ("keys", "strategy"),
    [
        ({"combat.max_hp": "first-wins", "combat.*": "priority"}, "first-wins"),
        ({"combat.*": "priority", "default": "exclusive"}, "priority"),
        ({"combat.max_*": "first-wins", "combat.*": "priority"}, "first-wins"),
        ({"*.max_hp": "first-wins", "*.*": "priority"}, "first-wins"),
        ({"default": "first-wins"}, "first-wins"),
        ({"economy.*": "first-wins", "combat": "priority"}, "exclusive"),
        ({}, "exclusive"),
    ],
)
def test_the_most_specific_key_wins(keys: dict[str, str], strategy: str) -> None:
    """Parameter, then closest glob, then default; the game's word where the loadout is silent."""
    defaults = {"combat.max_hp": "exclusive", "default": "merge:sum"}
    assert Rules(strategy=keys, defaults=defaults).strategy_of(*HP) == strategy


@pytest.mark.parametrize(
    ("keys", "strategy"),
    [
        ({"default": "exclusive", "combat.*": "priority"}, "last-wins"),
        ({"combat": "merge:and"}, "merge:and"),
        ({"*": "first-wins"}, "first-wins"),
    ],
)
def test_a_switch_has_the_plugins_name(keys: dict[str, str], strategy: str) -> None:
    """What is said of all parameters is not said of the switch."""
    assert Rules(strategy=keys).strategy_of("combat", "") == strategy


@pytest.mark.parametrize(
    ("keys", "strategy"),
    [
        ({"default": "merge:sum", "combat.*": "merge:sum", "*.*": "exclusive"}, "last-wins"),
        ({"combat.blast()": "first-wins", "combat.*()": "priority"}, "first-wins"),
        ({"combat.*()": "priority"}, "priority"),
    ],
)
def test_an_exclusive_hook_has_parentheses(keys: dict[str, str], strategy: str) -> None:
    """What is said of parameters is not said of hooks."""
    assert Rules(strategy=keys).strategy_of("combat", "blast()") == strategy


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        (("p", "n"), Rule("pin", "loadout", "p.n")),
        (("p", "m"), Rule("merge:deep", "loadout", "*.m")),
        (("p", "c"), Rule("priority", "game", "p.*")),
        (("r", "x"), Rule("first-wins", "game", "default")),
        (("q", ""), Rule("last-wins", "modpm")),
    ],
)
def test_a_rule_tells_whose_word_it_is(at: tuple[str, str], rule: Rule) -> None:
    """The player's pins and strategies, the game's defaults, or modpm's own."""
    loadout = Loadout(name="x", strategy={"*.m": "merge:deep"}, pins=(Pin("p", "n", 1),))
    assert rules(loadout, GAME).rule(at) == rule


def test_a_merge_for_the_wrong_type_is_refused() -> None:
    """It is said when the loadout is checked, not when it plays."""
    with pytest.raises(UnfitStrategy) as error:
        Rules({"p.n": "merge:sum", "p.m": "merge:sum"}).check(GAME)
    assert (error.value.parameter, error.value.strategy) == ("p.m", "merge:sum")
    assert error.value.expected == "a whole number or a number, and m is of type map"


@pytest.mark.parametrize(
    ("at", "value", "expected", "suggestion"),
    [
        (("p", "n"), 10, "a whole number from 0 to 9", None),
        (("q", ""), 1, "true or false", None),
        (("p", "nn"), 1, None, "p.n"),
        (("r", ""), True, None, None),
    ],
)
def test_a_pin_that_cannot_be(
    at: tuple[str, str], value: Value, expected: str | None, suggestion: str | None
) -> None:
    """The player's word is final, but only where the game has ears for it."""
    with pytest.raises(UnfitPin) as error:
        Rules(pins={at: value}).check(GAME)
    assert (error.value.expected, error.value.suggestion) == (expected, suggestion)


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
    assert contested([found([1, 1.0], "last-wins")]) == ()


@given(st.lists(claims, max_size=14), rule_sets, games, st.sampled_from("abcd"))
def test_removing_a_mod(
    some: list[Claim], given_rules: Rules, game: Game | None, gone: str
) -> None:
    """Without a mod's claims everything is exactly as if it had never been there."""
    left = resolve_conflicts([c for c in some if c.mod != gone], given_rules, game)
    parameters = game.parameters() if game else {}
    for decision in left:
        at = decision.plugin, decision.key
        whole = [c for c in some if (c.plugin, c.key) == at]
        last = {c.mod: c for c in whole if c.mod != gone}
        again = decide(at, tuple(last.values()), given_rules, parameters.get(at))
        assert repr(again) == repr(decision)


@given(st.lists(claims, max_size=14), rule_sets, games)
def test_deciding_again_changes_nothing(
    some: list[Claim], given_rules: Rules, game: Game | None
) -> None:
    """The claims of a decision lead to that decision."""
    decisions = resolve_conflicts(some, given_rules, game)
    again = resolve_conflicts([c for d in decisions for c in d.claims], given_rules, game)
    assert repr(again) == repr(decisions)


@given(st.lists(claims, max_size=14), rule_sets, st.randoms(use_true_random=False))
def test_parameters_do_not_touch_each_other(
    some: list[Claim], given_rules: Rules, random: Random
) -> None:
    """Only the order of the claims on one parameter counts."""
    keys = sorted({(c.plugin, c.key) for c in some})
    random.shuffle(keys)
    grouped = [c for key in keys for c in some if (c.plugin, c.key) == key]
    assert repr(resolve_conflicts(grouped, given_rules, GAME)) == repr(
        resolve_conflicts(some, given_rules, GAME)
    )


@given(st.lists(claims, max_size=14), rule_sets, games)
def test_every_value_is_one_that_the_game_allows(
    some: list[Claim], given_rules: Rules, game: Game | None
) -> None:
    """Whatever mods claim and however it merges; a pin is checked with the loadout."""
    parameters = game.parameters() if game else {}
    for decision in resolve_conflicts(some, given_rules, game):
        at = decision.plugin, decision.key
        if (
            at in parameters
            and at not in given_rules.pins
            and not parameters[at].merge_problem(decision.strategy)
        ):
            assert parameters[at].problem(decision.value) is None


@given(st.lists(st.one_of(claims, st.sampled_from("abcd")), max_size=25), rule_sets)
def test_a_board_is_the_full_computation(history: list[Claim | str], given_rules: Rules) -> None:
    """Claims and withdrawals, one by one, come to what all remaining claims come to at once."""
    board = Board(given_rules, GAME)
    for mod in "abcd":
        board.admit(mod)
    there: dict[tuple[str, str, str], Claim] = {}
    for step in history:
        if isinstance(step, str):
            list(board.withdraw(step))
            there = {at: c for at, c in there.items() if at[0] != step}
        elif (step.plugin, step.key) in GAME.parameters():
            board.put(step)
            there[step.mod, step.plugin, step.key] = step
    in_order = sorted(there.values(), key=lambda c: c.mod)
    full = resolve_conflicts(in_order, given_rules, GAME)
    assert repr(board.decisions()) == repr(full)
    for decision in full:
        assert repr(board.value((decision.plugin, decision.key))) == repr(decision.value)


def test_every_strategy_has_a_name_in_the_architecture() -> None:
    """What a loadout may write can be decided, and spelled as the architecture does."""
    merges = {ConflictStrategy.Merge(merge) for merge in MergeStrategy}
    names = {
        ConflictStrategy.LastWins,
        ConflictStrategy.FirstWins,
        ConflictStrategy.Priority,
        ConflictStrategy.Exclusive,
        ConflictStrategy.Use("b"),
    }
    assert merges | names == set(STRATEGIES)
    for strategy in STRATEGIES:
        parse_loadout(f'[loadout]\nname = "x"\n[strategy]\ndefault = "{strategy}"', "loadout.toml")


def test_rules_of_a_loadout() -> None:
    """Strategies and pins come from the loadout, defaults from the game."""
    hp = Parameter(name="max_hp", type="int", default=1, strategy="exclusive")
    plugin = Plugin("combat", parameters=(hp,), strategy="priority")
    game = Game("arena", parse_version("1.0.0"), "Arena", plugins=(plugin,), strategy="first-wins")
    loadout = Loadout(
        name="x", strategy={"default": "priority"}, pins=(Pin("combat", "max_hp", 1),)
    )
    assert rules(loadout, game) == Rules(
        {"default": "priority"},
        {HP: 1},
        {"combat.*": "priority", "combat.max_hp": "exclusive", "default": "first-wins"},
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

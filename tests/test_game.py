"""game.toml: what a game offers to its mods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.document import Value
from modpm.errors import InvalidValue
from modpm.game import Game, Parameter, Plugin, parse_game
from modpm.versions import parse_version

FULL = """\
manifest-version = 1

[game]
id = "rpg-arena"
version = "1.4.0"
name = "RPG Arena"
description = "Swords and numbers"

[order]
tiers = ["maps", "normal", "patches"]

[plugins.inventory]
enabled = false

[plugins.combat]
description = "Who hits whom"
hooks = ["on_win", "on_hit"]

[plugins.combat.parameters.max_hp]
type = "int"
default = 100
min = 10
max = 500
step = 5
unit = "hp"
description = "Health at the start"
strategy = "priority"

[plugins.combat.parameters.mode]
type = "enum"
default = "duel"
values = ["duel", "brawl"]
"""


def test_everything_that_a_game_can_offer() -> None:
    """Each key has its place in the value; plugins, parameters and hooks are sorted."""
    assert parse_game(FULL, "game.toml") == Game(
        id="rpg-arena",
        version=parse_version("1.4.0"),
        name="RPG Arena",
        description="Swords and numbers",
        plugins=(
            Plugin(
                "combat",
                "Who hits whom",
                parameters=(
                    Parameter(
                        "max_hp",
                        "int",
                        100,
                        min=10,
                        max=500,
                        step=5,
                        unit="hp",
                        description="Health at the start",
                        strategy="priority",
                    ),
                    Parameter("mode", "enum", "duel", values=("duel", "brawl")),
                ),
                hooks=("on_hit", "on_win"),
            ),
            Plugin("inventory", enabled=False),
        ),
        tiers=("maps", "normal", "patches"),
    )


HP = "plugins.combat.parameters.max_hp"
MODE = "plugins.combat.parameters.mode"


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("manifest-version = 1", "manifest-version = 2", "manifest-version", "1"),
        ("default = 100", "default = 7", f"{HP}.default", "a whole number from 10 to 500 in steps"),
        ("default = 100", "default = 102", f"{HP}.default", "in steps of 5"),
        ("default = 100", "default = true", f"{HP}.default", "a whole number"),
        ("default = 100", "default = 100.0", f"{HP}.default", "a whole number"),
        ("min = 10", "min = 10.5", f"{HP}.min", "a whole number"),
        ("max = 500", "max = 5", f"{HP}.max", "at least min, which is 10"),
        ("step = 5", "step = 0", f"{HP}.step", "a number above 0"),
        ('default = "duel"', 'default = "joust"', f"{MODE}.default", "one of duel or brawl"),
        ('values = ["duel", "brawl"]', "", f"{MODE}.values", "the values of the enum"),
        ('type = "enum"', 'type = "str"', f"{MODE}.values", "absent: only an enum has values"),
        (
            "values =",
            "min = 1\nvalues =",
            f"{MODE}.min",
            "absent: only an int or a float has a min",
        ),
        ('"priority"', '"sum"', f"{HP}.strategy", "one of last-wins, first-wins, priority"),
        ('"maps", "normal"', '"maps"', "order.tiers", "of which one is normal"),
        ('"patches"', '"maps"', "order.tiers", "different names"),
        ("parameters.mode", "parameters.Mode", "plugins.combat.parameters.Mode", "a name such as"),
        ('"on_win"', '"on win"', "plugins.combat.hooks[0]", "a name such as max_hp"),
        ("plugins.inventory", "plugins.in-ventory", "plugins.in-ventory", "a name such as max_hp"),
    ],
)
def test_what_a_game_may_not_say(old: str, new: str, key: str, expected: str) -> None:
    """Limits must fit the type, each other and the default."""
    assert old in FULL
    with pytest.raises(InvalidValue) as caught:
        parse_game(FULL.replace(old, new), "game.toml")
    assert caught.value.key == key
    assert caught.value.expected.startswith(expected) or expected in caught.value.expected


@pytest.mark.parametrize(
    ("parameter", "good", "bad", "problem"),
    [
        (Parameter("p", "int", 0), [0, -3, 2**63 - 1], [True, 1.0, "1", None], "a whole number"),
        (Parameter("p", "int", 1, min=1), [1, 99], [0], "a whole number from 1 on"),
        (Parameter("p", "int", 1, max=9), [9, -99], [10], "a whole number up to 9"),
        (
            Parameter("p", "int", 1, min=1, max=9, step=2),
            [1, 3, 9],
            [2, 8, 11],
            "a whole number from 1 to 9 in steps of 2",
        ),
        (Parameter("p", "float", 0.0), [0, 1.5, -2], [True, "1", [1.0]], "a number"),
        (
            Parameter("p", "float", 0.0, min=0.0, max=1.0, step=0.1),
            [0, 0.1, 0.3, 0.7, 1],
            [0.05, 1.1, -0.1],
            "a number from 0.0 to 1.0 in steps of 0.1",
        ),
        (Parameter("p", "bool", True), [True, False], [0, 1, "true"], "true or false"),
        (Parameter("p", "str", ""), ["", "é"], [1, None, ["a"]], "text"),
        (Parameter("p", "enum", "a", values=("a", "b")), ["a"], ["c", 1, None], "one of a or b"),
        (Parameter("p", "list", []), [[], [1, {"a": 2}]], [{}, "a", (1,)], "a list"),
        (Parameter("p", "map", {}), [{}, {"a": [1]}], [[], "a"], "a table"),
    ],
    ids=lambda case: case.type if isinstance(case, Parameter) else "",
)
def test_a_parameter_says_what_it_allows(
    parameter: Parameter, good: list[Value], bad: list[object], problem: str
) -> None:
    """Every type accepts its values and answers with a noun phrase for the others."""
    assert [parameter.problem(value) for value in good] == [None] * len(good)
    assert [parameter.problem(value) for value in bad] == [problem] * len(bad)


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("float", float("nan")),
        ("float", float("inf")),
        ("float", 10**400),
        ("int", 2**63),
        ("str", "\x1b[2J"),
        ("list", [float("nan")]),
        ("list", [object()]),
        ("map", {"a": {1: 2}}),
        ("map", {"a": {"b": 2**64}}),
    ],
)
def test_no_parameter_takes_what_a_file_could_not_hold(type: str, value: object) -> None:
    """What a mod sets must survive JSON, a terminal and 64 bits."""
    parameter = Parameter("p", type, None)  # type: ignore[arg-type]
    assert parameter.problem(value) is not None


def test_a_value_that_holds_itself_is_refused() -> None:
    """A list without end is too deep, and found out at once."""
    endless: list[object] = []
    endless.extend([endless, endless])
    assert "levels" in (Parameter("p", "list", []).problem(endless) or "")


@given(
    st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6),
    st.integers(1, 10**4) | st.floats(1e-3, 1e4),
    st.integers(-1000, 1000),
)
def test_every_step_from_the_minimum_fits(low: float, step: float, count: int) -> None:
    """`min` plus a whole number of steps is allowed, rounding or not; halfway between is not."""
    parameter = Parameter("p", "float", low, min=low - abs(count) * step - step, step=step)
    assert parameter.min is not None
    assert parameter.problem(parameter.min + abs(count) * step) is None
    assert parameter.problem(parameter.min + (abs(count) + 0.5) * step) is not None

"""The laws of claims at run time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.conflict.rules import Rules
from modpm.errors import Refused
from modpm.game import parse_game
from modpm.runtime import PluginControl
from modpm.runtime.plugins import Plugins

GAME = parse_game(
    """
    [game]
    id = "g"
    version = "1.0.0"
    name = "G"
    [plugins.p]
    hooks = ["free"]
    exclusive-hooks = ["blast"]
    [plugins.p.parameters.n]
    type = "int"
    default = 0
    min = 0
    max = 9
    [plugins.p.parameters.f]
    type = "float"
    default = 0.5
    [plugins.q]
    enabled = false
    """,
    "game.toml",
)

MODS = "abcd"
Step = tuple[str, PluginControl, int]
"""A mod, what it asks for, and the priority of that."""
CONTROLS = st.one_of(
    st.builds(PluginControl.enable, st.sampled_from("pqx")),
    st.builds(PluginControl.disable, st.sampled_from("pq")),
    st.builds(
        PluginControl.set_param,
        st.just("p"),
        st.sampled_from("nfx"),
        st.one_of(st.integers(-2, 12), st.floats(0, 1), st.booleans()),
    ),
)
BLAST = PluginControl.trigger_hook("p", "blast")
HOOKS = st.sampled_from([BLAST, PluginControl.trigger_hook("p", "free")])
RULES = st.sampled_from(
    ["last-wins", "first-wins", "priority", "exclusive"]
    + [f"merge:{name}" for name in ("sum", "product", "min", "max", "mean")]
)


def histories(*controls: st.SearchStrategy[PluginControl]) -> st.SearchStrategy[list[Step]]:
    """Return histories of what mods do."""
    steps = st.tuples(st.sampled_from(MODS), st.one_of(controls), st.integers(-1, 1))
    return st.lists(steps, max_size=25)


HISTORY = histories(CONTROLS)


def after(history: list[Step], strategy: str) -> Plugins:
    """Play a history of claims against a fresh game; refusals are part of it."""
    rules = {"default": strategy}
    if not strategy.startswith("merge:"):
        rules |= {"p": strategy, "q": strategy, "p.*()": strategy}
    plugins = Plugins(GAME, Rules(strategy=rules))
    for mod in MODS:
        plugins.admit(mod)
    for mod, control, priority in history:
        try:
            plugins.apply(mod, control, priority)
        except Refused:
            continue
    return plugins


@given(histories(CONTROLS, HOOKS), st.sampled_from(MODS), RULES)
def test_a_mod_that_leaves_was_never_there(history: list[Step], gone: str, strategy: str) -> None:
    """Withdrawing a mod gives exactly the state in which it never claimed anything."""
    plugins = after(history, strategy)
    plugins.withdraw(gone)
    never = after([entry for entry in history if entry[0] != gone], strategy)
    assert repr(plugins.states()) == repr(never.states())
    assert plugins.decisions() == never.decisions()


@given(HISTORY, RULES)
def test_only_the_load_order_counts(history: list[Step], strategy: str) -> None:
    """However the mods' claims interleave in time, the state is the same."""
    by_mod = sorted(history, key=lambda entry: entry[0])
    assert repr(after(history, strategy).states()) == repr(after(by_mod, strategy).states())


@given(HISTORY, RULES)
def test_an_event_means_a_change(history: list[Step], strategy: str) -> None:
    """A plugin hears of a claim exactly when its state is another than before."""
    plugins = after([], strategy)
    for mod, control, priority in history:
        before = plugins.states()
        try:
            event = plugins.apply(mod, control, priority)
        except Refused:
            event = None
        assert (event is not None) == (plugins.states() != before)


def test_an_exclusive_hook_is_triggered_by_one_mod() -> None:
    """The rules say whose it is; when that mod leaves it is the next one's, and no event."""
    plugins = after([("a", BLAST, 0), ("b", BLAST, 0)], "last-wins")
    with pytest.raises(Refused, match=r"only one mod may trigger p\.blast\(\), and b does"):
        plugins.apply("a", BLAST)
    assert plugins.apply("b", BLAST) is not None
    assert plugins.withdraw("b") == []
    assert plugins.apply("a", BLAST) is not None


def test_a_hook_is_no_parameter() -> None:
    """A mod can neither set nor read what only the rules decide."""
    plugins = after([], "last-wins")
    with pytest.raises(Refused, match="no parameter"):
        plugins.apply("a", PluginControl.set_param("p", "blast()", "a"))
    with pytest.raises(Refused, match="no parameter"):
        plugins.parameter("a", "p", "blast()")


def test_a_mod_hears_that_a_merge_does_without_it() -> None:
    """A claim that would take the merge out of range waits, and the mod is told why."""
    five = PluginControl.set_param("p", "n", 5)
    plugins = after([("a", five, 0)], "merge:sum")
    with pytest.raises(Refused, match="does without 5: with it the sum is not a whole number"):
        plugins.apply("b", five)
    plugins.withdraw("a")
    assert plugins.states()["p"].parameters["n"] == 5

"""The laws of claims at run time."""

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
RULES = st.sampled_from(["last-wins", "first-wins", "priority"])
HISTORY = st.lists(st.tuples(st.sampled_from(MODS), CONTROLS, st.integers(-1, 1)), max_size=25)


def after(history: list[tuple[str, PluginControl, int]], strategy: str) -> Plugins:
    """Play a history of claims against a fresh game; refusals are part of it."""
    plugins = Plugins(GAME, Rules(strategy={"default": strategy}))
    for mod in MODS:
        plugins.admit(mod)
    for mod, control, priority in history:
        try:
            plugins.apply(mod, control, priority)
        except Refused:
            continue
    return plugins


@given(HISTORY, st.sampled_from(MODS), RULES)
def test_a_mod_that_leaves_was_never_there(
    history: list[tuple[str, PluginControl, int]], gone: str, strategy: str
) -> None:
    """Withdrawing a mod gives exactly the state in which it never claimed anything."""
    plugins = after(history, strategy)
    plugins.withdraw(gone)
    never = after([entry for entry in history if entry[0] != gone], strategy)
    assert repr(plugins.states()) == repr(never.states())
    assert plugins.decisions() == never.decisions()


@given(HISTORY, RULES)
def test_only_the_load_order_counts(
    history: list[tuple[str, PluginControl, int]], strategy: str
) -> None:
    """However the mods' claims interleave in time, the state is the same."""
    by_mod = sorted(history, key=lambda entry: entry[0])
    assert repr(after(history, strategy).states()) == repr(after(by_mod, strategy).states())


@given(HISTORY, RULES)
def test_an_event_means_a_change(
    history: list[tuple[str, PluginControl, int]], strategy: str
) -> None:
    """A plugin hears of a claim exactly when its state is another than before."""
    plugins = after([], strategy)
    for mod, control, priority in history:
        before = plugins.states()
        try:
            event = plugins.apply(mod, control, priority)
        except Refused:
            event = None
        assert (event is not None) == (plugins.states() != before)

"""Words of a player that nothing in the game hears."""

from modpm.conflict.idle import Idle, idle
from modpm.loadout import parse_loadout

NAMES = {"p", "p.n", "p.boom()"}
LOADOUT = parse_loadout(
    """
    [loadout]
    name = "x"
    [strategy]
    default = "last-wins"
    "p.n*" = "use:acme/x"
    "p.lo*" = "last-wins"
    "p.*()" = "first-wins"
    p = "use:acme/y"
    q = "use:acme/z"
    [settled]
    "p.nn" = { "acme/x" = 1 }
    [conflicts]
    ignore = ["p.*", "ui.*"]
    """,
    "loadout.toml",
)


def test_keys_that_match_nothing() -> None:
    """A glob, a plugin and a parameter that the game lacks are told with their table."""
    assert idle(LOADOUT, NAMES, {"acme/x", "acme/y"}) == (
        Idle("strategy", "p.lo*"),
        Idle("strategy", "q"),
        Idle("settled", "p.nn"),
        Idle("conflicts.ignore", "ui.*"),
    )


def test_a_mod_that_is_to_win_but_is_not_there() -> None:
    """The key matches, but nobody is let win by it."""
    assert idle(LOADOUT, NAMES, {"acme/x"})[-1] == Idle("strategy", "p", "acme/y")

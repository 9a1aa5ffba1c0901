"""Who wins, who loses, and whose word that was."""

from modpm.conflict.claims import Claim, Rejected
from modpm.conflict.decide import resolve_conflicts
from modpm.conflict.rules import Rule, rules
from modpm.conflict.settled import Outdated, Shift
from modpm.conflict.view import Conflict, Mark, conflicts, marks
from modpm.document import Value
from modpm.game import parse_game
from modpm.loadout import parse_loadout
from modpm.lockfile import Lock, dumps, loads

GAME = parse_game(
    """
    [game]
    id = "g"
    version = "1.0.0"
    [plugins.p.parameters.n]
    type = "int"
    default = 3
    max = 9
    [plugins.p.parameters.m]
    type = "map"
    default = { x = 0 }
    strategy = "merge:deep"
    [plugins.p.parameters.t]
    type = "str"
    default = ""
    """,
    "game.toml",
)
CLAIMS: tuple[tuple[str, str, Value], ...] = (
    ("a", "n", 5),
    ("b", "n", 10),
    ("c", "n", 7),
    ("a", "m", {"y": 1}),
    ("c", "m", {"x": 2}),
    ("a", "t", "one"),
    ("b", "t", "two"),
)


def shown(tables: str = "") -> tuple[Conflict, ...]:
    """Return the conflicts of `CLAIMS`, through a lock and back."""
    loadout = parse_loadout('[loadout]\nname = "x"\n' + tables, "loadout.toml")
    what_applies = rules(loadout, GAME)
    claims = [Claim(mod, "p", key, value) for mod, key, value in CLAIMS]
    lock = Lock((), resolve_conflicts(claims, what_applies, GAME))
    read = loads(dumps(lock), "loadout.lock")
    return conflicts(read.decisions, what_applies, loadout, GAME)


def test_what_a_lock_does_not_hold_is_there() -> None:
    """Rejected claims come with a reason, leaves of maps with a mod, rules with a source."""
    m, n, _ = shown()
    assert m.decision.sources == ((("x",), "c"), (("y",), "a"))
    assert m.rule == Rule("merge:deep", "game", "p.m")
    assert n.decision.rejected == (Rejected("b", 10, "a whole number up to 9"),)
    assert (n.name, n.decision.winner, n.rule) == ("p.n", "c", Rule("last-wins", "modpm"))


def test_marks_as_in_mod_organisers() -> None:
    """Each mod wins, loses or merges, in load order."""
    assert marks(shown(), ["c", "b", "a"]) == (
        Mark("c", wins=1, merges=1),
        Mark("b", wins=1, loses=1),
        Mark("a", loses=2, merges=1),
    )


def test_who_claims_what_the_player_pins_wins() -> None:
    """The pin is nobody's, but a mod that wanted that value has its way."""
    pinned = shown("[pins]\n'p.n' = 5")[1:2]
    assert marks(pinned, "abc") == (Mark("a", wins=1), Mark("b", loses=1), Mark("c", loses=1))


def test_ignored_and_outdated() -> None:
    """The player's patterns hide a conflict; a choice about other claims is told."""
    m, n, t = shown('[conflicts]\nignore = ["*.m"]\n[settled]\n"p.t" = { a = "one" }')
    assert [m.ignored, n.ignored, t.ignored] == [True, False, False]
    assert t.outdated == Outdated("p.t", (Shift("b", "new", now="two"),))

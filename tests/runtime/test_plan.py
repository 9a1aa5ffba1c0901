"""A plan: what mods claim when they start, and nothing else of them."""

from modpm.conflict.claims import Claim
from modpm.game import Game
from modpm.manifest import Setting
from modpm.runtime import Host, Mod, RhaiLoader
from modpm.runtime.plan import Plan, plan
from modpm.runtime.plugins import NO_RULES
from tests.runtime.conftest import QUICK, MakeMod


def planned(game: Game, *mods: Mod) -> tuple[Plan, list[int]]:
    """Return the plan, and what was heard of how far it is."""
    heard: list[int] = []
    return plan(game, mods, NO_RULES, 0, [RhaiLoader(QUICK)], heard.append), heard


def test_a_plan_knows_what_is_declared_and_what_on_init_claims(game: Game, mod: MakeMod) -> None:
    """In load order, with the phase; of a mod's claims on one parameter the last."""
    script = 'fn on_init() { set_plugin_param("combat", "max_hp", 90); disable_plugin("combat"); }'
    hard = mod("hard", script, settings=(Setting("combat", "max_hp", 300),))
    easy = mod("easy", "", settings=(Setting("combat", "difficulty", 0.1),))
    found, heard = planned(game, hard, easy)
    assert found.claims == (
        Claim("hard", "combat", "max_hp", 90, phase="init"),
        Claim("hard", "combat", "", value=False, phase="init"),
        Claim("easy", "combat", "difficulty", 0.1),
    )
    assert (found.failures, heard) == ((), [1, 2])


def test_a_mod_that_fails_has_no_claims(game: Game, mod: MakeMod) -> None:
    """Nor the ones that it made before; it is named with the hook, and the others are planned."""
    bad = mod("bad", 'fn on_init() { set_plugin_param("combat", "max_hp", 9); throw "no"; }')
    good = mod("good", 'fn on_init() { set_plugin_param("combat", "max_hp", 7); }')
    found, _ = planned(game, bad, good)
    assert [claim.mod for claim in found.claims] == ["good"]
    assert [(failure.mod, failure.hook) for failure in found.failures] == [("bad", "on_init")]


def test_what_is_refused_is_told_and_kept(game: Game, mod: MakeMod) -> None:
    """A value out of range counts for nothing, and can be shown; an earlier good one stays."""
    script = 'fn on_init() { set_plugin_param("combat", "max_hp", 9000); }'
    found, _ = planned(
        game, mod("once", script), mod("twice", script, settings=(Setting("combat", "max_hp", 9),))
    )
    assert [(claim.mod, claim.value) for claim in found.claims] == [("once", 9000), ("twice", 9)]
    takes = "combat.max_hp takes a whole number from 1 to 500, not 9000; nothing was changed"
    assert [(record.mod, record.text) for record in found.warnings] == [
        ("once", takes),
        ("twice", takes),
    ]


def test_a_value_that_no_lock_could_hold_is_no_claim(game: Game, mod: MakeMod) -> None:
    """A text of a megabyte or a null is refused like any other wrong value, and not kept."""
    script = """fn on_init() {
        let text = "x"; while text.len() < 100_000 { text += text; }
        set_plugin_param("combat", "max_hp", text);
        set_plugin_param("combat", "difficulty", ());
    }"""
    found, _ = planned(game, mod("large", script))
    assert found.claims == ()
    assert len(found.warnings) == 2


def test_nothing_else_of_a_mod_runs(game: Game, mod: MakeMod) -> None:
    """No turn is played and no mod shuts down; what they say is heard by nobody."""
    script = """
        fn on_init() { log("started"); }
        fn on_tick(turn) { set_plugin_param("combat", "max_hp", 1); }
        fn on_shutdown() { set_plugin_param("combat", "max_hp", 2); }
    """
    found, _ = planned(game, mod("quiet", script))
    assert (found.claims, found.warnings) == ((), ())


def test_a_plan_is_what_the_host_claims_at_its_start(game: Game, mod: MakeMod) -> None:
    """The same mods, loaded to be played, claim the same."""
    script = """fn on_init() {
        if random() < 2.0 { set_plugin_param("combat", "difficulty", random()); }
        subscribe_event("x", |data| set_plugin_param("combat", "max_hp", 3));
        publish_event("x", 1);
    }"""
    mods = [mod("a", script), mod("b", script)]
    with Host(game, mods, loaders=[RhaiLoader(QUICK)]) as host:
        assert host.claims == planned(game, *mods)[0].claims

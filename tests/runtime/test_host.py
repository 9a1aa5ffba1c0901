"""Mods at play: settings, hooks, commands, events, and the end."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.conflict.rules import Rules
from modpm.game import Game
from modpm.manifest import Setting
from modpm.runtime import Host, LogRecord, Mod, ModSystemConfig, PluginHookTriggeredEvent

MakeMod = Callable[..., Mod]
Play = Callable[..., Host]
Said = Callable[[Host], list[str]]

ARENA = """
[game]
id = "arena"
version = "1.0.0"
[plugins.combat]
hooks = ["round_started"]
[plugins.combat.parameters.max_hp]
type = "int"
default = 100
"""
SILENT = "fn on_tick(turn) { this.turn = turn; }"


def combat(host: Host) -> dict[str, object]:
    """Return the parameters of the combat plugin."""
    return dict(host.plugins["combat"].parameters)


def test_a_game_without_mods_is_at_its_defaults(play: Play) -> None:
    """Nothing is claimed, nothing is changed."""
    host = play()
    assert combat(host) == {"difficulty": 0.5, "max_hp": 100}
    assert host.plugins["combat"].enabled
    assert not host.plugins["weather"].enabled


def test_a_mod_without_code_sets_its_parameters(mod: MakeMod, play: Play) -> None:
    """A declarative mod has only its settings."""
    host = play(mod("a", None, settings=(Setting("combat", "max_hp", 200),)))
    assert (host.loaded, combat(host)["max_hp"]) == (("a",), 200)


def test_what_a_mod_asks_in_on_init_is_there_for_the_next(mod: MakeMod, play: Play) -> None:
    """The next mod finds the settings and commands of those before it, and its own settings."""
    doubling = """fn on_init() {
        set_plugin_param("combat", "max_hp", get_plugin_param("combat", "max_hp") * 2);
    }"""
    host = play(
        mod("a", None, settings=(Setting("combat", "max_hp", 50),)),
        mod("b", doubling),
        mod("c", doubling),
    )
    assert combat(host)["max_hp"] == 200


def test_a_turn_is_the_same_world_for_all(mod: MakeMod, play: Play, said: Said) -> None:
    """In `on_tick` every mod reads what was decided before the turn; the first turn is 1."""
    text = """fn on_tick(turn) {
        log(turn + " " + get_plugin_param("combat", "max_hp"));
        set_plugin_param("combat", "max_hp", get_plugin_param("combat", "max_hp") + 1);
    }"""
    host = play(mod("a", text), mod("b", text))
    host.tick()
    host.tick()
    assert said(host) == [f"{m}: info: {line}" for line in ("1 100", "2 101") for m in "ab"]
    assert combat(host)["max_hp"] == 102


def test_the_last_mod_wins_and_the_pin_is_final(mod: MakeMod, play: Play) -> None:
    """Not who claims last in time wins, but who loads last; and the player's pin over all."""
    first = mod("a", 'fn on_tick(turn) { set_plugin_param("combat", "max_hp", 10) }')
    last = mod("b", 'fn on_init() { set_plugin_param("combat", "max_hp", 20) }')
    host = play(first, last)
    host.tick()
    assert combat(host)["max_hp"] == 20
    assert [(d.winner, d.strategy) for d in host.decisions] == [("b", "last-wins")]
    pinned = play(first, last, rules=Rules(pins={("combat", "max_hp"): 150}))
    pinned.tick()
    assert combat(pinned)["max_hp"] == 150


def test_priority_is_the_players_over_the_authors(mod: MakeMod, play: Play) -> None:
    """With the strategy `priority`, a mod's own number counts unless the player gave one."""
    claims = 'fn on_init() { set_plugin_param("combat", "max_hp", %d) }'
    high = mod("a", claims % 10, priority=5)
    low = mod("b", claims % 20)
    rules = Rules(strategy={"default": "priority"})
    assert combat(play(high, low, rules=rules))["max_hp"] == 10
    raised = Mod(low.id, low.manifest, low.folder, priority=9)
    assert combat(play(high, raised, rules=rules))["max_hp"] == 20


def test_what_only_one_may_set_keeps_its_first_value(mod: MakeMod, play: Play, said: Said) -> None:
    """An exclusive parameter refuses a second mod's other value, and says who was first."""
    claims = 'fn on_init() { set_plugin_param("combat", "max_hp", %d) }'
    host = play(
        mod("a", claims % 10), mod("b", claims % 20), rules=Rules(strategy={"default": "exclusive"})
    )
    assert combat(host)["max_hp"] == 10
    assert said(host) == [
        "b: warn: only one mod may set combat.max_hp, and a did; nothing was changed"
    ]


def test_switching_follows_the_load_order(mod: MakeMod, play: Play) -> None:
    """Of two mods that switch a plugin on and off, the last one to load has its way."""
    on = mod("a", 'fn on_tick(turn) { enable_plugin("weather") }')
    off = mod("b", 'fn on_tick(turn) { if turn == 2 { disable_plugin("weather") } }')
    host = play(on, off)
    host.tick()
    assert host.plugins["weather"].enabled
    host.tick()
    assert not host.plugins["weather"].enabled


def test_a_hook_reaches_the_game(mod: MakeMod, play: Play, game: Game) -> None:
    """The game hears which hook was triggered, with its data and by whom."""
    a = mod("a", 'fn on_tick(turn) { trigger_hook("combat", "round_started", #{n: turn}) }')
    host = play(a)
    heard: list[PluginHookTriggeredEvent] = []
    host.events.subscribe(PluginHookTriggeredEvent, heard.append)
    host.tick()
    assert heard == [PluginHookTriggeredEvent("combat", "round_started", {"n": 1}, "a")]


def test_mods_hear_what_others_do_to_plugins(mod: MakeMod, play: Play, said: Said) -> None:
    """`on_control_plugin` tells what became of a plugin, not who asked in vain, nor one's own."""
    ear = "fn on_control_plugin(plugin, action) { log(plugin + ' ' + action) }".replace("'", '"')
    doer = """fn on_tick(turn) {
        enable_plugin("weather");
        enable_plugin("combat");
        set_plugin_param("weather", "sky", "grey");
        trigger_hook("combat", "round_started");
    }"""
    host = play(mod("a", ear), mod("b", doer + ear))
    host.tick()
    host.tick()
    assert said(host) == [
        "a: info: weather enable",
        'a: info: weather set_param:sky="grey"',
        "a: info: combat trigger:round_started",
        "a: info: combat trigger:round_started",
    ]


def test_events_go_from_mod_to_mod(mod: MakeMod, play: Play, said: Said) -> None:
    """What is published in `on_init` reaches also those who load later; data crosses as it is."""
    host = play(
        mod("a", 'fn on_init() { publish_event("news", #{day: 1, rate: 0.5, tags: [()]}) }'),
        mod("b", 'fn on_init() { subscribe_event("news", |data| log(data)) }'),
    )
    assert said(host) == ['b: info: {"day":1,"rate":0.5,"tags":[null]}']


def test_what_is_published_in_a_callback_waits(mod: MakeMod, play: Play, said: Said) -> None:
    """A mod that answers an event is heard in the next update, so no echo runs for ever."""
    text = """
        fn on_init() { this.heard = 0; subscribe_event("echo", Fn("again")); }
        fn again(n) { this.heard += 1; publish_event("echo", n + 1); }
        fn on_tick(turn) {
            if turn == 1 { publish_event("echo", 0); }
            log(`turn ${turn}: ${this.heard}`);
        }"""
    host = play(mod("a", text))
    for _ in range(3):
        host.tick()
    assert said(host) == ["a: info: turn 1: 0", "a: info: turn 2: 1", "a: info: turn 3: 2"]


def test_what_can_be_logged(mod: MakeMod, play: Play, said: Said) -> None:
    """Any value and any of four levels; print is info; what would move a cursor is replaced."""
    text = """fn on_init() {
        log("plain"); log(42); log(0.5); print("printed");
        log("warn", [1, ()]); log("error", "two\nlines");
        log("red \\x1b[31m, left \\u061c");
        try { log("loud", "x"); } catch (e) { log("" + e); log(e); }
    }""".replace("two\nlines", "two\\nlines")
    assert said(play(mod("a", text))) == [
        "a: info: plain",
        "a: info: 42",
        "a: info: 0.5",
        "a: info: printed",
        "a: warn: [1,null]",
        "a: error: two",
        "a: error: lines",
        "a: info: red \N{REPLACEMENT CHARACTER}[31m, left \N{REPLACEMENT CHARACTER}",
        "a: info: a log level is one of debug, info, warn, error",
        "a: info: a log level is one of debug, info, warn, error",
    ]


def test_asking_for_what_is_not_there(mod: MakeMod, play: Play, said: Said) -> None:
    """A script can catch the answer, and the answer says what was meant."""
    text = """fn on_init() {
        try { get_plugin_param("combt", "max_hp"); } catch (e) { log("" + e); }
        try { get_plugin_param("combat", "max_hq"); } catch (e) { log("" + e); }
    }"""
    assert said(play(mod("a", text, plugins=()))) == [
        'a: info: the game has no plugin "combt"; did you mean "combat"?',
        'a: info: the plugin combat has no parameter "max_hq"; did you mean "max_hp"?',
    ]


def test_a_mod_controls_what_it_was_granted(mod: MakeMod, play: Play, said: Said) -> None:
    """Another plugin is refused with a reason; a script that catches it goes on."""
    text = """fn on_init() {
        try { disable_plugin("combat"); } catch (e) { log("" + e); }
        enable_plugin("weather");
    }"""
    host = play(mod("a", text, plugins=("weather",)))
    assert host.plugins["combat"].enabled
    assert host.plugins["weather"].enabled
    refused = '"combat" is not in its [permissions] plugins'
    assert said(host) == [f"a: warn: {refused}", f"a: info: {refused}"]


def test_the_same_seed_is_the_same_game(mod: MakeMod, play: Play, said: Said) -> None:
    """Log and end state repeat with the seed; another seed, and another mod, draw otherwise."""
    text = """fn on_tick(turn) {
        log(random());
        set_plugin_param("combat", "difficulty", random());
        publish_event("drawn", random());
    }
    fn on_init() { subscribe_event("drawn", |x| log(x)); }"""
    mods = mod("a", text), mod("b", text)

    def played(seed: int) -> tuple[list[str], dict[str, object]]:
        host = play(*mods, seed=seed)
        for _ in range(20):
            host.tick()
        return said(host), combat(host)

    assert played(1) == played(1)
    assert played(1) != played(2)
    log, _ = played(1)
    assert log[0].removeprefix("a") != log[1].removeprefix("b")


def test_mods_that_the_game_loads_itself_are_left_alone(
    mod: MakeMod, game: Game, tmp_path: Path
) -> None:
    """Who comes from the game's own folder stays when the player pins, or other mods come."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own.rhai").write_text(SILENT)
    config = ModSystemConfig(mod_dir=tmp_path / "own", auto_load=True)
    with Host(game, [mod("guest", SILENT)], config=config) as host:
        host.pin("combat", "max_hp", 7)
        assert list(host.loaded) == ["own", "guest"]
        host.change([], Rules(), game)
        assert list(host.loaded) == ["own"]
        host.change([mod("other", SILENT)], Rules(), game)
        assert list(host.loaded) == ["own", "other"]


def test_shutdown_is_in_reverse_order_and_once(mod: MakeMod, play: Play, said: Said) -> None:
    """The last loaded says goodbye first; what the mods set stays for whoever looks."""
    text = (
        'fn on_init() { set_plugin_param("combat", "max_hp", 7) } fn on_shutdown() { log("bye") }'
    )
    host = play(mod("a", text), mod("b", text))
    host.close()
    host.close()
    assert said(host) == ["b: info: bye", "a: info: bye"]
    assert combat(host)["max_hp"] == 7


def test_a_listener_that_fails_is_not_the_mods_fault(mod: MakeMod, play: Play) -> None:
    """What the game's own subscriber raises comes out of the host; the mod plays on."""
    host = play(mod("a", 'fn on_tick(turn) { log("one"); log("two"); }'))

    def closed_pipe(record: LogRecord) -> None:
        raise BrokenPipeError(record.text)

    host.events.subscribe(LogRecord, closed_pipe)
    with pytest.raises(BrokenPipeError, match="one"):
        host.tick()
    assert host.failures == ()
    assert len(host.log) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_ctrl_c_leaves_cleanly(entry: Callable[[str], Path], kind: str) -> None:
    """Interrupted inside a mod, the host raises KeyboardInterrupt; nobody begins anew for it."""
    file = entry("rogue")
    program = f"""
from pathlib import Path
from modpm.game import parse_game
from modpm.manifest import Manifest, Permissions
from modpm.runtime import Host, LogRecord, Mod
from modpm.versions import parse_version
may = Permissions(plugins=("combat",))
about = Manifest("tick-loop", parse_version("1.0.0"), "A", {file.name!r}, permissions=may)
game = parse_game({ARENA!r}, "game.toml")
host = Host(game, [Mod("tick-loop", about, Path({str(file.parent)!r}))])
host.events.subscribe(LogRecord, lambda record: print(record.text, flush=True))
try:
    with host:
        host.tick()
except KeyboardInterrupt:
    print("interrupted", host.failures, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout
        assert run.stdout.readline() == "turn 1\n"
        run.send_signal(signal.SIGINT)
        said = run.stdout.read().splitlines()
    goodbye = "bye" if kind == "rhai" else "what it knew is lost, so it has no on_shutdown"
    assert said == [goodbye, "interrupted ()"]

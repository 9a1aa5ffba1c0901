"""A mod that fails costs the others nothing."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from modpm.errors import ExecutionFailed, InvalidFormat, LoadFailed, NotFound
from modpm.manifest import Provision, Setting
from modpm.requirement import Dependency, Requirement
from modpm.runtime import (
    Host,
    Mod,
    ModLoadFailedEvent,
    ModSystemConfig,
    ModUnloadedEvent,
    SetParam,
)
from modpm.versions import parse_range, parse_version

MakeMod = Callable[..., Mod]
Play = Callable[..., Host]
Said = Callable[[Host], list[str]]

GOOD = 'fn on_tick(turn) { set_plugin_param("combat", "max_hp", 100 + turn) }'

CLAIMS = """fn on_init() {
    set_plugin_param("combat", "difficulty", 0.9);
    disable_plugin("combat");
    subscribe_event("news", |x| log("heard"));
}
"""

BAD = {
    "throws": ('throw "no such potion"', "no such potion", None),
    "throws a map": ("throw #{code: 3}", "code", None),
    "divides by zero": ("let a = 1 / 0", "zero", None),
    "calls what is not there": ("summon()", "summon", None),
    "loops for ever": ("loop {}", "operations", "operations"),
    "recurses": ("deeper(1)", "", "stack"),
    "eats memory by a string": ('let s = "x"; loop { s += s }', "memory", "memory"),
    "eats memory by an array": ("let a = []; a.pad(2000000000, 0)", "memory", "memory"),
    "eats memory by a blob": ("let b = blob(3000000000)", "memory", "memory"),
    "keeps a map that grows": ("loop { this[`${this.len()}`] = `abcdefgh`.to_upper() }", "", None),
    "floods the queue of commands": ('loop { enable_plugin("combat") }', "commands", None),
    "floods the queue of events": ('loop { publish_event("x", 1) }', "events", None),
    "publishes too much at once": (
        'let s = "x"; s.pad(20000, "x"); for i in 0..100 { publish_event("x", s) }',
        "events",
        None,
    ),
    "subscribes for ever": ('loop { subscribe_event("x", |x| x) }', "subscriptions", None),
    "names an event without end": (
        'let s = "x"; s.pad(300, "x"); subscribe_event(s, |x| x)',
        "200 characters",
        None,
    ),
    "publishes a function": ('publish_event("x", |x| x)', "plain values", None),
    "publishes bytes": ('publish_event("x", blob(3))', "plain values", None),
    "throws an empty text": ('throw ""', "ScriptThrow", None),
    "asks for the time": ("timestamp()", "timestamp", None),
    "sleeps": ("sleep(1)", "sleep", None),
    "controls what it may not": ('enable_plugin("economy")', "[permissions]", None),
}


@pytest.mark.parametrize("hook", ["on_init", "on_tick", "on_control_plugin", "an event"])
@pytest.mark.parametrize(("body", "reason", "limit"), BAD.values(), ids=BAD)
def test_a_failing_mod_is_taken_out(
    mod: MakeMod, play: Play, body: str, reason: str, limit: str | None, hook: str
) -> None:
    """Whatever fails, wherever: its claims are withdrawn, the log says where, the rest plays on."""
    deeper = "\nfn deeper(n) { deeper(n + 1) + 1 }"
    at = {
        "on_init": CLAIMS.replace("subscribe_event", body + ";\n subscribe_event"),
        "on_tick": CLAIMS + "fn on_tick(turn) {\n" + body + "\n}",
        "on_control_plugin": CLAIMS + "fn on_control_plugin(p, a) {\n" + body + "\n}",
        "an event": CLAIMS
        + 'fn on_tick(t) { subscribe_event("boom", |x| {\n'
        + body
        + '\n}) publish_event("boom", 1) }'.replace(" pub", "; pub"),
    }
    host = play(
        mod("bad", at[hook] + deeper, plugins=("combat",)),
        mod("good", GOOD),
    )
    host.tick()
    host.tick()
    assert host.loaded == ("good",)
    assert dict(host.plugins["combat"].parameters) == {"difficulty": 0.5, "max_hp": 102}
    assert host.plugins["combat"].enabled
    [failure] = host.failures
    assert failure.mod == "bad"
    assert failure.hook == {"an event": "boom"}.get(hook, hook)
    error = failure.error
    assert isinstance(error, ExecutionFailed)
    assert reason in error.reason
    assert limit in (None, error.limit)
    assert error.limit or error.line is not None
    [line] = [record.text for record in host.log if record.level == "error"]
    assert line.startswith(f"{failure.hook}: ")
    assert "(main.rhai" in line


def test_a_script_that_does_not_compile(mod: MakeMod, play: Play, said: Said) -> None:
    """The log has line and column; the mod's settings are withdrawn too."""
    bad = mod(
        "bad", "fn on_init() {\n    let hp = ;\n}", settings=(Setting("combat", "max_hp", 7),)
    )
    host = play(bad, mod("good", 'fn on_init() { log("fine") }'))
    assert said(host) == [
        "bad: error: load: Unexpected ';' (main.rhai:2:14)",
        "good: info: fine",
    ]
    assert host.plugins["combat"].parameters["max_hp"] == 100
    assert isinstance(host.failures[0].error, LoadFailed)


@pytest.mark.parametrize(
    "entry", ["../main.rhai", "/etc/main.rhai", "C:/main.rhai", "..\\main.rhai"]
)
def test_an_entry_outside_the_mod(mod: MakeMod, play: Play, entry: str) -> None:
    """A mod runs only files of its own folder."""
    bad = mod("bad", "")
    outside = Mod("bad", replace(bad.manifest, entry=entry), bad.folder)
    assert isinstance(play(outside).failures[0].error, InvalidFormat)


def test_an_entry_that_nothing_runs(mod: MakeMod, play: Play, said: Said) -> None:
    """A missing file, and one that no loader accepts, are that mod's failures."""
    bad = mod("bad", "")
    missing = Mod("bad", replace(bad.manifest, entry="other.rhai"), bad.folder)
    strange = Mod("odd", replace(bad.manifest, id="odd", entry="main.lua"), bad.folder)
    host = play(missing, strange)
    assert [type(failure.error) for failure in host.failures] == [NotFound, InvalidFormat]
    assert said(host) == [
        "bad: error: load: there is no such file (other.rhai)",
        "odd: error: load: nothing here runs files that end in '.lua' (main.lua)",
    ]


def test_what_the_game_refuses_is_no_failure(mod: MakeMod, play: Play, said: Said) -> None:
    """A value out of range is logged with what is allowed; all else holds."""
    text = """fn on_init() {
        set_plugin_param("combat", "max_hp", 9000);
        set_plugin_param("combat", "max_hp", 7.0);
        set_plugin_param("weather", "sky", "pink");
        set_plugin_param("combat", "difficulty", 1);
        set_plugin_param("combat", "max_hp", 70);
    }"""
    host = play(mod("a", text))
    assert host.failures == ()
    assert dict(host.plugins["combat"].parameters) == {"difficulty": 1, "max_hp": 70}
    assert said(host) == [
        f"a: warn: {line}; nothing was changed"
        for line in (
            "combat.max_hp takes a whole number from 1 to 500, not 9000",
            "combat.max_hp takes a whole number from 1 to 500, not 7.0",
            'weather.sky takes one of clear or grey, not "pink"',
        )
    ]


NOT_THERE = {
    'set_plugin_param("combat", "max_hq", 7)': 'the plugin combat has no parameter "max_hq"; '
    'did you mean "max_hp"?',
    'set_plugin_param("wheather", "sky", "grey")': 'the game has no plugin "wheather"; '
    'did you mean "weather"?',
    'trigger_hook("combat", "round_start")': 'the plugin combat has no hook "round_start"; '
    'did you mean "round_started"?',
    'enable_plugin("economy")': 'the game has no plugin "economy"',
}


@pytest.mark.parametrize(("call", "reason"), NOT_THERE.items())
def test_what_the_game_does_not_have(
    mod: MakeMod, play: Play, said: Said, call: str, reason: str
) -> None:
    """A mod can handle that the game lacks a name; one that does not is told where it asked."""
    careful = f'fn on_init() {{ try {{ {call}; }} catch (e) {{ log("" + e); }} }}'
    host = play(mod("careful", careful), mod("rash", f"fn on_init() {{ {call} }}"))
    assert host.loaded == ("careful",)
    assert said(host) == [
        f"careful: warn: {reason}",
        f"careful: info: {reason}",
        f"rash: warn: {reason}",
        f"rash: error: on_init: {reason} (main.rhai:1)",
    ]


def test_a_setting_is_checked_as_a_command_is(mod: MakeMod, play: Play, said: Said) -> None:
    """A manifest's value outside the range is refused alone; its other settings hold."""
    settings = Setting("combat", "max_hp", 0), Setting("combat", "difficulty", 0.25)
    host = play(mod("a", None, settings=settings))
    assert dict(host.plugins["combat"].parameters) == {"difficulty": 0.25, "max_hp": 100}
    assert len(said(host)) == 1


def test_a_flood_of_lines_is_cut(mod: MakeMod, play: Play, said: Said) -> None:
    """A mod that logs too much is told so once a turn, and is heard again in the next."""
    host = play(mod("a", "fn on_tick(t) { for i in 0..2000 { log(i) } }"), mod("b", GOOD))
    host.tick()
    first = len(host.log)
    host.tick()
    assert first < 1_000
    assert said(host)[first - 1] == "a: warn: logs too much: the rest of this turn is not shown"
    assert said(host)[first] == "a: info: 0"
    assert host.failures == ()


def test_a_line_is_no_novel(mod: MakeMod, play: Play) -> None:
    """A long line is cut, whatever it is made of."""
    host = play(mod("a", 'fn on_init() { let s = "x"; s.pad(1000000, "y"); log(s); log([s]) }'))
    assert all(len(record.text) <= 2_001 for record in host.log)


@pytest.mark.parametrize(
    "body",
    [
        "f(" + "1, " * 2_000 + "1)",
        'let s = "x"; s.pad(100000, "y"); get_plugin_param(s, "x")',
        'let s = "x"; s.pad(100000, "y"); get_plugin_param("combat", s)',
    ],
)
def test_a_reason_is_no_novel_either(mod: MakeMod, play: Play, body: str) -> None:
    """A failure tells no more of the mod's own text than a line of the log does."""
    error = play(mod("bad", body)).failures[0].error
    assert isinstance(error, LoadFailed)
    assert len(error.reason) <= 2_000


@pytest.mark.parametrize(
    ("flood", "hook"),
    [
        ('publish_event("x", 1)', "x"),
        ('trigger_hook("combat", "round_started")', "on_control_plugin"),
    ],
)
def test_many_short_calls_are_a_long_one(mod: MakeMod, play: Play, flood: str, hook: str) -> None:
    """A mod whose calls are each within limits, but without end, is stopped in the same turn."""
    busy = "let n = 0; for i in 0..10000 { n += i; }"
    bad = f"""
        fn on_init() {{ subscribe_event("x", |x| {{ {busy} }}); }}
        fn on_control_plugin(plugin, action) {{ {busy} }}"""
    good = f"fn on_tick(t) {{ for i in 0..1000 {{ {flood} }} }}"
    host = play(mod("good", good), mod("bad", bad), config=ModSystemConfig(turn=0.2))
    host.tick()
    [failure] = host.failures
    assert (failure.mod, failure.hook) == ("bad", hook)
    assert isinstance(failure.error, ExecutionFailed)
    assert failure.error.limit == "timeout"
    assert host.loaded == ("good",)


def test_dependents_are_told(mod: MakeMod, play: Play, said: Said) -> None:
    """Who needs the failed mod hears it, whether it loaded before or loads after; others do not."""

    def on(*ids: str) -> tuple[Dependency, ...]:
        return (Dependency(tuple(Requirement(id, parse_range("*")) for id in ids)),)

    provides = (Provision("virtual", parse_version("1.0.0")),)
    host = play(
        mod("lib", 'fn on_tick(t) { throw "x" }', provides=provides),
        mod("broken", 'throw "y"'),
        mod("first", None, dependencies=on("lib")),
        mod("second", None, dependencies=on("virtual")),
        mod("third", None, dependencies=on("lib", "first")),
        mod("fourth", None, dependencies=on("broken")),
        mod("fifth", None),
    )
    host.tick()
    assert [line for line in said(host) if "warn" in line] == [
        "fourth: warn: broken failed, and this mod depends on it",
        "first: warn: lib failed, and this mod depends on it",
        "second: warn: lib failed, and this mod depends on it",
    ]
    assert host.loaded == ("first", "second", "third", "fourth", "fifth")


def test_a_failure_is_an_event(mod: MakeMod, play: Play) -> None:
    """The game hears of a mod that leaves, and of what its plugins are without it."""
    text = 'fn on_init() { set_plugin_param("combat", "max_hp", 7) } fn on_tick(t) { throw t }'
    ear = mod("ear", "fn on_control_plugin(plugin, action) { log(action) }")
    host = play(mod("bad", text), ear)
    gone: list[ModUnloadedEvent] = []
    host.events.subscribe(ModUnloadedEvent, gone.append)
    host.events.subscribe(ModLoadFailedEvent, lambda event: pytest.fail(str(event)))
    host.tick()
    assert gone == [ModUnloadedEvent("bad")]
    assert [r.text for r in host.log if r.mod == "ear"][-1] == str(SetParam("max_hp", 100))


@pytest.mark.parametrize(
    "body",
    [
        "enable_plugin(name)",
        'set_plugin_param("combat", name, 1)',
        'set_plugin_param("weather", "sky", name)',
        'trigger_hook("combat", name)',
        "get_plugin_param(name, name)",
        "subscribe_event(name, |x| { throw x }); publish_event(name, name)",
        "log([name]); print(name); log(name)",
        "throw name",
        "throw #{ `${name}`: name }",
    ],
)
def test_a_name_that_a_terminal_would_obey(mod: MakeMod, play: Play, body: str) -> None:
    """Whatever a mod calls things, each record is one line that does nothing to who reads it."""
    name = 'let name = "red\\x1b[31m\\r\\nturned\\u202e\\u0085";'
    host = play(mod("bad", f"fn on_tick(turn) {{ {name} {body} }}"), mod("good", GOOD))
    host.tick()
    host.tick()
    assert "good" in host.loaded
    assert host.log != ()
    assert all(record.text.isprintable() for record in host.log)
    assert [record.level for record in host.log].count("error") == len(host.failures)


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        ("load", 'event "load"'),
        ("on_init", 'event "on_init"'),
        ("", 'event ""'),
        ("two\nlines\x1b[1m", "two lines\N{REPLACEMENT CHARACTER}[1m"),
    ],
)
def test_an_event_with_a_name_that_confuses(
    mod: MakeMod, play: Play, said: Said, event: str, shown: str
) -> None:
    """A callback is no start, whatever the event is called, and one line tells of it."""
    bad = f"""fn on_init() {{
        subscribe_event(`{event}`, |x| {{ throw "oh" }})
    }}"""
    host = play(mod("bad", bad), config=ModSystemConfig(retries=1))
    gone: list[ModUnloadedEvent] = []
    host.events.subscribe(ModUnloadedEvent, gone.append)
    host.events.subscribe(ModLoadFailedEvent, lambda event: pytest.fail(str(event)))
    host.publish(event)
    host.tick()
    host.tick()
    assert (gone, host.loaded) == ([ModUnloadedEvent("bad")], ("bad",))
    [line] = said(host)
    assert line.startswith(f"bad: error: {shown}: oh (main.rhai:")


def test_what_a_failed_mod_queued_is_dropped(mod: MakeMod, play: Play, said: Said) -> None:
    """Commands and events from before the failure, in the same turn, come to nothing."""
    text = """fn on_tick(turn) {
        set_plugin_param("combat", "max_hp", 7);
        publish_event("news", 1);
        throw "now";
    }"""
    ear = mod("ear", 'fn on_init() { subscribe_event("news", |x| log("heard")) }')
    host = play(mod("bad", text), ear)
    host.tick()
    assert host.plugins["combat"].parameters["max_hp"] == 100
    assert not [line for line in said(host) if line.startswith("ear")]


def test_goodbye_may_fail(mod: MakeMod, play: Play, said: Said) -> None:
    """A mod that fails in `on_shutdown` keeps nobody else from it."""
    host = play(
        mod("a", 'fn on_shutdown() { log("bye") }'), mod("b", "fn on_shutdown() { loop {} }")
    )
    host.close()
    assert said(host)[-1] == "a: info: bye"
    assert [failure.hook for failure in host.failures] == ["on_shutdown"]

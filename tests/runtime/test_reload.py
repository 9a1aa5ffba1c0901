"""Mods that change while they play: the new version takes over, or the old one goes on."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from modpm.conflict.rules import Rules
from modpm.game import Game
from modpm.manifest import Manifest, Permissions, Setting
from modpm.requirement import Dependency, Requirement
from modpm.runtime import (
    Host,
    LogRecord,
    Mod,
    ModReloadedEvent,
    ModReloadFailedEvent,
    ModReloadRequested,
    PluginParameterChangedEvent,
)
from modpm.runtime.host import all_loaders
from modpm.versions import parse_range, parse_version

Build = Callable[[Path], Path]
Version = Callable[..., Mod]
MakeMod = Callable[..., Mod]
Play = Callable[..., Host]
Said = Callable[[Host], list[str]]

RELAY = Path(__file__).with_name("relay")
BOOM = {"rhai": 'throw "boom"', "wasm": 'modpm_fail("boom");'}
STUCK = {
    "rhai": 'log("stuck"); loop {}',
    "wasm": 'modpm_log("stuck"); for (volatile int64_t n = 0;; n++) {}',
}
FILES = {"rhai": ("main.rhai", "main.rhai"), "wasm": ("main.c", "mod.wasm")}
"""The source, and the entry, of each kind of mod."""


def needs(id: str, range: str = "*") -> dict[str, Any]:
    """Return what a manifest says that depends on one mod."""
    return {"dependencies": (Dependency((Requirement(id, parse_range(range)),)),)}


@pytest.fixture
def version(tmp_path: Path, kind: str, built: Build) -> Version:
    """Make a version of the relay; `edits` stand in the place of its marks."""
    count = iter(range(1000))

    def make(id: str = "a", edits: dict[str, str] | None = None, **manifest: Any) -> Mod:
        source, entry = FILES[kind]
        text = (RELAY / source).read_text(encoding="utf-8")
        for mark, code in (edits or {}).items():
            old = next(line for line in text.splitlines() if f"/*{mark}*/" in line)
            text = text.replace(old, code if mark != "hp" else old.replace("200", code))
        folder = tmp_path / f"{next(count)}" / "relay"
        folder.mkdir(parents=True)
        (folder / source).write_text(text, encoding="utf-8", newline="\n")
        if kind == "wasm":
            copy(RELAY / "mod.toml", folder)
            copy(built(folder), folder / entry)
        about: dict[str, Any] = {"version": parse_version("1.0.0"), "name": "Relay"} | manifest
        may = Permissions(plugins=("*",))
        return Mod(id, Manifest(id=id, entry=entry, permissions=may, **about), folder)

    return make


@pytest.fixture
def start(game: Game) -> Iterator[Play]:
    """Start a host with these mods, of any kind; it is closed when the test ends."""
    hosts: list[Host] = []

    def start(*mods: Mod, rules: Rules = Rules()) -> Host:  # noqa: B008
        host = Host(game, mods, rules, 7, all_loaders())
        hosts.append(host)
        host.start()
        return host

    yield start
    for host in hosts:
        host.close()


def ticks(host: Host, count: int) -> None:
    """Play some turns."""
    for _ in range(count):
        host.tick()


def ended(host: Host) -> list[object]:
    """Return all that can be seen of a game."""
    return [host.loaded, host.plugins, host.claims, host.decisions, host.failures, host.log]


def hp(host: Host) -> object:
    """Return what the mods made of max_hp."""
    return host.plugins["combat"].parameters["max_hp"]


def loaded(host: Host) -> str:
    """Return who is there, in load order."""
    return " ".join(host.loaded)


def reload(host: Host, mod: Mod, edited: bool = True) -> None:
    """Reload a mod in the next update."""
    host.events.publish(ModReloadRequested(mod.id, mod.request(), edited))


def test_reloading_what_is_the_same_changes_nothing(version: Version, start: Play) -> None:
    """Log, claims and values are the same bytes with any number of reloads in any turns."""
    mods = version("a"), version("b", **needs("a"))

    @settings(max_examples=15, deadline=None)
    @given(turns=st.lists(st.integers(0, 5)), both=st.booleans())
    def law(turns: list[int], both: bool) -> None:
        quiet, busy = start(*mods), start(*mods)
        for turn in range(6):
            for mod in mods[: 1 + both] * turns.count(turn):
                reload(busy, mod, edited=False)
            ticks(quiet, 1)
            ticks(busy, 1)
        assert ended(busy) == ended(quiet)

    law()


def test_the_new_version_takes_over(version: Version, start: Play, game: Game) -> None:
    """What it claims when it starts counts, what the old one claimed does not, others' stays."""
    a, b = version("a"), version("b", {"hp": "300"})
    first = Rules(strategy={"default": "first-wins"})
    host = start(a, b, rules=first)
    ticks(host, 3)
    before = [claim for claim in host.claims if claim.mod == "b"]
    heard: list[object] = []
    for event in (PluginParameterChangedEvent, ModReloadedEvent):
        host.events.subscribe(event, heard.append)
    host.change([version("a", {"hp": "260"}), b], first, game)
    assert (hp(host), loaded(host)) == (260, "a b")
    assert [(c.key, c.value) for c in host.claims if c.mod == "a"] == [("max_hp", 260)]
    assert [claim for claim in host.claims if claim.mod == "b"] == before
    *changed, reloaded = heard
    difficulty = host.plugins["combat"].parameters["difficulty"]
    assert changed == [
        PluginParameterChangedEvent("combat", "difficulty", difficulty, "a"),
        PluginParameterChangedEvent("combat", "max_hp", 260, "a"),
    ]
    assert isinstance(reloaded, ModReloadedEvent)
    assert (reloaded.handle.id, reloaded.kept) == ("a", True)


def test_state_and_luck_are_handed_over(
    version: Version, start: Play, game: Game, said: Said
) -> None:
    """The new version counts on where the old one was, and draws what that would have drawn."""
    a = version("a")
    host, other = start(a), start(a)
    ticks(host, 3)
    host.change([version("a", {"hp": "201"})], Rules(), game)
    ticks(host, 1)
    ticks(other, 4)
    difficulty = host.plugins["combat"].parameters["difficulty"]
    assert difficulty == other.plugins["combat"].parameters["difficulty"]
    assert said(host)[-2:] == ["a: info: 4 turns, heard 2006", "a: info: 4 turns, heard 2010"]


def test_a_component_that_saves_nothing_starts_anew(
    entry: Callable[[str], Path], start: Play, kind: str, said: Said
) -> None:
    """The memory of a script is its `this`; nobody but a component knows its own."""
    file = entry("twin")
    may, version = Permissions(plugins=("*",)), parse_version("1.0.0")
    twin = Manifest("twin", version, "Twin", entry=file.name, permissions=may)
    a = Mod("twin", twin, file.parent)
    host = start(a)
    heard: list[ModReloadedEvent] = []
    host.events.subscribe(ModReloadedEvent, heard.append)
    ticks(host, 1)
    reload(host, a)
    ticks(host, 1)
    host.close()
    assert [event.kept for event in heard] == [kind == "rhai"]
    assert said(host)[-1] == ("twin: info: 2 turns" if kind == "rhai" else "twin: info: 0 turns")


@pytest.mark.parametrize("what", ["compile", "load", "init"])
def test_the_old_version_goes_on_if_the_new_one_fails(
    version: Version, start: Play, game: Game, kind: str, what: str
) -> None:
    """Whether it does not compile, is cut off, or fails to start: all but one line is the same."""
    a, b = version("a"), version("b")
    host, quiet = start(a, b), start(a, b)
    ticks(host, 3)
    ticks(quiet, 3)
    heard: list[object] = []
    for event in (PluginParameterChangedEvent, ModReloadFailedEvent):
        host.events.subscribe(event, heard.append)
    host.change([broken(version, kind, what), b], Rules(), game)
    [failed] = heard
    assert isinstance(failed, ModReloadFailedEvent)
    assert (failed.mod_id, failed.mod_ids) == ("a", ("a",))
    line = host.log[-1]
    assert line.level == "error"
    assert line.text.startswith(f"not reloaded, plays on as it was: {failed.hook}: ")
    ticks(host, 3)
    ticks(quiet, 3)
    assert [one for one in host.log if one != line] == list(quiet.log)
    assert ended(host)[:-1] == ended(quiet)[:-1]


def broken(version: Version, kind: str, what: str) -> Mod:
    """Return a version that fails at that."""
    if what == "init":
        return version("a", {"hp": "7", "init": BOOM[kind]})
    made = version("a")
    file = made.folder / FILES[kind][1]
    if what == "compile":
        file.write_bytes(b"fn (" if kind == "rhai" else b"\0asm\x0d\0\1\0junk")
    else:
        file.write_bytes(file.read_bytes()[:150])
    return made


def test_what_depends_on_it_is_reloaded_too(version: Version, start: Play, game: Game) -> None:
    """In load order, and only that; a failure of one of them takes all of them back."""
    a, b, c = version("a"), version("b", **needs("a")), version("c")
    host = start(a, b, c)
    heard: list[object] = []
    host.events.subscribe(ModReloadedEvent, heard.append)
    host.change([version("a", {"hp": "201"}), b, c], Rules(), game)
    assert [e.handle.id for e in heard if isinstance(e, ModReloadedEvent)] == ["a", "b"]


def test_a_dependent_that_fails_takes_the_new_version_back(
    version: Version, mod: MakeMod, start: Play, game: Game, said: Said
) -> None:
    """The line names who failed, and with what."""
    picky = """fn on_init() {
        if get_plugin_param("combat", "max_hp") != 200 { throw "what is this?" }
    }"""
    a, b = version("a"), mod("b", picky, **needs("a"))
    host = start(a, b)
    host.change([version("a", {"hp": "201"}), b], Rules(), game)
    assert hp(host) == 200
    assert said(host)[-1] == (
        "b: error: not reloaded, plays on as it was: on_init: what is this? (main.rhai:2:58)"
        " (with the new a)"
    )
    ticks(host, 1)
    assert host.failures == ()


def test_a_reload_keeps_the_id(version: Version, start: Play, said: Said) -> None:
    """A version that calls itself something else is refused, and so is a mod that is not there."""
    host = start(version("a"))
    ticks(host, 1)
    reload(host, Mod("a", version("z").manifest, version("z").folder))
    reload(host, version("y"))
    ticks(host, 1)
    assert loaded(host) == "a"
    refused = "error: not reloaded, plays on as it was: load:"
    assert [line for line in said(host) if "error" in line] == [
        f"y: {refused} there is no such file (relay)",
        f"a: {refused} its id would be z, and a reload keeps the id",
    ]


def test_a_new_version_must_suit_those_who_need_it(
    version: Version, start: Play, game: Game, said: Said
) -> None:
    """1.1 is taken by a mod that needs ^1; 2.0 is refused."""
    a, b = version("a"), version("b", **needs("a", "^1"))
    host = start(a, b)
    host.change([version("a", {"hp": "201"}, version=parse_version("1.1.0")), b], Rules(), game)
    assert hp(host) == 200, "b is last"
    assert [claim.value for claim in host.claims if claim.key == "max_hp"] == [201, 200]
    host.change([version("a", {"hp": "202"}, version=parse_version("2.0.0")), b], Rules(), game)
    assert [claim.value for claim in host.claims if claim.key == "max_hp"] == [201, 200]
    assert said(host)[-1] == (
        "b: error: not reloaded, plays on as it was: load: it needs a ^1, and that would be 2.0.0"
        " (with the new a)"
    )


def test_an_undone_edit_is_no_edit(version: Version, start: Play, game: Game, kind: str) -> None:
    """Back from a version that failed to the one that plays, nothing is reloaded."""
    a = version("a")
    host = start(a)
    heard: list[object] = []
    host.change([broken(version, kind, "init")], Rules(), game)
    host.events.subscribe(ModReloadedEvent, heard.append)
    host.change([a], Rules(), game)
    assert heard == []


def test_a_mod_that_failed_comes_back_when_it_is_edited(
    version: Version, start: Play, game: Game, kind: str
) -> None:
    """And not before: what others change does not call it back."""
    a, b = version("a", {"tick": BOOM[kind]}), version("b")
    host = start(a, b)
    ticks(host, 1)
    assert loaded(host) == "b"
    other = version("b", {"hp": "90"})
    host.change([a, other], Rules(), game)
    assert loaded(host) == "b"
    host.change([version("a"), other], Rules(), game)
    assert loaded(host) == "a b"
    assert hp(host) == 90, "in its place in the load order"


def test_mods_come_and_go(version: Version, start: Play, game: Game, said: Said) -> None:
    """A mod that is taken out says goodbye; a new one starts where the load order has it."""
    a, b, c = version("a", {"hp": "11"}), version("b", {"hp": "12"}), version("c", {"hp": "13"})
    host = start(a, c)
    host.change([a, b, c], Rules(), game)
    assert (loaded(host), hp(host)) == ("a b c", 13)
    host.change([c, a, b], Rules(), game)
    assert (loaded(host), hp(host)) == ("c a b", 12)
    host.change([a, c], Rules(), game)
    assert (loaded(host), hp(host)) == ("a c", 13)
    assert said(host)[-1] == "b: info: bye"
    assert host.failures == ()


def test_a_mod_that_is_needed_stays(version: Version, start: Play, game: Game, kind: str) -> None:
    """If the version that can do without it does not start, the old one has what it needs."""
    a, b = version("a"), version("b", **needs("a"))
    host = start(a, b)
    host.change([version("b", {"init": BOOM[kind]})], Rules(), game)
    assert loaded(host) == "a b"
    host.change([version("b", {"hp": "5"})], Rules(), game)
    assert (loaded(host), hp(host)) == ("b", 5)


def test_the_players_word_counts_at_once(version: Version, start: Play, game: Game) -> None:
    """Priorities, pins and strategies change what is decided, and reload nothing."""
    a, b = version("a", {"hp": "11"}), version("b", {"hp": "12"})
    host = start(a, b)
    heard: list[object] = []
    for kind in (PluginParameterChangedEvent, ModReloadedEvent):
        host.events.subscribe(kind, heard.append)
    by_priority = Rules(strategy={"default": "priority"})
    host.change([replace(a, priority=5), b], by_priority, game)
    assert hp(host) == 11
    host.change([replace(a, priority=5), b], Rules(pins={("combat", "max_hp"): 150}), game)
    host.change([a, b], Rules(), game)
    changed = [e for e in heard if isinstance(e, PluginParameterChangedEvent)]
    assert [(e.value, e.source_mod) for e in changed] == [(11, ""), (150, ""), (12, "")]
    assert len(heard) == 3


def test_the_game_may_change_too(version: Version, start: Play, game: Game) -> None:
    """A parameter that is gone takes its claims along; a narrower range refuses a claim."""
    host = start(version("a"))
    ticks(host, 1)
    combat, weather = game.plugins
    max_hp = next(p for p in combat.parameters if p.name == "max_hp")
    smaller = replace(combat, parameters=(replace(max_hp, max=150, default=90),))
    host.change([version("a")], Rules(), replace(game, plugins=(smaller, weather)))
    assert host.plugins["combat"].parameters == {"max_hp": 90}
    host.change([version("a")], Rules(), game)
    assert host.plugins["combat"].parameters == {"max_hp": 200, "difficulty": 0.5}


def test_settings_are_the_new_versions(mod: MakeMod, start: Play, game: Game) -> None:
    """A mod without code is reloaded as well: its manifest is all it is."""
    a = mod("a", None, settings=(Setting("combat", "max_hp", 50),))
    host = start(a)
    other = replace(a.manifest, settings=(Setting("combat", "max_hp", 60, priority=3),))
    host.change([replace(a, manifest=other)], Rules(), game)
    assert (hp(host), [claim.priority for claim in host.claims]) == (60, [3])


def test_a_mod_can_change_its_language(
    version: Version, start: Play, mod: MakeMod, game: Game, said: Said
) -> None:
    """It draws on where the other was; what it was like inside only hooks can tell."""
    a = version("a")
    host, other = start(a), start(a)
    ticks(host, 2)
    ticks(other, 3)
    script = mod("a", "fn on_tick(turn) { log(random()) } fn on_load_state(s) { log(s) }")
    host.change([script], Rules(), game)
    ticks(host, 1)
    drawn = other.plugins["combat"].parameters["difficulty"]
    assert said(host)[-1] == f"a: info: {drawn}"


def test_a_script_can_hand_over_what_it_likes(
    mod: MakeMod, tmp_path: Path, start: Play, game: Game, said: Said
) -> None:
    """With both hooks, `this` is what `on_load_state` makes of it."""
    text = """
        fn on_init() { this.n = 1; this.secret = 2; }
        fn on_save_state() { #{n: this.n + 10} }
        fn on_load_state(state) { this.n = state.n; log(`${this.n} ${this.secret}`); }
        fn on_tick(turn) { this.secret = 3; }"""
    a = mod("a", text)
    host = start(a)
    ticks(host, 1)
    reload(host, a)
    ticks(host, 1)
    assert said(host) == ["a: info: 11 2"]


def test_functions_in_this_are_the_new_versions(mod: MakeMod, start: Play, said: Said) -> None:
    """A function belongs to its script; everything else in `this` stays, and new names come."""
    text = 'fn on_init() { this.n = 0; this.say = |x| "%s" + x; %s } fn on_tick(turn) { %s }'
    host = start(mod("a", text % ("old ", "", "this.n += 1; log(this.say.call(this.n))")))
    ticks(host, 2)
    new = mod(
        "b", text % ("new ", "this.m = 5;", "this.n += 1; log(this.say.call(this.n + this.m))")
    )
    reload(host, Mod("a", replace(new.manifest, id="a"), new.folder))
    ticks(host, 2)
    said_ = [line.removeprefix("a: info: ") for line in said(host)]
    assert said_ == ["old 1", "old 2", "old 3", "new 9"]


def test_a_save_that_fails_keeps_no_mod_from_being_mended(
    mod: MakeMod, start: Play, game: Game, said: Said
) -> None:
    """The new version starts; a warning says that nothing was saved."""
    text = 'fn on_init() { this.n = %d } fn on_save_state() { throw "oh" } fn on_load_state(s) {}'
    host = start(mod("a", text % 1))
    new = mod("b", text % 2)
    host.change([Mod("a", replace(new.manifest, id="a"), new.folder)], Rules(), game)
    assert said(host) == ["a: warn: on_save_state saved nothing: oh (main.rhai:1:50)"]


def test_an_interrupt_brings_the_old_version_back(
    version: Version, start: Play, game: Game, kind: str, said: Said
) -> None:
    """Ctrl-C while the new version starts is not lost, and the old one shuts down."""
    host = start(version("a"))
    new = version("a", {"hp": "201", "init": STUCK[kind]})

    def interrupt(record: LogRecord) -> None:
        if record.text == "stuck":
            signal.raise_signal(signal.SIGINT)

    host.events.subscribe(LogRecord, interrupt)
    with pytest.raises(KeyboardInterrupt):
        host.change([new], Rules(), game)
    assert hp(host) == 200
    host.close()
    assert "a: info: bye" in said(host)

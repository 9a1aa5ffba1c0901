"""Loaders of other distributions: one that works runs its mods, one that does not costs nobody."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.game import Game
from modpm.runtime import (
    GameBuilder,
    GameRuntime,
    Host,
    LogRecord,
    Mod,
    ModLoaderState,
    ModSystemConfig,
    ModSystemPlugin,
)
from modpm.runtime.host import all_loaders
from modpm.runtime.offers import installed
from modpm.runtime.registry import ModRegistry

Distribution = Callable[..., None]
MakeMod = Callable[..., Mod]
Play = Callable[..., Host]
Said = Callable[[Host], list[str]]

MODULE = """
from modpm.runtime import RhaiLoader
from msgspec.structs import replace

class Panic(BaseException):
    pass

class Mute(Exception):
    def __str__(self):
        raise OSError("no words")

class Lua(RhaiLoader):
    def __init__(self):
        super().__init__()
        {constructor}

    def accepts(self, path):
        {accepts}
        return path.suffix == ".lua"

    def load(self, path, context):
        {load}
        return super().load(path, context)

    def unload(self, handle):
        {unload}
        super().unload(handle)

    def drain_commands(self):
        {drain}
        return super().drain_commands()

    def call_function(self, handle, name, *args):
        {call}
        return super().call_function(handle, name, *args)

    direct = None

{module}
"""
PLACES = ("constructor", "accepts", "load", "unload", "drain", "call", "module")
GOOD = 'fn on_init() { set_plugin_param("combat", "max_hp", 150) }'
LUA = 'fn on_init() { log("hello") } fn on_tick(turn) { log("turn " + turn) }'
NAME = "the loader lua (lua_mods:Lua) of modpm-lua 1.0"


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Distribution:
    """Install a distribution with a loader for .lua files, with code of its own in these places."""

    def install(**code: str) -> None:
        info = tmp_path / "site" / "modpm_lua-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: modpm-lua\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[modpm.loaders]\nlua = lua_mods:Lua\n")
        text = MODULE.format(**{place: code.get(place, "pass") for place in PLACES})
        (info.parent / "lua_mods.py").write_text(text)
        monkeypatch.syspath_prepend(info.parent)
        monkeypatch.delitem(sys.modules, "lua_mods", raising=False)

    return install


@pytest.fixture
def lua(mod: MakeMod) -> Mod:
    """A mod that only that loader runs."""
    made = mod("lua", None)
    (made.folder / "main.lua").write_text(LUA)
    manifest = type(made.manifest)("lua", made.manifest.version, "Lua", "main.lua")
    return Mod("lua", manifest, made.folder)


def test_a_loader_that_works(
    distribution: Distribution, lua: Mod, mod: MakeMod, play: Play, said: Said
) -> None:
    """It is found when a file needs it, and runs its mods beside all others."""
    distribution()
    host = play(lua, mod("good", GOOD))
    host.tick()
    assert (host.loaded, host.failures) == (("lua", "good"), ())
    assert said(host) == ["lua: info: hello", "lua: info: turn 1"]


def test_no_loader_is_looked_for_without_need(
    distribution: Distribution, mod: MakeMod, play: Play, said: Said
) -> None:
    """Other distributions are asked only about files that ours do not run."""
    distribution(module='raise OSError("never seen")')
    assert said(play(mod("a", GOOD))) == []


@pytest.mark.parametrize("error", ["OSError", "SystemExit", "Panic"])
@pytest.mark.parametrize("place", ["module", "constructor", "accepts", "load"])
def test_a_loader_that_raises(
    distribution: Distribution,
    lua: Mod,
    mod: MakeMod,
    play: Play,
    said: Said,
    place: str,
    error: str,
) -> None:
    """Only its mods fail; the line names the entry point, its distribution and the error."""
    distribution(**{place: f'raise {error}("no interpreter")'})
    host = play(lua, mod("good", GOOD))
    host.tick()
    assert host.loaded == ("good",)
    assert host.plugins["combat"].parameters["max_hp"] == 150
    assert [failure.mod for failure in host.failures] == ["lua"]
    told = f"{error}: no interpreter"
    if place != "load":
        assert f"modpm: warn: {NAME} does not work: {told}" in said(host)
    else:
        assert told in said(host)[0]


@pytest.mark.parametrize("error", ["OSError", "Panic"])
@pytest.mark.parametrize("place", ["unload", "drain", "call"])
def test_a_loader_that_breaks_later(
    distribution: Distribution,
    lua: Mod,
    mod: MakeMod,
    play: Play,
    said: Said,
    place: str,
    error: str,
) -> None:
    """What it raises while it plays, or when a mod leaves, is told once and ends no turn."""
    distribution(**{place: f'raise {error}("no interpreter")'})
    host = play(lua, mod("good", GOOD))
    host.tick()
    if "lua" in host.loaded:
        host.unload("lua")
    host.tick()
    assert host.loaded == ("good",)
    assert [f"{error}: no interpreter" in line for line in said(host)].count(True) == 1


@pytest.mark.parametrize("place", [place for place in PLACES if place != "unload"])
def test_a_loader_whose_error_cannot_be_told(
    distribution: Distribution, lua: Mod, mod: MakeMod, play: Play, said: Said, place: str
) -> None:
    """Then its type has to do."""
    distribution(**{place: "raise Mute"})
    host = play(lua, mod("good", GOOD))
    host.tick()
    assert "good" in host.loaded
    assert any(line.split(" (main")[0].endswith(": Mute") for line in said(host))


def test_a_loader_that_says_something_else(
    distribution: Distribution, lua: Mod, mod: MakeMod, play: Play, said: Said
) -> None:
    """A mod keeps the id that it was asked for by; what is no answer is none."""
    distribution(load='return replace(super().load(path, context), id="good")')
    host = play(lua, mod("good", GOOD))
    assert host.loaded == ("good",)
    assert said(host) == [f"lua: error: load: {NAME} calls it good (main.lua)"]


def test_a_folder_with_such_files(distribution: Distribution, game: Game, tmp_path: Path) -> None:
    """A game that follows its folder goes on without them, and keeps following."""
    distribution(accepts='raise SystemExit("no interpreter")')
    mods = tmp_path / "mods"
    mods.mkdir()
    (mods / "a.lua").write_text(LUA)
    config = ModSystemConfig(mod_dir=mods, auto_load=True, hot_reload=True)
    part = ModSystemPlugin(config).with_loader(ModRegistry(all_loaders(), installed))
    runtime = GameBuilder().with_game(game).with_plugin(part).build()
    log = runtime.events.inbox(LogRecord)
    runtime.update()
    (mods / "good.rhai").write_text(GOOD)
    until(runtime, "good")
    assert [record.text for record in log] == [f"{NAME} does not work: SystemExit: no interpreter"]


def until(runtime: GameRuntime, mod: str) -> None:
    """Update until the mod is there."""
    end = time.monotonic() + 60
    while mod not in runtime.resource(ModLoaderState).mods:
        assert time.monotonic() < end
        runtime.update()
        time.sleep(0.01)

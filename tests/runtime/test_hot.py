"""A game that follows its folder of mods, of both kinds."""

import gc
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copy, rmtree

import pytest

from modpm.game import Game
from modpm.runtime import (
    GameBuilder,
    GameRuntime,
    LogRecord,
    ModLoaderState,
    ModReloadedEvent,
    ModSystemConfig,
    ModSystemPlugin,
)
from modpm.runtime.host import all_loaders
from modpm.runtime.registry import ModRegistry

SECONDS = 60


class Running:
    """A game with hot reload that updates until something is so."""

    def __init__(self, game: Game, folder: Path) -> None:
        config = ModSystemConfig(mod_dir=folder, hot_reload=True, auto_load=True)
        part = ModSystemPlugin(config).with_loader(ModRegistry(all_loaders()))
        self.runtime: GameRuntime = GameBuilder().with_game(game).with_plugin(part).build()
        self.reloaded = self.runtime.events.inbox(ModReloadedEvent)
        self.log = self.runtime.events.inbox(LogRecord)
        self.runtime.update()

    @property
    def mods(self) -> tuple[str, ...]:
        """Who is loaded."""
        return tuple(self.runtime.resource(ModLoaderState).mods)

    def param(self, key: str) -> object:
        """Return a parameter of the combat plugin."""
        return self.runtime.plugins.states()["combat"].parameters[key]

    def until(self, done: Callable[[], bool]) -> None:
        """Update until that is so."""
        end = time.monotonic() + SECONDS
        while not done():
            assert time.monotonic() < end, (self.mods, self.log)
            self.runtime.update()
            time.sleep(0.01)


@pytest.fixture
def running(game: Game, tmp_path: Path, entry: Callable[[str], Path]) -> Running:
    """A game with the relay, as a bare file, in its folder."""
    file = entry("relay")
    (tmp_path / "mods").mkdir()
    copy(file, tmp_path / "mods" / f"relay{file.suffix}")
    return Running(game, tmp_path / "mods")


SCRIPT = 'fn on_init() { set_plugin_param("combat", "max_hp", %d) }'
MANIFEST = """
manifest-version = 1
[mod]
id = "%s"
version = "1.0.0"
entry = "main.rhai"
[permissions]
plugins = ["combat"]
"""


def test_mods_come_change_and_go(running: Running, tmp_path: Path) -> None:
    """A folder that is put there is loaded, edited reloaded, removed unloaded."""
    assert (running.mods, running.param("max_hp")) == (("relay",), 200)
    made, folder = tmp_path / "made", tmp_path / "mods" / "zoe"
    made.mkdir()
    (made / "mod.toml").write_text(MANIFEST % "zoe", encoding="utf-8")
    (made / "main.rhai").write_text(SCRIPT % 7, encoding="utf-8")
    made.rename(folder)
    running.until(lambda: running.param("max_hp") == 7)
    (folder / "main.rhai").write_text(SCRIPT % 8, encoding="utf-8")
    running.until(lambda: running.param("max_hp") == 8)
    rmtree(folder)
    running.until(lambda: running.mods == ("relay",))
    assert running.param("max_hp") == 200


def test_an_edit_that_fails_changes_nothing(running: Running, tmp_path: Path) -> None:
    """The old version plays on, and one line says so; a new id is refused like a mistake."""
    folder = tmp_path / "mods" / "zoe"
    folder.mkdir()
    (folder / "main.rhai").write_text(SCRIPT % 7, encoding="utf-8")
    (folder / "mod.toml").write_text(MANIFEST % "zoe", encoding="utf-8")
    running.until(lambda: running.param("max_hp") == 7)
    (folder / "mod.toml").write_text(MANIFEST % "zac", encoding="utf-8")
    running.until(lambda: any("zac" in record.text for record in running.log))
    assert (running.mods, running.param("max_hp")) == (("relay", "zoe"), 7)
    errors = [record.text for record in running.log if record.level == "error"]
    assert errors == [
        "not reloaded, plays on as it was: load: its id would be zac, and a reload keeps the id"
    ]


def test_a_bare_file_follows(running: Running, tmp_path: Path) -> None:
    """A script or component that is cut off fails, and is followed when it is whole again."""
    file = next((tmp_path / "mods").iterdir())
    whole = file.read_bytes()
    file.write_bytes(whole[:99])
    running.until(lambda: any("not reloaded" in record.text for record in running.log))
    assert (running.mods, running.param("max_hp")) == (("relay",), 200)
    running.log.clear()
    file.write_bytes(whole)
    running.until(lambda: running.reloaded != [])
    assert [record for record in running.log if record.level == "error"] == []


def test_a_folder_of_nonsense(game: Game, tmp_path: Path) -> None:
    """What is no mod is told in lines that can be shown; the rest plays, and is followed."""
    for name in ("a.rhai", "two\n\x1b[1mlines.rhai" if os.name != "nt" else "b.rhai"):
        (tmp_path / name).write_text('fn on_init() { log("hi") }', encoding="utf-8")
    (tmp_path / "a.wasm").write_bytes(b"\0asm\x0d\0\1\0")
    (tmp_path / "folder.rhai").mkdir()
    for name, text in {"bytes": b"\xff\xfe", "deep": b"x=" + b"[" * 99_999, "none": b""}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "mod.toml").write_bytes(text)
    if sys.platform == "linux":
        os.mkfifo(tmp_path / "pipe.rhai")
        (tmp_path / os.fsdecode(b"half\xff.rhai")).write_bytes(b"")
        (tmp_path / "zero.rhai").symlink_to("/dev/zero")
        (tmp_path / "loop.rhai").symlink_to("loop.rhai")
    running = Running(game, tmp_path)
    assert len(running.mods) == 2
    told = {record.mod: record for record in running.log if record.level != "info"}
    assert {"bytes", "deep", "none"} < told.keys()
    assert told["a"].text == "a.wasm is left out: a mod with this id is already loaded"
    for record in running.log:
        assert f"{record.mod}{record.text}".isprintable()
        f"{record.mod}{record.text}".encode()
    (tmp_path / "late.rhai").write_text(SCRIPT % 7, encoding="utf-8")
    running.until(lambda: "late" in running.mods)


def test_nobody_watches_for_a_game_that_is_gone(game: Game, tmp_path: Path) -> None:
    """The thread ends with the game."""
    before = set(threading.enumerate())
    running = Running(game, tmp_path)
    running.runtime.update()
    [watching] = set(threading.enumerate()) - before
    del running
    gc.collect()
    assert not watching.is_alive()

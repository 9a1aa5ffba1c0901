"""Mods on the player's own disk: folders and bare scripts, honest and not."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modpm.cli.messages import explain
from modpm.errors import HostileArchive, InvalidFormat, LoadFailed, ModpmError, NotFound
from modpm.requirement import Requirement
from modpm.runtime import LogRecord

if TYPE_CHECKING:
    from tests.session.conftest import Player

Wish = Callable[[str], Requirement]
Make = Callable[[Path], object]

links = pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFOs, and links need a right")


def test_a_folder_is_played_as_it_is(player: "Player") -> None:
    """What changes in it is locked and fetched anew by the next sync."""
    folder = player.mod("mine", script='fn on_init() { log("one"); }')
    player.wants('[mods]\n"me/x" = { path = "mine" }\n')
    for word in ("one", "two"):
        (folder / "main.rhai").write_text(f'fn on_init() {{ log("{word}"); }}', encoding="utf-8")
        heard: list[LogRecord] = []
        player.session.run(on_log=heard.append)
        assert [record.text for record in heard] == [word]


def test_a_bare_script_is_a_mod(player: "Player", wish: Wish) -> None:
    """It has the name and version that it says, and may control the whole game, at once too."""
    (player.folder / "easy.rhai").write_text(
        'set_plugin_param("combat", "max_hp", 400);\n'
        'fn get_metadata() { #{ name: "Easy", version: "1.2.3" } }\n'
        'fn on_init() { set_plugin_param("combat", "difficulty", 0.1); }',
        encoding="utf-8",
    )
    player.session.add([wish("easy")], path="easy.rhai")
    assert player.locked() == {"easy": "1.2.3"}
    assert 'easy = {path = "easy.rhai"}' in player.file.read_text(encoding="utf-8")
    report = player.session.run(ticks=1)
    assert report.plugins["combat"].parameters == {"max_hp": 400, "difficulty": 0.1}


def test_a_script_without_metadata_is_unknown(player: "Player", wish: Wish) -> None:
    """It counts as version 0.1.0."""
    (player.folder / "easy.rhai").write_text("", encoding="utf-8")
    player.session.add([wish("easy")], path="easy.rhai")
    assert player.locked() == {"easy": "0.1.0"}


def test_a_script_that_fails_is_named_where_it_is(player: "Player", wish: Wish) -> None:
    """The place is in the player's file, with its line, not in a copy of it."""
    script = player.folder / "bad.rhai"
    script.write_text("fn on_init() {}\nlet x = ;", encoding="utf-8")
    with pytest.raises(LoadFailed) as caught:
        player.session.add([wish("bad")], path="bad.rhai")
    assert (caught.value.file, caught.value.line) == (str(script), 2)


def test_a_disabled_mod_is_not_looked_at(player: "Player") -> None:
    """It need not even be there."""
    player.wants('[mods]\n"me/x" = { path = "nowhere", enabled = false }\n')
    assert player.session.sync().lock.mods == ()


def test_a_mod_may_hold_a_hidden_loadout(player: "Player", wish: Wish) -> None:
    """An author may try a mod from a .folder in it: what is hidden is no part of the mod."""
    mod = player.mod("../mod")
    player.folder = player.folder.rename(mod / ".try")
    player.session.add([wish("me/x")], path="..")
    player.settle()
    assert player.locked() == {"me/x": "1.0.0"}


def fifo(path: str) -> Make:
    """Make a FIFO, in place of a file if need be."""

    def make(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        os.mkfifo(folder / path)

    return make


def link(path: str, to: str) -> Make:
    """Make a link, in place of a file if need be."""

    def make(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).symlink_to(to)

    return make


def terabyte(path: str) -> Make:
    """Make a file of that size, which takes no room."""

    def make(folder: Path) -> None:
        (folder / path).touch()
        os.truncate(folder / path, 1 << 40)

    return make


def no_manifest(folder: Path) -> None:
    """Leave a script and a folder."""
    (folder / "good" / "mod.toml").unlink()
    (folder / "good" / "more").mkdir()


STRANGE: dict[str, tuple[str, Make, type[ModpmError]]] = {
    "a FIFO": ("x", fifo("x"), InvalidFormat),
    "a device": ("x", link("x", "/dev/zero"), InvalidFormat),
    "a script that is a FIFO": ("x.rhai", fifo("x.rhai"), InvalidFormat),
    "a script that is a device": ("x.rhai", link("x.rhai", "/dev/zero"), InvalidFormat),
    "a script as large as a disk": ("x.rhai", terabyte("x.rhai"), InvalidFormat),
    "a link to itself": ("x", link("x", "x"), NotFound),
    "an empty folder": ("x", lambda folder: (folder / "x").mkdir(), InvalidFormat),
    "a folder of folders": ("x", lambda f: (f / "x" / "y").mkdir(parents=True), InvalidFormat),
    "a folder without a manifest": ("good", no_manifest, InvalidFormat),
    "a FIFO in it": ("good", fifo("good/pipe"), HostileArchive),
    "a link in it": ("good", link("good/x", "/etc/passwd"), HostileArchive),
    "a link to itself in it": ("good", link("good/x", "."), HostileArchive),
    "a manifest that is a FIFO": ("good", fifo("good/mod.toml"), HostileArchive),
    "a manifest that is a device": ("good", link("good/mod.toml", "/dev/zero"), HostileArchive),
    "a terabyte in it": ("good", terabyte("good/data"), HostileArchive),
}


@links
@pytest.mark.parametrize(("path", "make", "kind"), STRANGE.values(), ids=STRANGE.keys())
def test_what_is_no_mod_is_refused(
    player: "Player", path: str, make: Make, kind: type[ModpmError]
) -> None:
    """Nothing that lies on a disk makes a sync wait, read for ever, or fail without words."""
    player.mod("good")
    make(player.folder)
    player.wants(f'[mods]\n"me/x" = {{ path = "{path}" }}\n')
    with pytest.raises(kind) as caught:
        player.session.sync()
    assert explain(caught.value).text
    assert not player.lock.exists()

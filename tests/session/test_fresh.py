"""A sync that sees at a glance whether there is nothing to do: it may never err in that."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modpm.session import Session
from modpm.session.fresh import mods_in_place, stamp, state_file
from modpm.store.cas import Store

if TYPE_CHECKING:
    from tests.session.conftest import Player

links = pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFOs, and links need a right")


@pytest.fixture
def synced(player: "Player") -> "Player":
    """A loadout with a mod from a registry, a folder and a script, in sync."""
    player.mod("mine")
    (player.folder / "easy.rhai").write_text("fn on_init() {}", encoding="utf-8")
    player.wants(
        '[mods]\n"acme/core" = "^1"\n"me/x" = { path = "mine" }\n"easy" = { path = "easy.rhai" }\n'
    )
    player.settle()
    return player


def append(path: str) -> "Callable[[Player], object]":
    """Add a line to a file."""

    def change(player: "Player") -> None:
        with (player.folder / path).open("a", encoding="utf-8") as file:
            file.write("// more\n" if path.endswith("rhai") else "# more\n")

    return change


def same_size_same_time(player: "Player") -> None:
    """Change a mod as a tool does that puts the former time back."""
    file = player.folder / "mine" / "mod.toml"
    before = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("1.0.0", "1.0.1"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def store_without_a_mod(player: "Player") -> None:
    """Clean the store of one mod."""
    store = Store(player.cache / "store")
    store.remove(store.all()[0])


def game_from_elsewhere(player: "Player") -> None:
    """Put the game into the registry's hands."""
    (player.folder / "game.toml").rename(player.folder / "registry" / "game.toml")


CHANGES: "dict[str, Callable[[Player], object]]" = {
    "the loadout": append("loadout.toml"),
    "the lock": append("loadout.lock"),
    "no lock": lambda player: player.lock.unlink(),
    "the game": append("game.toml"),
    "no game": game_from_elsewhere,
    "a script": append("easy.rhai"),
    "no script": lambda player: (player.folder / "easy.rhai").unlink(),
    "a mod's file": append("mine/main.rhai"),
    "a mod's manifest, unseen": same_size_same_time,
    "a file more": lambda player: (player.folder / "mine" / "more.txt").write_text("x"),
    "a file in a folder": lambda player: shutil.copytree(
        player.folder / "mine", player.folder / "mine" / "sub"
    ),
    "a file less": lambda player: (player.folder / "mine" / "main.rhai").unlink(),
    "a file renamed": lambda player: (player.folder / "mine" / "main.rhai").rename(
        player.folder / "mine" / "other.rhai"
    ),
    "no mod": lambda player: shutil.rmtree(player.folder / "mine"),
    "a cleaned store": lambda player: Store(player.cache / "store").clean(),
    "a store without a mod": store_without_a_mod,
    "a state cut off": lambda player: os.truncate(state_file(player.folder), 99),
    "a state of nonsense": lambda player: state_file(player.folder).write_text("[" * 100_000),
    "a state of another shape": lambda player: state_file(player.folder).write_text("[[1]]"),
    "no state": lambda player: shutil.rmtree(player.folder / ".modpm"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_seen(synced: "Player", change: "Callable[[Player], object]") -> None:
    """Whatever a sync reads or leaves behind: when it changes, the next sync looks closer."""
    change(synced)
    assert not synced.in_place()


def touch_registry(player: "Player") -> None:
    """Publish a release."""
    core = player.folder / "registry" / "core-2.0.0"
    shutil.copytree(core, player.folder / "registry" / "again")


OTHERS: "dict[str, Callable[[Player], object]]" = {
    "a registry": touch_registry,
    "a registry that vanishes": lambda player: shutil.rmtree(player.folder / "registry"),
    "a neighbour": append("notes.txt"),
    "a hidden file": append("mine/.swp"),
    "a hidden folder": lambda player: shutil.copytree(
        player.folder / "mine", player.folder / "mine" / ".git"
    ),
    "a file of modpm's own": append(".modpm/lock"),
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_nothing_else_matters(synced: "Player", change: "Callable[[Player], object]") -> None:
    """What a lock does not speak of does not make a sync work."""
    change(synced)
    assert synced.in_place()
    assert synced.session.sync().fetched == ()


def test_a_moved_loadout_stays_in_place(synced: "Player") -> None:
    """Its mods are where they were, seen from it."""
    moved = synced.folder.rename(synced.folder.with_name("ünder way"))
    assert mods_in_place(moved, synced.cache) == 3


def test_another_store_has_nothing(synced: "Player") -> None:
    """What one store has says nothing about another."""
    assert mods_in_place(synced.folder, synced.folder.parent / "other") is None


def test_what_was_written_this_moment_may_change_again(player: "Player") -> None:
    """A clock that ticks slowly hides a second change, so the first is not relied on."""
    script = player.mod("mine") / "main.rhai"
    assert stamp(script) == ""
    player.wants('[mods]\n"me/x" = { path = "mine" }\n')
    player.settle()
    assert stamp(script) != ""


def test_an_edit_during_a_sync_is_seen(player: "Player") -> None:
    """What the player saves while mods are fetched is not taken for what was locked."""
    script = player.mod("mine") / "main.rhai"
    player.wants('[mods]\n"me/x" = { path = "mine" }\n"acme/core" = "^1"\n')
    player.settle()
    Store(player.cache / "store").clean()

    def edit(what: str, _done: int, _total: int) -> None:
        if what == "fetching":
            player.wants('[mods]\n"me/x" = { path = "mine" }\n"zoe/gentle" = "*"\n')

    Session(player.folder, cache=player.cache, progress=edit).sync()
    assert not player.in_place()
    player.settle()
    assert player.locked().keys() == {"me/x", "zoe/gentle"}
    script.write_text("fn on_init() { }", encoding="utf-8")
    assert not player.in_place()


@pytest.mark.parametrize("frozen", [True, False])
def test_only_a_checked_lock_is_remembered(synced: "Player", frozen: bool) -> None:
    """A frozen sync did not look at the wishes, so the next has to."""
    synced.wants('[mods]\n"zoe/gentle" = "*"\n')
    synced.session.sync(frozen=frozen)
    assert synced.in_place() is not frozen


@links
def test_a_link_in_a_hidden_folder_is_none_of_our_business(synced: "Player") -> None:
    """A dangling link below .git neither fails a sync nor keeps it busy."""
    (synced.folder / "mine" / ".link").symlink_to(synced.folder / "nowhere")
    assert synced.in_place()
    state_file(synced.folder).unlink()
    synced.session.sync()
    assert synced.in_place()


@links
@pytest.mark.parametrize("name", ["loadout.toml", "loadout.lock", "game.toml", ".modpm/state.json"])
def test_a_look_does_not_wait(synced: "Player", name: str) -> None:
    """A FIFO in place of a file is no file; nobody waits for what it may say."""
    file = synced.folder / name
    file.unlink()
    os.mkfifo(file)
    assert not synced.in_place()


@links
def test_a_shared_state_leads_nowhere(player: "Player") -> None:
    """A link where the state is kept is not written through; nor is one in place of .modpm."""
    victim = player.folder.parent / "victim"
    victim.mkdir()
    (victim / "kept").write_text("kept")
    (player.folder / ".modpm").mkdir()
    state_file(player.folder).symlink_to(victim / "kept")
    player.session.sync()
    assert (victim / "kept").read_text() == "kept"
    shutil.rmtree(player.folder / ".modpm")
    (player.folder / ".modpm").symlink_to(victim)
    with pytest.raises(Exception, match="link"):
        player.session.sync()
    assert [path.name for path in Path(victim).iterdir()] == ["kept"]

"""What can be done to a loadout, through the library, on real folders."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modpm.errors import (
    AlreadyExists,
    InvalidValue,
    MissingLock,
    ModpmError,
    NoLoadout,
    StaleLock,
    UnknownMod,
)
from modpm.requirement import Requirement
from modpm.session import Session
from modpm.session.place import find
from modpm.store.cas import Store

if TYPE_CHECKING:
    from tests.session.conftest import Player

Wish = Callable[[str], Requirement]


def test_add_writes_wish_lock_and_store(player: "Player", wish: Wish) -> None:
    """An added mod is wished for as `^` the newest, locked with what it needs, and in the store."""
    outcome = player.session.add([wish("acme/hardmode")])
    assert '"acme/hardmode" = "^1.0.0"' in player.file.read_text(encoding="utf-8")
    assert player.locked() == {"acme/core": "1.1.0", "acme/hardmode": "1.0.0"}
    assert outcome.fetched == ("acme/core", "acme/hardmode")
    assert [change.kind for change in outcome.changes] == ["added", "added"]
    assert player.session.verify() == ()


def test_add_keeps_a_range_that_is_given(player: "Player", wish: Wish) -> None:
    """The player's range is written as it was typed."""
    player.session.add([wish("acme/core@<2")])
    assert '"acme/core" = "<2"' in player.file.read_text(encoding="utf-8")
    assert player.locked() == {"acme/core": "1.1.0"}


def test_add_enables_what_was_disabled(player: "Player", wish: Wish) -> None:
    """Who adds a mod wants to play it."""
    player.wants('[mods]\n"zoe/gentle" = { version = "*", enabled = false }\n')
    player.session.sync()
    assert player.locked() == {}
    player.session.add([wish("zoe/gentle")])
    assert player.locked() == {"zoe/gentle": "0.3.0"}


def test_remove_takes_what_only_it_needed(player: "Player", wish: Wish) -> None:
    """A dependency goes with the last mod that needs it."""
    player.session.add([wish("acme/hardmode"), wish("zoe/gentle")])
    player.session.remove(["acme/hardmode"])
    assert player.locked() == {"zoe/gentle": "0.3.0"}
    assert "hardmode" not in player.file.read_text(encoding="utf-8")


def test_what_is_locked_stays(player: "Player", wish: Wish) -> None:
    """A newer release alone changes nothing; nor does another mod that comes along."""
    player.wants('[mods]\n"acme/core" = ">=1"\n')
    shutil.move(player.folder / "registry" / "core-2.0.0", player.folder / "later")
    player.session.sync()
    shutil.move(player.folder / "later", player.folder / "registry" / "core-2.0.0")
    before = player.lock.read_bytes()
    assert not player.session.sync().changed
    assert not player.session.lock().changed
    assert player.lock.read_bytes() == before
    player.session.add([wish("zoe/gentle")])
    assert player.locked()["acme/core"] == "1.1.0"


@pytest.mark.parametrize("act", ["add", "remove", "lock", "sync"])
def test_a_dry_run_writes_nothing(player: "Player", wish: Wish, act: str) -> None:
    """It says what would be, and leaves the loadout's folder and the store untouched."""
    player.wants('[mods]\n"acme/core" = "^1"\n')
    before = sorted(player.folder.rglob("*")), player.files()
    outcome = {
        "add": lambda: player.session.add([wish("zoe/gentle")], dry_run=True),
        "remove": lambda: player.session.remove(["acme/core"], dry_run=True),
        "lock": lambda: player.session.lock(dry_run=True),
        "sync": lambda: player.session.sync(dry_run=True),
    }[act]()
    assert outcome.changed
    assert (sorted(player.folder.rglob("*")), player.files()) == before
    assert Store(player.cache / "store").all() == ()


def test_locked_fails_where_the_lock_would_change(player: "Player") -> None:
    """As uv's: `locked` accepts a lock that answers the loadout, and no other; the reasons say."""
    with pytest.raises(MissingLock):
        player.session.sync(locked=True)
    player.wants('[mods]\n"acme/core" = "^1"\n')
    assert player.session.lock().fetched == ("acme/core",)
    shutil.rmtree(player.session.cache)
    assert player.session.sync(locked=True).fetched == ("acme/core",)
    player.session.lock(locked=True)
    player.wants('[mods]\n"acme/core" = "^2"\n')
    for act in (player.session.sync, player.session.lock):
        with pytest.raises(StaleLock) as caught:
            act(locked=True)
        assert [reason.id for reason in caught.value.reasons] == ["acme/core"]


def test_frozen_takes_the_lock_as_it_is(player: "Player") -> None:
    """As uv's: `frozen` neither looks at the wishes nor writes into the loadout's folder."""
    player.wants('[mods]\n"acme/core" = "^1"\n')
    player.session.lock()
    shutil.rmtree(player.session.cache)
    player.wants('[mods]\n"nobody/x" = "*"\n')
    before = player.files()
    assert player.session.sync(frozen=True).fetched == ("acme/core",)
    assert player.files() == before
    with pytest.raises(UnknownMod):
        player.session.sync()


def test_a_frozen_sync_of_a_full_store_needs_nothing(player: "Player") -> None:
    """Neither registry nor a folder that can be written."""
    player.wants('[mods]\n"acme/core" = "^1"\n')
    player.session.sync()
    shutil.rmtree(player.folder / "registry")
    shutil.rmtree(player.folder / ".modpm")
    (player.folder / ".modpm").write_text("in the way")
    assert player.session.sync(frozen=True).fetched == ()
    assert player.session.run(ticks=1, frozen=True).order == ("acme/core",)


def test_a_run_plays_what_is_locked(player: "Player") -> None:
    """Mods load in order, log to who listens, and leave their mark on the game."""
    player.wants('[mods]\n"acme/hardmode" = "*"\n')
    heard: list[str] = []
    report = player.session.run(ticks=3, on_log=lambda record: heard.append(record.text))
    assert report.order == ("acme/core", "acme/hardmode")
    assert heard == ["core is ready", "turn 2: it gets harder"]
    assert report.plugins["combat"].parameters == {"max_hp": 80, "difficulty": 0.9}
    assert report.failures == ()


def test_verify_finds_what_changed(player: "Player") -> None:
    """A file of the store that somebody wrote to is named."""
    player.wants('[mods]\n"acme/core" = "^1"\n')
    player.session.sync()
    [sha256] = Store(player.cache / "store").all()
    script = Store(player.cache / "store").path(sha256) / "main.rhai"
    script.chmod(0o644)
    script.write_text("evil")
    assert [(found.file, found.problem) for found in player.session.verify()] == [
        ("main.rhai", "changed")
    ]


def test_a_mod_comes_from_the_registry_that_is_meant(player: "Player", wish: Wish) -> None:
    """`registry` on the wish, else the namespace's, decides between two that offer a name."""
    shutil.copytree(player.folder / "registry", player.folder / "other")
    head = '[loadout]\nname = "x"\n[registries]\nhere = "registry"\nthere = "other"\n'
    player.wants('[namespaces]\nacme = "there"\n[mods]\n"acme/core" = "^1"\n', head=head)
    player.session.add([wish("zoe/gentle")], registry="here")
    sources = {mod.id: mod.source for mod in player.session.need_lock().mods}
    assert sources == {"acme/core": "there", "zoe/gentle": "here"}
    player.session.add([wish("zoe/gentle")], registry="there")
    assert {mod.source for mod in player.session.need_lock().mods} == {"there"}


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_line_ends_stay(player: "Player", wish: Wish, start: bytes, end: str) -> None:
    """A file keeps the line ends and the byte order mark that its editor gave it."""
    player.wants('[mods] # mine\n"zoe/gentle" = "*"\n')
    text = player.file.read_text(encoding="utf-8")
    player.file.write_bytes(start + text.replace("\n", end).encode())
    player.session.add([wish("acme/core@^1")])
    lock = player.lock.read_bytes()
    player.lock.write_bytes(lock.replace(b"\n", end.encode()))
    assert not player.session.sync().changed
    after = player.file.read_bytes()
    assert after == start + (text + '"acme/core" = "^1"\n').replace("\n", end).encode()
    player.session.remove(["acme/core"])
    assert player.file.read_bytes() == start + text.replace("\n", end).encode()
    assert (b"\r" in player.lock.read_bytes()) is (end == "\r\n")


@pytest.mark.parametrize("name", ["two words", "ünïcödé 😀", "'quotes\" #", "d/" * 40 + "deep"])
def test_a_loadout_may_be_anywhere(player: "Player", wish: Wish, name: str) -> None:
    """Blanks, other scripts and depth in a folder's name are no trouble."""
    place = player.folder.parent / name
    place.parent.mkdir(parents=True, exist_ok=True)
    player.folder.rename(place)
    session = Session(place, cache=place / ".cache")
    session.add([wish("acme/hardmode")])
    assert session.run(ticks=1).order == ("acme/core", "acme/hardmode")


@pytest.mark.skipif(os.name == "nt", reason="on Windows a link needs a right")
def test_a_loadout_that_is_a_link_stays_one(player: "Player", wish: Wish) -> None:
    """Who keeps loadout.toml among their dotfiles finds the change there."""
    real = player.file.rename(player.folder.parent / "real.toml")
    player.file.symlink_to(real)
    player.session.add([wish("acme/core@^1")])
    assert player.file.is_symlink()
    assert '"acme/core" = "^1"' in real.read_text(encoding="utf-8")


def test_a_loadout_is_found_from_below(player: "Player") -> None:
    """As git finds its repository; a folder called loadout.toml is none."""
    below = player.folder / "a" / "b"
    (below / "loadout.toml").mkdir(parents=True)
    assert find(below) == player.folder
    with pytest.raises(NoLoadout):
        find(player.folder.parent)


def test_init_starts_what_can_be_locked(tmp_path: Path) -> None:
    """A new loadout is valid and empty, and is not started twice."""
    Session.init(tmp_path, name="my loadout", game="arena")
    assert Session(tmp_path, cache=tmp_path / "cache").lock().lock.mods == ()
    with pytest.raises(AlreadyExists):
        Session.init(tmp_path, name="again")


@pytest.mark.parametrize(("name", "game"), [("n" * 101, None), ("\x1b", None), ("n", "My Game")])
def test_init_writes_nothing_that_cannot_be_read(
    tmp_path: Path, name: str, game: str | None
) -> None:
    """A name or a game that a loadout cannot have is refused at once."""
    with pytest.raises(InvalidValue):
        Session.init(tmp_path, name=name, game=game)
    assert list(tmp_path.iterdir()) == []


def test_a_fix_that_fails_changes_nothing(player: "Player") -> None:
    """When there is no place for what a fix would bring, the loadout is as it was."""
    player.wants('[mods]\n"acme/hardmode" = "*"\n"acme/weather" = "^2"\n')
    [first, *_] = player.session.fixes()
    (player.cache / "store").write_text("in the way", encoding="utf-8")
    before = player.files()
    with pytest.raises(ModpmError):
        player.session.fix(first)
    assert player.files() == before

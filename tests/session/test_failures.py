"""A command that fails leaves loadout.toml, loadout.lock and the state as they were."""

import io
import os
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

import pytest

from modpm.cli.messages import explain
from modpm.errors import (
    AmbiguousMod,
    CorruptArchive,
    HashMismatch,
    HostileArchive,
    InvalidFile,
    InvalidFormat,
    LoadFailed,
    ManifestMismatch,
    MissingLock,
    ModpmError,
    NotFound,
    NotInLoadout,
    RegistryNotFound,
    StaleLock,
    StoreError,
    UnknownMod,
    UnknownRelease,
    Unsatisfiable,
    UnsupportedRegistry,
)
from modpm.requirement import Requirement
from modpm.session import Session
from modpm.store.cas import Store

if TYPE_CHECKING:
    from tests.session.conftest import Player

Wish = Callable[[str], Requirement]
Act = Callable[["Player", Wish], object]
Change = Callable[["Player"], object]
Case = Act | tuple[Change, Act]


@pytest.fixture
def synced(player: "Player") -> "Player":
    """A loadout in sync, with its store empty again: a sync has to fetch."""
    player.mod("mine")
    player.wants('# mine\n[mods]\n"acme/hardmode" = "*" # hard\n"me/x" = { path = "mine" }\n')
    player.settle()
    Store(player.cache / "store").clean()
    return player


def add(*mods: str, path: str | None = None) -> Act:
    """Add mods."""
    return lambda player, wish: player.session.add([wish(mod) for mod in mods], path=path)


def sync(player: "Player", _: Wish) -> object:
    """Sync."""
    return player.session.sync()


def after(change: Change, act: Act = sync) -> Case:
    """Change something first."""
    return change, act


def script(text: str) -> Case:
    """Add a bare script."""
    return after(
        lambda player: (player.folder / "bad.rhai").write_text(text, encoding="utf-8"),
        add("bad", path="bad.rhai"),
    )


def other_bytes(player: "Player") -> None:
    """The registry's release is not what was locked."""
    main = player.folder / "registry" / "hardmode" / "main.rhai"
    main.write_text("fn on_init() { /* evil */ }", encoding="utf-8")


def archive(name: str, member: str, mode: int = 0o644) -> Change:
    """Put an archive with one more member into the registry."""

    def change(player: "Player") -> None:
        head = 'manifest-version = 1\n[mod]\nid = "evil/mod"\nversion = "1.0.0"\nname = "E"\n'
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as file:
            file.writestr("mod.toml", head)
            info = zipfile.ZipInfo(member)
            info.create_system, info.external_attr = 3, mode << 16
            file.writestr(info, "x")
        (player.folder / "registry" / name).write_bytes(data.getvalue())

    return change


EVIL = "evil+mod-1.0.0.zip"
VANISHED: Change = lambda p: shutil.rmtree(p.folder / "registry")  # noqa: E731

CASES: dict[str, tuple[Case, type[Exception]]] = {
    "unknown mod": (add("acme/hardmod"), UnknownMod),
    "one of several is unknown": (add("zoe/gentle", "nobody/x"), UnknownMod),
    "no version fits": (add("acme/core@^9"), Unsatisfiable),
    "versions that clash": (add("acme/core@^2"), Unsatisfiable),
    "not in the loadout": (lambda p, _: p.session.remove(["zoe/gentle"]), NotInLoadout),
    "one of several is not in it": (
        lambda p, _: p.session.remove(["me/x", "zoe/gentle"]),
        NotInLoadout,
    ),
    "an id that is none": (add("No Id"), InvalidFile),
    "an absolute path": (add("me/y", path="/dev/zero"), InvalidFile),
    "a path to nothing": (add("me/y", path="nowhere"), NotFound),
    "a path to another mod": (add("me/y", path="mine"), ManifestMismatch),
    "a path to the loadout": (add("me/y", path="."), InvalidFormat),
    "a folder above the loadout": (add("me/y", path=".."), InvalidFormat),
    "a folder that is no mod": (add("me/y", path="registry"), InvalidFormat),
    "a file that is no script": (add("loadout", path="loadout.toml"), InvalidFormat),
    "a script that does not parse": (script("fn on_init( {"), LoadFailed),
    "a script that throws": (script('throw "no";'), LoadFailed),
    "a script without an end": (script("fn get_metadata() { loop {} }"), LoadFailed),
    "a script at its top without an end": (script("loop {}"), LoadFailed),
    "a script that says nonsense": (script("fn get_metadata() { 42 }"), LoadFailed),
    "a script with an illegal version": (
        script('fn get_metadata() { #{ name: "A", version: "one" } }'),
        InvalidFormat,
    ),
    "a script with a name that hides": (
        script('fn get_metadata() { #{ name: "\\x1b[2J", version: "1.0.0" } }'),
        InvalidFormat,
    ),
    "a script with a name without an end": (
        script(
            'fn get_metadata() { let n = "aaaaaaaaaa"; for i in 0..12 { n += n; } #{ name: n } }'
        ),
        InvalidFormat,
    ),
    "a script that is a book": (script("/" * 1_000_001), InvalidFormat),
    "other bytes": (after(other_bytes), HashMismatch),
    "a release that is gone": (
        after(lambda p: shutil.rmtree(p.folder / "registry" / "hardmode")),
        UnknownRelease,
    ),
    "a mod that vanished": (after(lambda p: shutil.rmtree(p.folder / "mine")), NotFound),
    "a mod that vanished, frozen": (
        after(lambda p: shutil.rmtree(p.folder / "mine"), lambda p, _: p.session.sync(frozen=True)),
        NotFound,
    ),
    "a mod that changed, frozen": (
        after(
            lambda p: (p.folder / "mine" / "main.rhai").write_text(""),
            lambda p, _: p.session.sync(frozen=True),
        ),
        HashMismatch,
    ),
    "a mod that changed, locked": (
        after(
            lambda p: (p.folder / "mine" / "main.rhai").write_text(""),
            lambda p, _: p.session.sync(locked=True),
        ),
        StaleLock,
    ),
    "a registry that vanished": (after(VANISHED), RegistryNotFound),
    "an archive that climbs out": (
        after(archive(EVIL, "../../evil"), add("evil/mod")),
        HostileArchive,
    ),
    "an archive with a link": (
        after(archive(EVIL, "link", 0o120777), add("evil/mod")),
        HostileArchive,
    ),
    "an archive cut off": (
        after(
            lambda p: (p.folder / "registry" / EVIL).write_bytes(struct.pack("<4s", b"PK\3\4")),
            add("evil/mod"),
        ),
        CorruptArchive,
    ),
    "a game that is broken": (
        after(lambda p: (p.folder / "game.toml").write_text("x =")),
        InvalidFile,
    ),
    "a lock that is broken": (after(lambda p: p.lock.write_text("x =")), ModpmError),
    "a lock with conflict marks": (
        after(lambda p: p.lock.write_text("<<<<<<< ours\n=======\n>>>>>>> theirs\n")),
        InvalidFile,
    ),
    "no lock, frozen": (
        after(lambda p: p.lock.unlink(), lambda p, _: p.session.sync(frozen=True)),
        MissingLock,
    ),
    "no lock, locked": (
        after(lambda p: p.lock.unlink(), lambda p, _: p.session.lock(locked=True)),
        MissingLock,
    ),
    "a loadout that is broken": (
        after(lambda p: p.wants("[mods\n"), add("zoe/gentle")),
        InvalidFile,
    ),
    "a loadout that is no text": (
        after(lambda p: p.file.write_bytes(b"\xff\xfe"), add("zoe/gentle")),
        InvalidFile,
    ),
    "a registry elsewhere": (
        after(
            lambda p: p.wants(
                "", head='[loadout]\nname = "x"\n[registries]\nr = "https://mods.example"\n'
            )
        ),
        UnsupportedRegistry,
    ),
    "a choice of no registry": (
        after(lambda p: p.wants('[mods]\n"zoe/gentle" = { registry = "there" }\n')),
        RegistryNotFound,
    ),
    "a manifest that is no text": (
        after(lambda p: (p.folder / "mine" / "mod.toml").write_bytes(b"\xff")),
        InvalidFile,
    ),
    "no registries": (
        after(lambda p: p.wants('[mods]\n"zoe/gentle" = "*"\n', head='[loadout]\nname = "x"\n')),
        UnknownMod,
    ),
    "two registries": (
        after(
            lambda p: p.wants(
                'other = "registry"\n[mods]\n"zoe/gentle" = "*"\n',
            )
        ),
        AmbiguousMod,
    ),
}


@pytest.mark.parametrize(("case", "kind"), CASES.values(), ids=CASES.keys())
def test_a_failure_changes_nothing(
    synced: "Player", wish: Wish, case: Case, kind: type[Exception]
) -> None:
    """Each failure is of a kind that a player can read about, and none leaves a trace."""
    change, act = case if isinstance(case, tuple) else (None, case)
    if change:
        change(synced)
    before = synced.files()
    with pytest.raises(kind) as caught:
        act(synced, wish)
    assert synced.files() == before
    assert explain(caught.value).text
    assert not list(synced.folder.glob(".*.tmp"))
    assert not list((synced.cache / "store" / "tmp").glob("*"))


def test_what_cannot_be_locked_is_not_wished_for(synced: "Player", wish: Wish) -> None:
    """If the lock cannot be written, the loadout is not either."""
    synced.session.sync()
    before = synced.file.read_bytes()
    os.link(synced.lock, synced.folder / "kept")
    fails = Session(synced.folder, cache=synced.cache)
    synced.lock.unlink()
    synced.lock.symlink_to(synced.folder / "nowhere" / "loadout.lock")
    with pytest.raises((StoreError, OSError)):
        fails.add([wish("zoe/gentle")])
    assert synced.file.read_bytes() == before


@contextmanager
def powerless(folder: Path) -> Iterator[None]:
    """Take away the right to write into the folder; root must become somebody else for that."""
    for above in takewhile(lambda above: above != Path(gettempdir()), folder.parents):
        above.chmod(0o755)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions as Unix has them")
def test_a_read_only_folder_stays_as_it_is(synced: "Player", wish: Wish) -> None:
    """Where nothing can be written, adding says so."""
    before = synced.files()
    with powerless(synced.folder), pytest.raises(StoreError):
        synced.session.add([wish("zoe/gentle")])
    assert synced.files() == before


def test_a_store_that_is_a_file_is_named(player: "Player") -> None:
    """A cache that cannot be had stops a sync, with its path."""
    player.wants('[mods]\n"acme/core" = "^1"\n')
    Path(player.cache).mkdir()
    (player.cache / "store").write_text("no folder")
    before = player.files()
    with pytest.raises(StoreError) as caught:
        player.session.sync()
    assert str(player.cache) in caught.value.path
    assert player.files() == before

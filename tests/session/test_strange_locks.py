"""A lock that somebody else made: it may name only what the loadout and the bytes bear out."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modpm.errors import (
    HashMismatch,
    InvalidLock,
    ManifestMismatch,
    RegistryNotFound,
    StaleLock,
    StoreError,
)
from modpm.store.cas import Store

if TYPE_CHECKING:
    from tests.session.conftest import Player

links = pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFOs, and links need a right")


@pytest.fixture
def locked(player: "Player") -> "Player":
    """Two mods, locked and in the store."""
    player.wants('[mods]\n"acme/core" = "^1"\n"zoe/gentle" = "*"\n')
    player.session.sync()
    return player


def hashes(player: "Player") -> list[str]:
    """The hashes of acme/core and zoe/gentle."""
    return [mod.sha256 for mod in player.session.need_lock().mods]


@pytest.mark.parametrize("path", ["../../../etc", "/etc", "//host/share", "C:\\\\evil", "registry"])
def test_a_path_is_the_players_word(locked: "Player", path: str) -> None:
    """A lock that takes a mod from a disk is not followed where the loadout does not say so."""
    good = locked.lock.read_bytes()
    locked.edit_lock('source = "default"', f'source = {{ path = "{path}" }}')
    Store(locked.cache / "store").clean()
    for options in ({"frozen": True}, {"locked": True}):
        with pytest.raises(StaleLock) as caught:
            locked.session.sync(**options)
        assert path.replace("\\\\", "\\") in {reason.locked for reason in caught.value.reasons}
    locked.session.sync()
    assert locked.lock.read_bytes() == good


def test_a_registry_is_the_players_word(locked: "Player") -> None:
    """A lock cannot bring a registry of its own."""
    locked.edit_lock('source = "default"', 'source = "evil"')
    Store(locked.cache / "store").clean()
    with pytest.raises(RegistryNotFound) as caught:
        locked.session.sync(frozen=True)
    assert caught.value.name == "evil"
    with pytest.raises(StaleLock):
        locked.session.sync(locked=True)


@pytest.mark.parametrize("frozen", [True, False])
def test_a_hash_of_another_mod_is_not_played(locked: "Player", frozen: bool) -> None:
    """Bytes in the store count only as the mod that they say they are."""
    core, gentle = hashes(locked)
    locked.edit_lock(core, gentle)
    with pytest.raises(ManifestMismatch) as caught:
        locked.session.run(frozen=frozen)
    assert (caught.value.expected, caught.value.found) == ("acme/core 1.1.0", "zoe/gentle 0.3.0")


def test_permissions_are_those_of_the_bytes(locked: "Player") -> None:
    """A lock that plays down what a mod may do is not played."""
    locked.edit_lock('  "plugins:combat",\n', '  "plugins:weather",\n')
    with pytest.raises(ManifestMismatch) as caught:
        locked.session.run(frozen=True)
    assert caught.value.found == "the permissions plugins:combat"


def test_what_a_hand_wrote_is_named(locked: "Player") -> None:
    """`lock --locked` says which mod of the lock is not as modpm would write it."""
    locked.edit_lock('  "plugins:combat",\n', '  "plugins:weather",\n')
    with pytest.raises(StaleLock) as caught:
        locked.session.lock(locked=True)
    assert [reason.id for reason in caught.value.reasons] == ["zoe/gentle"]


def test_a_hash_that_nobody_has_is_not_fetched(locked: "Player") -> None:
    """What the registry has is not what the lock asks for."""
    locked.edit_lock(hashes(locked)[0], "0" * 64)
    with pytest.raises(HashMismatch):
        locked.session.sync()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "acme/core"', 'id = "../../evil"'),
        ('id = "acme/core"', 'id = "zoe/gentle"'),
        ('version = "1.1.0"', 'version = "one"'),
        ("size = ", "size = -"),
        ('sha256 = "', 'sha256 = "../'),
        ("[[mod]]\n", '[[mod]]\nafter = ["acme/core", "zoe/gentle"]\n'),
        ("[[mod]]\n", "<<<<<<< ours\n[[mod]]\n"),
    ],
    ids=["id", "twice", "version", "size", "hash", "cycle", "merge"],
)
def test_a_lock_that_is_none_is_refused(locked: "Player", old: str, new: str) -> None:
    """Every command says that the lock is damaged, and repairs nothing on its own."""
    locked.edit_lock(old, new)
    broken = locked.lock.read_bytes()
    for act in (
        locked.session.sync,
        locked.session.lock,
        locked.session.verify,
        locked.session.run,
    ):
        with pytest.raises(InvalidLock) as caught:
            act()
        assert caught.value.file == "loadout.lock"
    assert locked.lock.read_bytes() == broken


@links
@pytest.mark.parametrize("kind", ["FIFO", "device", "folder"])
@pytest.mark.parametrize("name", ["loadout.lock", "loadout.toml"])
def test_a_file_that_is_none_is_not_waited_for(locked: "Player", name: str, kind: str) -> None:
    """A repository may hold links to anything; a command says so at once."""
    file = locked.folder / name
    file.unlink()
    match kind:
        case "FIFO":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
        case _:
            file.mkdir()
    for act in (locked.session.sync, locked.session.lock, locked.session.run):
        with pytest.raises(OSError, match=name):
            act()


def test_a_store_that_lost_a_mods_files_is_named(locked: "Player") -> None:
    """A run of a store that somebody emptied names the mod."""
    files = Store(locked.cache / "store").path(hashes(locked)[0])
    files.chmod(0o755)
    shutil.rmtree(files)
    files.mkdir()
    with pytest.raises(Exception, match="acme/core"):
        locked.session.run()


@links
def test_a_lock_file_that_is_a_link_is_not_followed(locked: "Player") -> None:
    """Nobody's file is emptied to keep two commands apart."""
    victim = Path(locked.folder.parent / "victim")
    victim.write_text("kept")
    (locked.folder / ".modpm" / "lock").unlink(missing_ok=True)
    (locked.folder / ".modpm" / "lock").symlink_to(victim)
    with pytest.raises(StoreError):
        locked.session.sync()
    assert victim.read_text() == "kept"

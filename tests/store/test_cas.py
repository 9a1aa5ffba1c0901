"""The store holds what it was promised, whole or not at all."""

import hashlib
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.archive.pack import digest, pack
from modpm.archive.rules import Rule
from modpm.errors import CorruptArchive, HashMismatch, HostileArchive, StoreError
from modpm.store.cas import Damage, Store

FILES = {"mod.toml": b"[mod]\n", "data/waves.txt": b"1\n2\n", "main.rhai": b"fn on_init() {}\n"}


@pytest.fixture
def mod(tmp_path: Path) -> Path:
    """Return an unpacked mod."""
    for name, data in FILES.items():
        path = tmp_path / "mod" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "mod"


@pytest.fixture
def packed(mod: Path, tmp_path: Path) -> tuple[Path, str, int]:
    """Return the mod's archive, its sha256 and its size."""
    return (tmp_path / "mod.zip", *pack(mod, tmp_path / "mod.zip"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store that does not exist yet."""
    return Store(tmp_path / "store")


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder` by its name."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def leftovers(root: Path) -> list[str]:
    """Return what is in the store's tmp and sha256 folders."""
    return [path.name for part in ("tmp", "sha256") for path in root.glob(f"{part}/*")]


def test_a_new_store_touches_nothing(store: Store, tmp_path: Path) -> None:
    """Making a store, and asking it, needs no disk."""
    assert not store.has("0" * 64)
    assert store.all() == ()
    assert not (tmp_path / "store").exists()


def test_an_archive_comes_in_whole(store: Store, packed: tuple[Path, str, int]) -> None:
    """The files are where `path` says, as they were; adding twice is no work."""
    folder = store.add_archive(*packed)
    assert folder == store.path(packed[1])
    assert files(folder) == FILES
    assert store.has(packed[1])
    assert store.all() == (packed[1],)
    packed[0].unlink()
    assert store.add_archive(*packed) == folder


def test_a_folder_and_its_archive_are_one(
    store: Store, mod: Path, packed: tuple[Path, str, int]
) -> None:
    """A mod has the same place in the store, packed or not."""
    folder = store.add_folder(mod, packed[1])
    assert files(folder) == FILES
    assert store.add_archive(*packed) == folder


def test_what_is_stored_is_read_only(store: Store, packed: tuple[Path, str, int]) -> None:
    """No file and no folder of a stored mod can be written."""
    folder = store.add_archive(*packed)
    writable = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    for path in [folder / "mod.toml", *([] if os.name == "nt" else [folder, folder / "data"])]:
        assert not path.stat().st_mode & writable


def test_an_archive_of_another_tool_is_taken(store: Store, tmp_path: Path) -> None:
    """Compressed archives are as good as ours."""
    archive = tmp_path / "other.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in FILES.items():
            out.writestr(name, data)
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert files(store.add_archive(archive, sha256, archive.stat().st_size)) == FILES


@pytest.mark.parametrize(("sha256", "more"), [("0" * 64, 0), (None, 1), (None, -1)])
def test_other_bytes_than_promised_are_refused(
    store: Store, tmp_path: Path, packed: tuple[Path, str, int], sha256: str | None, more: int
) -> None:
    """Another hash or another size leaves nothing behind."""
    archive, true, size = packed
    with pytest.raises(HashMismatch) as refused:
        store.add_archive(archive, sha256 or true, size + more)
    assert refused.value.what == str(archive)
    assert leftovers(tmp_path / "store") == []


def test_a_folder_that_changed_is_refused(store: Store, mod: Path, tmp_path: Path) -> None:
    """A folder mod is held to the hash in the lock, too."""
    sha256, _ = digest(mod)
    (mod / "main.rhai").write_bytes(b"fn on_init() { evil() }")
    with pytest.raises(HashMismatch):
        store.add_folder(mod, sha256)
    assert leftovers(tmp_path / "store") == []


def test_nothing_is_parsed_before_its_hash_is_known(store: Store, tmp_path: Path) -> None:
    """Garbage under the wrong hash is a wrong hash; under its own it is a corrupt archive."""
    garbage = tmp_path / "garbage.zip"
    garbage.write_bytes(b"garbage")
    with pytest.raises(HashMismatch):
        store.add_archive(garbage, "0" * 64, 7)
    with pytest.raises(CorruptArchive):
        store.add_archive(garbage, hashlib.sha256(b"garbage").hexdigest(), 7)
    assert leftovers(tmp_path / "store") == []


def test_a_hostile_archive_leaves_nothing(store: Store, tmp_path: Path) -> None:
    """A refusal half-way takes back what was already written."""
    archive = tmp_path / "hostile.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("good.txt", b"good")
        out.writestr("../bad.txt", b"bad")
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    with pytest.raises(HostileArchive) as refused:
        store.add_archive(archive, sha256, archive.stat().st_size)
    assert refused.value.rule == Rule.PARENT
    assert leftovers(tmp_path / "store") == []


@pytest.mark.parametrize("sha256", ["", "../../etc", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_a_hash_is_a_place(store: Store, sha256: str) -> None:
    """Whatever a lockfile says, no path leaves the store."""
    with pytest.raises(StoreError):
        store.path(sha256)
    with pytest.raises(StoreError):
        store.remove(sha256)


def test_a_missing_archive_is_named(store: Store, tmp_path: Path) -> None:
    """An archive that went away since the index was made is told by its path."""
    with pytest.raises(StoreError) as failed:
        store.add_archive(tmp_path / "gone.zip", "0" * 64, 1)
    assert failed.value.path == str(tmp_path / "gone.zip")


def unlocked(path: Path) -> Path:
    """Return `path` after making it and its folder writable, as a careless player would."""
    path.parent.chmod(0o755)
    if path.exists():
        path.chmod(0o644)
    return path


def change(folder: Path) -> None:
    """Change a file without changing its size."""
    unlocked(folder / "main.rhai").write_bytes(FILES["main.rhai"].upper())


def lose(folder: Path) -> None:
    """Remove a file."""
    unlocked(folder / "data" / "waves.txt").unlink()


def add(folder: Path) -> None:
    """Add a file."""
    unlocked(folder / "data" / "new.txt").write_bytes(b"")


def relink(folder: Path) -> None:
    """Replace a file by a link to the same bytes."""
    copy = folder.parent / "copy"
    copy.write_bytes(FILES["main.rhai"])
    unlocked(folder / "main.rhai").unlink()
    (folder / "main.rhai").symlink_to(copy)


@pytest.mark.parametrize(
    ("harm", "file", "problem"),
    [
        (change, "main.rhai", "changed"),
        (lose, "data/waves.txt", "missing"),
        (add, "data/new.txt", "unexpected"),
        pytest.param(
            relink,
            "main.rhai",
            "changed",
            marks=pytest.mark.skipif(os.name == "nt", reason="Windows needs a privilege for links"),
        ),
        (
            lambda folder: unlocked(folder.parent / "files.json").write_bytes(b"{"),
            "files.json",
            "changed",
        ),
        (lambda folder: unlocked(folder.parent / "files.json").unlink(), "files.json", "changed"),
    ],
)
def test_damage_is_found(
    store: Store,
    packed: tuple[Path, str, int],
    harm: Callable[[Path], None],
    file: str,
    problem: str,
) -> None:
    """`verify` names each file that is not what was put there, and no other."""
    folder = store.add_archive(*packed)
    assert store.verify(packed[1]) == ()
    harm(folder)
    assert store.verify(packed[1]) == (Damage(packed[1], file, problem),)


def test_a_mod_that_is_not_there_is_damage(store: Store) -> None:
    """Verifying what is not in the store says so."""
    assert store.verify("0" * 64) == (Damage("0" * 64, ".", "missing"),)


def test_removing_frees_the_bytes(
    store: Store, tmp_path: Path, packed: tuple[Path, str, int]
) -> None:
    """Read-only files can be removed; what is not there frees nothing."""
    store.add_archive(*packed)
    listed = (store.path(packed[1]).parent / "files.json").stat().st_size
    assert store.remove(packed[1]) == sum(map(len, FILES.values())) + listed
    assert store.remove(packed[1]) == 0
    assert not store.has(packed[1])
    assert leftovers(tmp_path / "store") == []


def test_cleaning_removes_every_mod(
    store: Store, tmp_path: Path, mod: Path, packed: tuple[Path, str, int]
) -> None:
    """`clean` leaves no mod, and says how much room there is now."""
    store.add_archive(*packed)
    (mod / "mod.toml").write_bytes(b"[mod]\n# newer\n")
    store.add_folder(mod, digest(mod)[0])
    assert len(store.all()) == 2
    assert store.clean() > packed[2]
    assert store.all() == ()


def test_leavings_are_swept_when_they_are_old(
    store: Store, tmp_path: Path, packed: tuple[Path, str, int]
) -> None:
    """What a killed process left goes a day later; what a living one makes stays."""
    tmp = tmp_path / "store" / "tmp"
    for name in ("old", "young"):
        (tmp / name / "new").mkdir(parents=True)
        (tmp / name / "new" / "file").touch(0o444)
    os.utime(tmp / "old", (time.time() - 2 * 86400,) * 2)
    store.add_archive(*packed)
    assert [path.name for path in tmp.iterdir()] == ["young"]


ADD = """
import os, sys
from pathlib import Path
from modpm.store.cas import Store
"""
SLOW = """
os.fsync = lambda fd: (print("syncing", flush=True), sys.stdin.readline())
"""


def adding(root: Path, packed: tuple[Path, str, int], first: str) -> "subprocess.Popen[str]":
    """Start another process that adds the archive; with SLOW it waits for a line at each file."""
    archive, *promised = packed
    code = (
        f"{ADD}{first}print(Store(Path(sys.argv[1])).add_archive(Path(sys.argv[2]), *{promised}))"
    )
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code, str(root), str(archive)]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_kill_leaves_no_half_mod(
    store: Store, tmp_path: Path, packed: tuple[Path, str, int]
) -> None:
    """A process that dies while it writes leaves no mod, and the next one can add it."""
    with adding(tmp_path / "store", packed, SLOW) as process:
        assert process.stdout
        assert process.stdout.readline() == "syncing\n"
        process.send_signal(signal.SIGKILL)
    assert not store.has(packed[1])
    assert store.all() == ()
    assert files(store.add_archive(*packed)) == FILES
    assert store.verify(packed[1]) == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send Ctrl-C to one process")
def test_an_interrupt_leaves_nothing(tmp_path: Path, packed: tuple[Path, str, int]) -> None:
    """Ctrl-C while a mod is written removes what was written."""
    with adding(tmp_path / "store", packed, SLOW) as process:
        assert process.stdout
        assert process.stdout.readline() == "syncing\n"
        process.send_signal(signal.SIGINT)
    assert process.returncode != 0
    assert leftovers(tmp_path / "store") == []


def test_two_processes_may_add_the_same(
    store: Store, tmp_path: Path, packed: tuple[Path, str, int]
) -> None:
    """The one that comes second finds the mod in place, and that is success."""
    with adding(tmp_path / "store", packed, SLOW) as slow:
        assert slow.stdout
        assert slow.stdout.readline() == "syncing\n"
        store.add_archive(*packed)
        out, _ = slow.communicate("\n" * 99)
    assert slow.returncode == 0
    assert out.endswith(f"{store.path(packed[1])}\n")
    assert leftovers(tmp_path / "store") == [packed[1]]
    assert store.verify(packed[1]) == ()


TELL = """
try:
    store.add_archive(archive, sha256, size)
except ModpmError as error:
    print(type(error).__name__, error.reason)
print(sorted(path.relative_to(disk).as_posix() for path in disk.rglob("*")))
"""


def test_a_full_disk_is_told_and_left_clean(
    on_disk: Callable[..., str], mod: Path, tmp_path: Path
) -> None:
    """Disk full is one sentence, and the half-written mod is gone."""
    (mod / "big.bin").write_bytes(os.urandom(200_000))
    archive = tmp_path / "big.zip"
    out = on_disk("size=64k", TELL, archive, *pack(mod, archive))
    assert out == "StoreError No space left on device\n['store', 'store/tmp']\n"


def test_a_disk_without_inodes_is_told(
    on_disk: Callable[..., str], packed: tuple[Path, str, int]
) -> None:
    """A disk that can hold no more files is a full disk."""
    out = on_disk("size=1m,nr_inodes=7", TELL, *packed)
    assert out == "StoreError No space left on device\n['store', 'store/tmp']\n"


def test_a_read_only_disk_is_told(
    on_disk: Callable[..., str], packed: tuple[Path, str, int]
) -> None:
    """A store on a read-only disk can be asked, not changed."""
    out = on_disk("size=1m,ro", "print(store.has(sha256), store.all())" + TELL, *packed)
    assert out == "False ()\nStoreError Read-only file system\n[]\n"

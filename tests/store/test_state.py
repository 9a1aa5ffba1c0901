"""Small files are replaced whole, and one command waits for the other."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.errors import Busy, StoreError
from modpm.store.state import exclusive, write_text

HOLD = """
import sys; from pathlib import Path; from modpm.store.state import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True); sys.stdin.readline()
"""


def holder(lock: Path) -> "subprocess.Popen[str]":
    """Start a process that holds the lock until it gets a line."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD, str(lock)]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    """UTF-8, and line ends as given, on every system."""
    write_text(tmp_path / "a.toml", "é\r\nb\n")
    assert (tmp_path / "a.toml").read_bytes() == "é\r\nb\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    """A file that others may write stays so."""
    path = tmp_path / "a.toml"
    path.touch()
    path.chmod(0o666)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a privilege to make links")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A loadout that is a link into another folder is written there."""
    (tmp_path / "real").mkdir()
    (tmp_path / "a.toml").symlink_to(tmp_path / "real" / "a.toml")
    write_text(tmp_path / "a.toml", "new")
    assert (tmp_path / "real" / "a.toml").read_text() == "new"
    assert (tmp_path / "a.toml").is_symlink()


def test_a_failed_write_keeps_the_old_text(tmp_path: Path) -> None:
    """A text that cannot be encoded leaves the old file and nothing else."""
    write_text(tmp_path / "a.toml", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "a.toml", "\udcff")
    assert (tmp_path / "a.toml").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The error names the file that was to be written."""
    with pytest.raises(StoreError) as failed:
        write_text(tmp_path / "no" / "a.toml", "x")
    assert failed.value.path == str(tmp_path / "no" / "a.toml")


FULL = """
path = disk / "a.toml"
write_text(path, "old")
try:
    write_text(path, "x" * 100_000)
except ModpmError as error:
    print(type(error).__name__, error.path == str(path), error.reason)
print(path.read_text(), [path.name for path in disk.iterdir()])
"""


def test_a_full_disk_keeps_the_old_text(on_disk: Callable[..., str], tmp_path: Path) -> None:
    """The old file survives a disk that is too full for the new one."""
    out = on_disk("size=64k", FULL, tmp_path, "", 0)
    assert out == "StoreError True No space left on device\nold ['a.toml']\n"


READ_ONLY = """
for attempt in (lambda: write_text(disk / "a", "x"), lambda: exclusive(disk / "lock").__enter__()):
    try:
        attempt()
    except ModpmError as error:
        print(type(error).__name__, error.reason)
"""


def test_a_read_only_disk_is_told(on_disk: Callable[..., str], tmp_path: Path) -> None:
    """Neither text nor lock can be written, and both say why."""
    out = on_disk("size=64k,ro", READ_ONLY, tmp_path, "", 0)
    assert out == "StoreError Read-only file system\n" * 2


def test_a_held_lock_is_waited_for(tmp_path: Path) -> None:
    """The second process is told that it waits, and goes on when the first lets go."""
    process = holder(tmp_path / "lock")

    def release() -> None:
        told.append("waiting")
        process.communicate("\n")

    told: list[str] = []
    with exclusive(tmp_path / "lock", waiting=release):
        told.append("mine")
    assert told == ["waiting", "mine"]


def test_a_lock_that_is_never_free_is_busy(tmp_path: Path) -> None:
    """Waiting has an end, and the error says what was waited for."""
    with holder(tmp_path / "lock") as process:
        with pytest.raises(Busy) as busy, exclusive(tmp_path / "lock", seconds=0.1):
            pass
        process.communicate("\n")
    assert busy.value.data["path"] == str(tmp_path / "lock")


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    """A lock never outlives its process."""
    with holder(tmp_path / "lock") as process:
        process.kill()
        process.wait()
        with exclusive(tmp_path / "lock", seconds=5):
            pass


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    """A block that fails gives the lock back, and its own error comes through."""
    with pytest.raises(KeyError), exclusive(tmp_path / "lock"):
        raise KeyError
    with holder(tmp_path / "lock") as process:
        process.communicate("\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")
def test_a_file_system_without_locks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be locked, modpm says so instead of pretending."""
    import fcntl

    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(StoreError, match="no file locks"), exclusive(tmp_path / "lock"):
        pass

"""Writing so that a failure leaves nothing behind, on Linux, macOS and Windows alike."""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from modpm.errors import StoreError

_PATIENCE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Seconds between attempts on Windows, where a virus scanner may hold a file for a moment."""

RACY = 100_000_000
COARSE = 2_000_000_000
"""Nanoseconds. What changed this shortly before it was looked at may change again unseen: where
times are exact, and where they are whole seconds (FAT knows every other one)."""


def at_rest(newest: int) -> bool:
    """Return whether what changed last at that time, in nanoseconds, cannot change unseen."""
    return time.time_ns() - newest >= (RACY if newest % 1_000_000_000 else COARSE)


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a StoreError about `path`."""
    try:
        yield
    except OSError as error:
        raise StoreError(path=str(path), reason=error.strerror or str(error)) from error


def opened(path: Path) -> BufferedReader:
    """Open a file to read; raise OSError, also for a pipe or a device, which may never end."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return path.open("rb")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a new file that takes the place of `path` when the block ends well, and else vanishes.

    The bytes are on the disk before the name is. A link is followed; an existing file's mode is
    kept. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{unique(target.name)}.tmp")
    try:
        with temporary.open("xb") as file:
            with suppress(FileNotFoundError):
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        move(temporary, target, os.replace)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(target.parent)


def unique(stem: str) -> str:
    """Return a name that no other process takes; a long `stem` is cut, so that it stays legal."""
    return f"{stem[:60]}.{os.urandom(8).hex()}"


def move(source: Path, target: Path, rename: Callable[[Path, Path], None] = os.rename) -> None:
    """Rename, with patience on Windows, where an open file cannot be moved or replaced."""
    for pause in _PATIENCE if os.name == "nt" else ():
        with suppress(PermissionError):
            rename(source, target)
            return
        time.sleep(pause)
    rename(source, target)


def sync_folder(folder: Path) -> None:
    """Make new names in `folder` survive a power cut, where the system offers that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems cannot
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(folder: Path) -> int:
    """Remove `folder` and all that is in it, read-only or not; return the bytes its files held."""
    from shutil import rmtree

    freed = 0
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o700)
        for name in files:
            file = Path(parent, name)
            status = file.lstat()
            freed += status.st_size
            if os.name == "nt" and not stat.S_ISLNK(status.st_mode):
                file.chmod(stat.S_IWRITE)
    rmtree(folder)
    return freed


def long(path: Path) -> Path:
    """Return `path` made absolute; on Windows, spelled so that it may be longer than 260."""
    text = os.path.abspath(path)  # noqa: PTH100
    if os.name != "nt" or text.startswith("\\\\"):
        return Path(text)
    return Path(f"\\\\?\\{text}")

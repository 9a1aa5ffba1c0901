"""The content-addressed store: sha256/<hex>/ holds one unpacked, read-only mod."""

import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from modpm.disk import long, move, refusals, remove_tree, sync_folder, unique
from modpm.errors import HashMismatch, StoreError

_CHUNK = 1 << 20
_IN_MEMORY = 8 << 20
_ABANDONED = 24 * 60 * 60
_HASH = re.compile(r"[0-9a-f]{64}")
_Sink = Callable[[bytes], object]
_Files = dict[str, tuple[int, str]]


class Damage(Struct, frozen=True, order=True):
    """A file in the store that is not what was put there. `problem`: missing, changed, unexpected.

    `file` is "." when the whole mod is missing, "files.json" when the list of its files is.
    """

    sha256: str
    file: str
    problem: str


class Store:
    """One store below `root`, which need not exist yet; safe to share between processes.

    `sha256/<hex>/mod/` holds the files, `sha256/<hex>/files.json` their sizes and hashes. A mod is
    made in `tmp/` and appears by one rename.
    """

    def __init__(self, root: Path) -> None:
        self._root = long(root)
        self._mods = self._root / "sha256"
        self._tmp = self._root / "tmp"

    def path(self, sha256: str) -> Path:
        """Return where the files of that archive are, or would be; StoreError if it is no hash."""
        return self._home(sha256) / "mod"

    def has(self, sha256: str) -> bool:
        """Return whether the archive is in the store (by its folder, which appears atomically)."""
        return os.path.isdir(self._home(sha256))  # noqa: PTH112 - an unreadable store has nothing

    def add_archive(self, archive: Path, sha256: str, size: int) -> Path:
        """Unpack the archive into the store unless it is there; return its folder.

        Raises HashMismatch, CorruptArchive, HostileArchive, StoreError; then leaves nothing behind.
        """
        return self._add(archive, sha256, partial(_copy, archive, size))

    def add_folder(self, folder: Path, sha256: str) -> Path:
        """Copy an unpacked mod into the store unless it is there; `sha256` is that of its pack.

        Raises HashMismatch, HostileArchive, StoreError; then leaves nothing behind.
        """
        from modpm.archive.pack import stream

        return self._add(folder, sha256, partial(stream, folder))

    def _add(self, source: Path, sha256: str, copy: Callable[[_Sink], tuple[str, int]]) -> Path:
        """Take a private copy, check its hash, and only then parse it: nobody can swap it."""
        from tempfile import SpooledTemporaryFile

        from modpm.archive.unpack import unpack

        if self.has(sha256):
            return self.path(sha256)
        with self._workplace() as place:
            with refusals(place), SpooledTemporaryFile(_IN_MEMORY, dir=str(place)) as private:
                found, _ = copy(private.write)
                if found != sha256:
                    raise HashMismatch(what=str(source), expected=sha256, found=found)
                files = unpack(private, str(source), _made(place / "new" / "mod"))
            with refusals(place):
                _seal(place / "new", files)
                self._publish(place / "new", sha256)
        return self.path(sha256)

    def _publish(self, made: Path, sha256: str) -> None:
        self._mods.mkdir(exist_ok=True)
        try:
            move(made, self._home(sha256))
        except OSError:
            if not self.has(sha256):  # else another process was faster
                raise
        sync_folder(self._mods)

    def verify(self, sha256: str) -> tuple[Damage, ...]:
        """Hash every file again; return what differs, sorted."""
        home = self._home(sha256)
        if not self.has(sha256):
            return (Damage(sha256, ".", "missing"),)
        try:
            promised = msgspec.json.decode((home / "files.json").read_bytes(), type=_Files)
        except (OSError, msgspec.DecodeError):
            return (Damage(sha256, "files.json", "changed"),)
        there = set(_names(home / "mod"))
        damages = [Damage(sha256, name, "unexpected") for name in there - promised.keys()]
        damages += [Damage(sha256, name, "missing") for name in promised.keys() - there]
        damages += [
            Damage(sha256, name, "changed")
            for name in there & promised.keys()
            if _measure(home / "mod" / name) != promised[name]
        ]
        return tuple(sorted(damages))

    def remove(self, sha256: str) -> int:
        """Remove one archive, if it is there; return the bytes that it freed. Raises StoreError."""
        home = self._home(sha256)
        with refusals(home):
            if not self.has(sha256):
                return 0
            gone = _made(self._tmp) / unique("removed")
            move(home, gone)
            return remove_tree(gone)

    def all(self) -> tuple[str, ...]:
        """Return the sha256 of everything in the store, sorted."""
        if not self._mods.is_dir():
            return ()
        with refusals(self._mods):
            return tuple(
                sorted(path.name for path in self._mods.iterdir() if _HASH.fullmatch(path.name))
            )

    def clean(self) -> int:
        """Remove all archives, and what killed processes left a day ago; return the bytes freed.

        Raises StoreError.
        """
        self._sweep()
        return sum(map(self.remove, self.all()))

    def _home(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise StoreError(path=str(self._mods), reason=f"{sha256!r} is not a sha256 in hex")
        return self._mods / sha256

    @contextmanager
    def _workplace(self) -> Iterator[Path]:
        """Give a folder of one's own on the store's file system; it vanishes, whatever happens."""
        self._sweep()
        place = self._tmp / unique("new")
        try:
            with refusals(self._root):
                _made(self._tmp)
                place.mkdir()
            yield place
        finally:
            try:
                _discard(place)
            finally:  # Ctrl-C may have come in the middle
                _discard(place)

    def _sweep(self) -> None:
        """Remove what killed processes left a day ago, renamed first: a live owner fails well."""
        with suppress(OSError), os.scandir(self._tmp) as entries:
            for entry in entries:
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED:
                    gone = self._tmp / unique("old")
                    Path(entry.path).rename(gone)
                    remove_tree(gone)


def _discard(folder: Path) -> None:
    with suppress(OSError):
        remove_tree(folder)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _copy(archive: Path, size: int, sink: _Sink) -> tuple[str, int]:
    """Hand a file of `size` bytes to `sink`; return its sha256 and size."""
    from hashlib import sha256

    digest, found = sha256(), 0
    with refusals(archive):
        status = archive.stat()
        if not stat.S_ISREG(status.st_mode):
            raise StoreError(path=str(archive), reason="it is not a file")
        if status.st_size != size:
            expected, seen = f"{size} bytes", f"{status.st_size} bytes"
            raise HashMismatch(what=str(archive), expected=expected, found=seen)
        file = archive.open("rb")
    with file:
        while piece := file.read(min(_CHUNK, size - found)):
            digest.update(piece)
            found += len(piece)
            sink(piece)
    return digest.hexdigest(), found


def _seal(made: Path, files: object) -> None:
    """Write the list of the files, make everything read-only, and sync it."""
    with (made / "files.json").open("xb") as out:
        out.write(msgspec.json.encode(files, order="sorted"))
        out.flush()
        os.fsync(out.fileno())
    for parent, _, names in os.walk(made, topdown=False):
        for name in names:
            Path(parent, name).chmod(0o444)
        sync_folder(Path(parent))
        if parent != str(made):  # a folder must be writable to be moved
            Path(parent).chmod(0o555)


def _names(folder: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for name in names + links:
            yield Path(parent, name).relative_to(folder).as_posix()


def _measure(file: Path) -> tuple[int, str] | None:
    """Return a file's size and sha256; None for what is no longer a readable file."""
    from hashlib import file_digest

    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return None
        with file.open("rb") as data:
            digest = file_digest(data, "sha256")
            return data.tell(), digest.hexdigest()
    except OSError:
        return None

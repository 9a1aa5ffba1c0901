"""Folders that a mod may use, as WASI sees them.

A path never leaves its folder: nothing is above it, no path is absolute, and no link is followed.
Names are those that every system can have. Nothing here tells the time. A file is open only while
it is read or written, so that a mod that is gone leaves nothing open.
"""

import errno
import os
import stat
from collections.abc import Callable, Set
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from modpm.archive.rules import broken
from modpm.runtime.wasm.wasi.folders import Space, Tree, plain
from modpm.runtime.wasm.wasi.resources import Failed
from modpm.runtime.wasm.wasi.streams import PIECE, Input, Output

P = ParamSpec("P")
R = TypeVar("R")

_CODES = {
    errno.EACCES: "access",
    errno.EPERM: "not-permitted",
    errno.EEXIST: "exist",
    errno.EINVAL: "invalid",
    errno.EISDIR: "is-directory",
    errno.ENAMETOOLONG: "name-too-long",
    errno.ENOENT: "no-entry",
    errno.ENOSPC: "insufficient-space",
    errno.ENOTDIR: "not-directory",
    errno.ENOTEMPTY: "not-empty",
    errno.EROFS: "read-only",
}


def _coded(method: Callable[P, R]) -> Callable[P, R]:
    """Make what the operating system refuses a code: a mod learns no path and no sentence."""

    @wraps(method)
    def called(*args: P.args, **more: P.kwargs) -> R:
        try:
            return method(*args, **more)
        except OSError as error:
            raise Failed(_CODES.get(error.errno or 0, "io")) from error

    return called


class Descriptor:
    """An open file or folder: where it is, and whether it was opened for writing."""

    def __init__(self, tree: Tree, parts: tuple[str, ...], folder: bool, writes: bool) -> None:
        self._tree = tree
        self._parts = parts
        self._folder = folder
        self._writes = writes

    # --- files ------------------------------------------------------------------------------------

    def read_via_stream(self, offset: int) -> Input:
        """Return the file from `offset` on."""
        self._need_file()
        return Input(lambda size, at: self.read(size, at)[0], offset)

    def write_via_stream(self, offset: int) -> Output:
        """Return what writes from `offset` on."""
        self._need_writing()
        at = offset

        def sink(data: bytes) -> None:
            nonlocal at
            at += self.write(data, at)

        return Output(sink)

    def append_via_stream(self) -> Output:
        """Return what writes to the end, wherever that is."""
        self._need_writing()
        return Output(lambda data: self.write(data, self._now().st_size))

    @_coded
    def read(self, size: int, offset: int) -> tuple[bytes, bool]:
        """Return bytes from `offset` on, and whether that was the end."""
        self._need_file()
        whole = self._now().st_size
        if offset >= whole:
            return b"", True
        with self._path.open("rb", buffering=0) as file:
            file.seek(offset)
            data = file.read(min(size, PIECE)) or b""
        return data, offset + len(data) >= whole

    @_coded
    def write(self, data: bytes, offset: int) -> int:
        """Write the bytes at `offset`, and zeroes before them if the file is shorter."""
        space = self._need_writing()
        space.take(max(offset + len(data) - self._now().st_size, 0))
        with self._path.open("r+b", buffering=0) as file:
            file.seek(offset)
            return file.write(data) or 0

    @_coded
    def set_size(self, size: int) -> None:
        """Cut the file, or fill it up with zeroes."""
        self._need_writing().take(size - self._now().st_size)
        os.truncate(self._path, size)

    def sync(self) -> None:
        """Do nothing: what was written is with the operating system."""

    sync_data = sync

    def advise(self, _offset: int, _size: int, _advice: object) -> None:
        """Do nothing."""

    # --- what it is -------------------------------------------------------------------------------

    def get_flags(self) -> Set[str]:
        """Return what it was opened for."""
        write = {"mutate-directory"} if self._folder else {"write"}
        return {"read"} | (write if self._writes else set())

    def get_type(self) -> str:
        """Return whether it is a file or a folder."""
        return "directory" if self._folder else "regular-file"

    @_coded
    def stat(self) -> dict[str, object]:
        """Return its type and size; never when it was written or read."""
        return _told(self._now())

    @_coded
    def stat_at(self, _flags: object, path: str) -> dict[str, object]:
        """Return the type and size of what is at a path."""
        return _told(self._there(self._below(path)))

    def is_same_object(self, other: "Descriptor") -> bool:
        """Return whether both are the same file or folder."""
        return self._hash(self._parts) == other._hash(other._parts)

    def metadata_hash(self) -> dict[str, int]:
        """Return what differs between different files."""
        return self._hash(self._parts)

    def metadata_hash_at(self, _flags: object, path: str) -> dict[str, int]:
        """Return what differs between different files, for what is at a path."""
        return self._hash(self._below(path))

    # --- folders ----------------------------------------------------------------------------------

    @_coded
    def read_directory(self) -> "Listing":
        """Return what is in the folder, by name."""
        self._there(self._parts)
        with os.scandir(self._path) as entries:
            found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        return Listing(sorted((n, _kind(s)) for n, s in found if plain(s) and not broken(n)))

    @_coded
    def open_at(self, _path: object, path: str, how: Set[str], flags: Set[str]) -> "Descriptor":
        """Return the file or folder at a path, made or emptied before if `how` says so."""
        parts = self._below(path)
        writes = bool(how & {"create", "truncate"} or "write" in flags)
        space = self._need_space() if writes else self._tree.space
        found = self._tree.status(parts)
        if found is None:
            if "create" not in how or "directory" in how or space is None:
                raise Failed("no-entry")
            space.take(0, files=1)
            self._tree.path(parts).touch(exist_ok=False)
            return Descriptor(self._tree, parts, folder=False, writes=True)
        folder = stat.S_ISDIR(found.st_mode)
        if {"create", "exclusive"} <= how:
            raise Failed("exist")
        if "directory" in how and not folder:
            raise Failed("not-directory")
        if writes and folder:
            raise Failed("is-directory")
        opened = Descriptor(self._tree, parts, folder, writes or (folder and space is not None))
        if "truncate" in how:
            opened.set_size(0)
        return opened

    @_coded
    def create_directory_at(self, path: str) -> None:
        """Make a folder."""
        parts = self._below(path)
        space = self._need_space()
        if self._tree.status(parts) is not None:
            raise Failed("exist")
        space.take(0, files=1)
        self._tree.path(parts).mkdir()

    @_coded
    def remove_directory_at(self, path: str) -> None:
        """Remove an empty folder."""
        parts = self._below(path)
        space = self._need_space()
        if not parts:
            raise Failed("not-permitted")
        self._there(parts)
        self._tree.path(parts).rmdir()
        space.take(0, files=-1)

    @_coded
    def unlink_file_at(self, path: str) -> None:
        """Remove a file."""
        parts = self._below(path)
        space = self._need_space()
        found = self._there(parts)
        if stat.S_ISDIR(found.st_mode):
            raise Failed("is-directory")
        self._tree.path(parts).unlink()
        space.take(-found.st_size, files=-1)

    @_coded
    def rename_at(self, old: str, other: "Descriptor", new: str) -> None:
        """Move a file or a folder, in the place of what is there."""
        source, target = self._below(old), other._below(new)
        space, _ = self._need_space(), other._need_space()
        at, to = self._tree.path(source), other._tree.path(target)
        if not (source and target):
            raise Failed("not-permitted")
        self._there(source)
        replaced = None if at == to else other._tree.status(target)
        at.replace(to)
        if replaced is not None:
            space.take(-_told(replaced)["size"], files=-1)

    def readlink_at(self, _path: str) -> str:
        """Refuse: there are no links."""
        raise Failed("not-permitted")

    def symlink_at(self, _old: str, _new: str) -> None:
        """Refuse: there are no links."""
        raise Failed("not-permitted")

    def link_at(self, _flags: object, _old: str, _other: "Descriptor", _new: str) -> None:
        """Refuse: there are no links."""
        raise Failed("not-permitted")

    def set_times(self, _read: object, _written: object) -> None:
        """Refuse: files have no times."""
        raise Failed("unsupported")

    def set_times_at(self, _flags: object, _path: str, _read: object, _written: object) -> None:
        """Refuse: files have no times."""
        raise Failed("unsupported")

    # --- parts ------------------------------------------------------------------------------------

    @property
    def _path(self) -> Path:
        return self._tree.path(self._parts)

    def _now(self) -> os.stat_result:
        return self._there(self._parts)

    def _there(self, parts: tuple[str, ...]) -> os.stat_result:
        found = self._tree.status(parts)
        if found is None:
            raise Failed("no-entry")
        return found

    def _below(self, path: str) -> tuple[str, ...]:
        """Return where a path from here leads; raise Failed if that is not in the folder."""
        parts = list(self._parts)
        if path.startswith("/"):
            raise Failed("not-permitted")
        for part in path.split("/"):
            if part == "..":
                if not parts:
                    raise Failed("not-permitted")
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        if parts and broken("/".join(parts)):
            raise Failed("not-permitted")
        return tuple(parts)

    def _need_file(self) -> None:
        if self._folder:
            raise Failed("is-directory")

    def _need_space(self) -> Space:
        if self._tree.space is None:
            raise Failed("read-only")
        return self._tree.space

    def _need_writing(self) -> Space:
        self._need_file()
        if not self._writes:
            raise Failed("bad-descriptor")
        return self._need_space()

    def _hash(self, parts: tuple[str, ...]) -> dict[str, int]:
        digest = sha256("/".join((self._tree.name, *parts)).encode()).digest()
        return {"lower": int.from_bytes(digest[:8]), "upper": int.from_bytes(digest[8:16])}


class Listing:
    """What is in a folder: names and kinds, sorted."""

    def __init__(self, entries: list[tuple[str, str]]) -> None:
        self._entries = iter(entries)

    def read_directory_entry(self) -> dict[str, str] | None:
        """Return the next; None at the end."""
        found = next(self._entries, None)
        return found and {"name": found[0], "type": found[1]}


def _kind(status: os.stat_result) -> str:
    return "directory" if stat.S_ISDIR(status.st_mode) else "regular-file"


def _told(status: os.stat_result) -> dict[str, Any]:
    size = status.st_size if stat.S_ISREG(status.st_mode) else 0
    times = ("data-access-timestamp", "data-modification-timestamp", "status-change-timestamp")
    return {"type": _kind(status), "link-count": 1, "size": size, **dict.fromkeys(times)}

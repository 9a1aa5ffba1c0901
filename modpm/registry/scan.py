"""What lies in a registry's folder, told by names and stats alone: no file is opened."""

import os
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from typing import Literal, TypeAlias

from msgspec import Struct

from modpm.archive.pack import files
from modpm.disk import at_rest
from modpm.errors import ModpmError

DEEPEST = 6
"""Folders below the registry's in which mods are looked for."""

Kind = Literal["archive", "folder", "game", "unreadable"]
_Entries: TypeAlias = "dict[str, os.DirEntry[str]]"


class Found(Struct, frozen=True, gc=False):
    """Something that may be a mod or a game.

    `path` is relative, with forward slashes. `stamp` changes when the content does; `newest` is its
    latest change, in nanoseconds since 1970.
    """

    path: str
    kind: Kind
    stamp: str
    newest: int

    @property
    def folder(self) -> str | None:
        """Return the path that the folder of an archive is listed by; anything else has none."""
        archive = self.path[-4:].lower() == ".zip"
        return self.path[: self.path.rfind("/") + 1] if archive else None


class Listed(Struct, frozen=True, gc=False):
    """A folder of archives that was listed; `path` is relative and ends in a slash, or is "".

    `stamp` changes when a name in it comes, goes or stands for another file, and is "" for a folder
    that may change unseen. `same` tells that it is as it was known.
    """

    path: str
    stamp: str
    same: bool


def scan(folder: Path, known: Mapping[str, str]) -> Iterator[Found | Listed]:
    """Yield the archives, unpacked mods and games below `folder`; raise OSError if it is not there.

    Mods inside mods, names that begin with a dot, and what is behind links to folders do not count.
    Of a folder that has the stamp as in `known`, the archives are left out.
    """
    pending = [(str(folder), "", 0)]
    while pending:
        below, prefix, depth = pending.pop()
        try:
            stamp, archives, others = _entries(below)
        except OSError:
            if not prefix:
                raise
            yield Found(prefix[:-1], "unreadable", "unreadable", 0)
            continue
        if "mod.toml" in others:
            yield _mod(below, prefix[:-1])
            continue
        same = stamp != "" and known.get(prefix) == stamp
        yield Listed(prefix, stamp, same)
        for name, entry in (others if same else others | archives).items():
            path = prefix + name
            if not path.isascii() and (legal := path.encode(errors="replace").decode()) != path:
                yield Found(legal, "unreadable", "unreadable", 0)  # a name that is no Unicode
            elif name in archives or name == "game.toml":
                if file := _file(path, entry.stat):
                    yield file
            elif depth < DEEPEST and entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, f"{path}/", depth + 1))


def look(folder: Path, path: str) -> Found | None:
    """Return the archive at a path below `folder` as it is now; None if it is no file."""
    return _file(path, (folder / path).stat)


def _file(path: str, stat: Callable[[], os.stat_result]) -> Found | None:
    try:
        status = stat()
    except OSError:
        return Found(path, "unreadable", "unreadable", 0)
    if not S_ISREG(status.st_mode):
        return None
    kind: Kind = "game" if path.endswith("game.toml") else "archive"
    return Found(path, kind, _stamp(status), _newest(status))


def _entries(folder: str) -> tuple[str, _Entries, _Entries]:
    """Return a folder's stamp, and by name the archives and the others that it holds.

    The stamp has the names too: not every file system tells by a time that a name came. What is
    behind a link changes without its folder, which then has no stamp.
    """
    status = os.stat(folder)  # noqa: PTH116  a Path of each folder would cost more than all else
    sure = at_rest(_newest(status))
    archives: _Entries = {}
    others: _Entries = {}
    with os.scandir(folder) as listed:
        for entry in listed:
            name = entry.name
            if name[0] == ".":
                continue
            if name[-4:].lower() == ".zip":
                archives[name] = entry
            else:
                others[name] = entry
            if entry.is_symlink():
                sure = False
    names = blake2b(os.fsencode("\0".join(sorted((*archives, *others)))), digest_size=16)
    stamp = f"{status.st_ino} {_stamp(status)} {names.hexdigest()}"
    return stamp if sure else "", archives, others


def _mod(folder: str, path: str) -> Found:
    digest, newest = blake2b(digest_size=16), 0
    try:
        for name, entry in files(Path(folder)):
            status = entry.stat(follow_symlinks=False)
            newest = max(newest, _newest(status))
            digest.update(f"{name}\0{_stamp(status)}\0".encode())
    except ModpmError as error:
        digest.update(str(error).encode())
    return Found(path, "folder", digest.hexdigest(), newest)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size}"


def _newest(status: os.stat_result) -> int:
    return max(status.st_mtime_ns, status.st_ctime_ns)

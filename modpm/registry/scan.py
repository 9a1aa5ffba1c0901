"""What lies in a registry's folder, told by names and stats alone: no file is opened."""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from msgspec import Struct

from modpm.archive.pack import files
from modpm.errors import ModpmError

DEEPEST = 6
"""Folders below the registry's in which mods are looked for."""

Kind = Literal["archive", "folder", "game", "unreadable"]


class Found(Struct, frozen=True, gc=False):
    """Something that may be a mod or a game.

    `path` is relative, with forward slashes. `stamp` changes when the content does; `newest` is its
    latest change, in nanoseconds since 1970.
    """

    path: str
    kind: Kind
    stamp: str
    newest: int


def scan(folder: Path) -> Iterator[Found]:
    """Yield the archives, unpacked mods and games below `folder`; raise OSError if it is not there.

    Mods inside mods, names that begin with a dot, and what is behind links to folders do not count.
    """
    pending = [(str(folder), "", 0)]
    while pending:
        below, prefix, depth = pending.pop()
        try:
            with os.scandir(below) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".")]
        except OSError:
            if not prefix:
                raise
            yield Found(prefix[:-1], "unreadable", "", 0)
            continue
        names = {entry.name for entry in entries}
        if "mod.toml" in names:
            yield _mod(below, prefix[:-1])
            continue
        for entry in entries:
            path = prefix + entry.name
            if not path.isascii() and (legal := path.encode(errors="replace").decode()) != path:
                yield Found(legal, "unreadable", "", 0)  # a name that is no Unicode
            elif entry.name == "game.toml" or entry.name[-4:].lower() == ".zip":
                if file := _file(entry, path):
                    yield file
            elif depth < DEEPEST and entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, f"{path}/", depth + 1))


def _file(entry: "os.DirEntry[str]", path: str) -> Found | None:
    try:
        if not entry.is_file():
            return None
        status = entry.stat()
    except OSError:
        return Found(path, "unreadable", "", 0)
    kind: Kind = "game" if entry.name == "game.toml" else "archive"
    return Found(path, kind, _stamp(status), max(status.st_mtime_ns, status.st_ctime_ns))


def _mod(folder: str, path: str) -> Found:
    digest, newest = blake2b(digest_size=16), 0
    try:
        for name, entry in files(Path(folder)):
            status = entry.stat(follow_symlinks=False)
            newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
            digest.update(f"{name}\0{_stamp(status)}\0".encode())
    except ModpmError as error:
        digest.update(str(error).encode())
    return Found(path, "folder", digest.hexdigest(), newest)


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size}"

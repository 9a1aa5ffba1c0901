"""The index of a registry's folder: one row a file, so that nothing is read twice.

A folder of archives has a row of its own once all in it is read and at rest. It is
a cache: one of another modpm, a damaged one and one that cannot be written are replaced.
"""

import sqlite3
import zlib
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from packaging.version import Version

from modpm import __version__
from modpm.manifest import Manifest

_FORMAT = 3
_VERSION = zlib.crc32(f"{_FORMAT} {__version__} {Manifest.__struct_fields__}".encode()) >> 1
_WAIT = 5.0
_T = TypeVar("_T")
_TABLES = (
    "DROP TABLE IF EXISTS files",
    "DROP TABLE IF EXISTS folders",
    "CREATE TABLE files (path TEXT PRIMARY KEY, folder TEXT, kind TEXT, stamp TEXT, id TEXT,"
    " version TEXT, sha256 TEXT, size INTEGER, provides TEXT, renamed INTEGER, content BLOB)",
    "CREATE TABLE folders (path TEXT PRIMARY KEY, stamp TEXT)",
    "CREATE INDEX stamps ON files (folder, path, stamp)",  # covers what a refresh compares
    "CREATE INDEX ids ON files (kind, id, version, sha256)",
    "CREATE INDEX renames ON files (id) WHERE renamed",
    f"PRAGMA user_version = {_VERSION}",
)
_DAMAGED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Row(Struct, frozen=True):
    """One file or folder. `kind` is release, game or broken; `provides` are virtual ids, by blanks.

    `folder` is where an archive lies, as in `folders`; anything else has none. `renamed` tells of a
    release that says what its mod is called from now on. `content` is a packed manifest or game; a
    broken row has none, and its id, if any, is a guess.
    """

    path: str
    folder: str | None
    kind: str
    stamp: str
    id: str | None = None
    version: str | None = None
    sha256: str = ""
    size: int = 0
    provides: str = ""
    renamed: bool = False
    content: bytes = b""


def opened(file: Path | None) -> sqlite3.Connection:
    """Return the index in `file`, or an empty one in memory. Raises sqlite3.Error."""
    if file is not None:
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
    # the collector may close it in any thread
    db = sqlite3.connect(
        file or ":memory:", timeout=_WAIT, isolation_level=None, check_same_thread=False
    )
    try:
        if not _is_current(db):
            _build(db)
    except BaseException:
        db.close()
        raise
    return db


def _build(db: sqlite3.Connection) -> None:
    with _transaction(db):
        if not _is_current(db):  # else another process was faster
            for statement in _TABLES:
                db.execute(statement)


def discard(file: Path, error: Exception) -> None:
    """Remove the index if `error` shows that it is damaged, rather than busy or read-only."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _DAMAGED:
        for path in (file, file.with_name(f"{file.name}-journal")):
            with suppress(OSError):
                path.unlink()


def put(db: sqlite3.Connection, rows: Sequence[Row], gone: Sequence[str] = ()) -> None:
    """Write `rows`, each in place of what was known of its path, and forget the paths `gone`.

    What is known of a folder as a whole is forgotten with what was known of a file in it.
    """
    with _transaction(db):
        inside = "DELETE FROM folders WHERE path = (SELECT folder FROM files WHERE path = ?)"
        db.executemany(inside, [(path,) for path in gone])
        db.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in gone])
        folders = {row.folder for row in rows}
        db.executemany("DELETE FROM folders WHERE path = ?", [(path,) for path in folders])
        db.executemany(
            f"REPLACE INTO files VALUES ({','.join('?' * len(Row.__struct_fields__))})",
            [msgspec.structs.astuple(row) for row in rows],
        )


def known(db: sqlite3.Connection, same: Set[str]) -> dict[str, str]:
    """Return the stamps, by path, of all but the archives in folders that are the `same`.

    A folder that is gone has no row of its own if it was never trusted; its files tell of it.
    """
    folders = {folder for (folder,) in db.execute("SELECT DISTINCT folder FROM files")} - same
    query = "SELECT path, stamp FROM files WHERE folder IS ?"
    return {path: stamp for one in folders for path, stamp in db.execute(query, (one,))}


def trust(
    db: sqlite3.Connection, folders: Mapping[str, str], inside: Mapping[str, Mapping[str, str]]
) -> None:
    """Keep the stamps of those `folders` of which the index has just what is `inside`, all read.

    Two commands may write at once: one that is slower must not have the last word.
    """
    if _complete(db, folders, inside):
        with _transaction(db):
            complete = _complete(db, folders, inside)
            db.executemany("REPLACE INTO folders VALUES (?, ?)", complete)


def _complete(
    db: sqlite3.Connection, folders: Mapping[str, str], inside: Mapping[str, Mapping[str, str]]
) -> Sequence[tuple[str, str]]:
    query = "SELECT path, stamp FROM files WHERE folder = ? AND kind != 'broken'"
    kept = dict(db.execute("SELECT path, stamp FROM folders"))
    return [
        (folder, stamp)
        for folder, stamp in folders.items()
        if stamp and kept.get(folder) != stamp
        if dict(db.execute(query, (folder,))) == inside.get(folder, {})
    ]


def pack(content: Struct) -> bytes:
    """Return a manifest or a game as bytes."""
    return msgspec.msgpack.encode(content, enc_hook=str)


def unpack(content: bytes, shape: type[_T]) -> _T:
    """Return what `pack` was given; raise msgspec.DecodeError for anything else."""
    value: _T = _decoder(shape).decode(content)  # type: ignore[arg-type]  # classes are hashable
    return value


@lru_cache
def _decoder(shape: Hashable) -> "msgspec.msgpack.Decoder[Any]":
    return msgspec.msgpack.Decoder(shape, dec_hook=lambda _, text: _version(text))


_version = lru_cache(maxsize=1 << 16)(Version)


def _is_current(db: sqlite3.Connection) -> bool:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found == _VERSION


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")

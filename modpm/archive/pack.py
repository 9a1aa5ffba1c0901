"""A mod folder as one archive: the same bytes on every machine.

Members are sorted, uncompressed, with fixed dates and modes, so that a folder has a sha256 without
being packed.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from modpm.archive.rules import LARGEST, MOST_MEMBERS, WHOLE, Rule, broken, collision
from modpm.disk import refusals, replacing
from modpm.errors import HostileArchive, StoreError

Sink = Callable[[bytes], object]
TOOLS = "node_modules"
_CHUNK = 1 << 20
_UTF8 = 0x0800
_MODE = 0o100644 << 16
_DATE = 0x0021  # 1980-01-01, the first day that a zip can say
_UNIX = 3 << 8
_JUNCTION = 0xA0000003  # Windows: a folder that is another folder


def pack(folder: Path, to: Path) -> tuple[str, int]:
    """Write the archive of `folder` to `to`, atomically; return its sha256 (hex) and size (bytes).

    Every regular file counts, except those whose name, or a folder of theirs, begins with a dot,
    and what npm installed to build the mod with.
    Raises HostileArchive for what could not be unpacked on another system, else StoreError.
    """
    if to.resolve().is_relative_to(folder.resolve()):
        raise StoreError(
            path=str(to),
            reason="the archive would become part of the folder that it is made of",
            hint="write it beside the folder, not into it",
        )
    with refusals(to), replacing(to) as file:
        return stream(folder, file.write)


def digest(folder: Path) -> tuple[str, int]:
    """Return the sha256 and size of the archive that `pack` would write. Raises as `pack` does."""
    return stream(folder, lambda _: None)


def stream(folder: Path, sink: Sink) -> tuple[str, int]:
    """Hand the archive of `folder` to `sink`, piece by piece; return its sha256 and size."""
    writer = _Writer(sink)
    for name, entry in files(folder):
        writer.add(name, Path(entry.path))
    writer.finish()
    return writer.hash.hexdigest(), writer.size


def files(folder: Path) -> list[tuple[str, "os.DirEntry[str]"]]:
    """Return the files that a mod consists of, by name, sorted by the bytes of their names.

    Raises StoreError; HostileArchive for links, names that cannot be used everywhere, too much.
    """
    found: list[tuple[str, os.DirEntry[str]]] = []
    size = 0
    for name, entry in _walk(folder):
        size += entry.stat(follow_symlinks=False).st_size
        found.append((name, entry))
        if len(found) > MOST_MEMBERS or size > LARGEST:
            rule = Rule.TOO_LARGE if size > LARGEST else Rule.TOO_MANY
            raise _refusal(folder, WHOLE, rule)
    found.sort(key=lambda item: item[0].encode())
    if clash := collision((name, False) for name, _ in found):
        raise _refusal(folder, *clash)
    return found


def _walk(folder: Path) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    pending = [(folder, "")]
    while pending:
        below, prefix = pending.pop()
        with refusals(below), os.scandir(below) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.name.startswith(".") or entry.name == TOOLS:
                    continue
                if rule := _refused(entry) or broken(name):
                    raise _refusal(folder, name, rule)
                if entry.is_dir(follow_symlinks=False):
                    pending.append((Path(entry.path), f"{name}/"))
                else:
                    yield name, entry


def _refused(entry: "os.DirEntry[str]") -> Rule | None:
    junction = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) == _JUNCTION
    if junction or entry.is_symlink():
        return Rule.LINK
    is_plain = entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
    return None if is_plain else Rule.SPECIAL


def _refusal(folder: Path, name: str, rule: Rule) -> HostileArchive:
    return HostileArchive(
        archive=str(folder),
        member=name.encode("utf-8", "backslashreplace").decode(),
        rule=rule,
        hint="rename it or take it out: the mod must fit on every player's system",
    )


class _Writer:
    """A canonical zip. Its headers need no patching, so it can be hashed without being written."""

    def __init__(self, sink: Sink) -> None:
        self.hash = hashlib.sha256()
        self.size = 0
        self._sink = sink
        self._directory: list[bytes] = []

    def add(self, name: str, path: Path) -> None:
        """Append one file. It is read twice: the header, which comes first, holds its checksum."""
        crc, size = _checksum(path)
        encoded = name.encode()
        shared = struct.pack("<HHHHIIIHH", _UTF8, 0, 0, _DATE, crc, size, size, len(encoded), 0)
        self._directory.append(
            struct.pack("<4sHH", b"PK\1\2", _UNIX | 20, 20)
            + shared
            + struct.pack("<HHHII", 0, 0, 0, _MODE, self.size)
            + encoded
        )
        self._put(struct.pack("<4sH", b"PK\3\4", 20) + shared + encoded)
        again = 0
        start = self.size
        for chunk in _chunks(path):
            again = zlib.crc32(chunk, again)
            self._put(chunk)
        if (again, self.size - start) != (crc, size):
            raise StoreError(path=str(path), reason="it changed while it was read")

    def finish(self) -> None:
        """Append the directory."""
        start, count = self.size, len(self._directory)
        for record in self._directory:
            self._put(record)
        length = self.size - start
        self._put(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, length, start, 0))

    def _put(self, data: bytes) -> None:
        self.hash.update(data)
        self.size += len(data)
        self._sink(data)


def _checksum(path: Path) -> tuple[int, int]:
    crc = size = 0
    for chunk in _chunks(path):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        if size > LARGEST:
            raise StoreError(path=str(path), reason="it grew while it was read")
    return crc, size


def _chunks(path: Path) -> Iterator[bytes]:
    with refusals(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk

"""Reading archives that strangers made. Every name and size is checked before a byte is written."""

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from modpm.archive.members import STORED, Member, members
from modpm.archive.rules import Rule
from modpm.disk import refusals
from modpm.errors import CorruptArchive, HostileArchive

_CHUNK = 1 << 18


def read_member(file: IO[bytes], archive: str, name: str, limit: int) -> bytes:
    """Return one member's bytes from the zip `file`, which errors call `archive`.

    Raises CorruptArchive, or HostileArchive for a member of more than `limit` bytes too.
    """
    found = (member for member in members(file, archive) if member.name == name)
    if (member := next(found, None)) is None or member.is_folder:
        raise CorruptArchive(archive=archive, problem=f"it has no {name} at its top")
    if member.size > limit:
        raise HostileArchive(archive=archive, member=name, rule=Rule.TOO_LARGE)
    return b"".join(_contents(file, member, archive))


def unpack(file: IO[bytes], archive: str, into: Path) -> Mapping[str, tuple[int, str]]:
    """Write every member of the zip `file` below the empty folder `into`, synced to the disk.

    Return name -> (size, sha256). Errors call the file `archive`: CorruptArchive, HostileArchive,
    or StoreError for what cannot be written.
    """
    written = {}
    for member in members(file, archive):
        target = into / member.name
        with refusals(target):
            (target if member.is_folder else target.parent).mkdir(parents=True, exist_ok=True)
            if not member.is_folder:
                written[member.name] = _write(_contents(file, member, archive), target)
    return written


def _write(pieces: Iterator[bytes], target: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        for piece in pieces:
            digest.update(piece)
            size += out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return size, digest.hexdigest()


def _contents(file: IO[bytes], member: Member, archive: str) -> Iterator[bytes]:
    """Yield the member's bytes, counted and summed as they come: headers are promises."""
    size = crc = 0
    try:
        for piece in _raw(file, member) if member.method == STORED else _inflated(file, member):
            size, crc = size + len(piece), zlib.crc32(piece, crc)
            if size > member.size:
                raise HostileArchive(archive=archive, member=member.name, rule=Rule.SIZE)
            yield piece
    except zlib.error as error:
        problem = f"{member.name!r} cannot be decompressed"
        raise CorruptArchive(archive=archive, problem=problem) from error
    if size != member.size:
        raise HostileArchive(archive=archive, member=member.name, rule=Rule.SIZE)
    if crc != member.crc:
        raise CorruptArchive(archive=archive, problem=f"the checksum of {member.name!r} is wrong")


def _raw(file: IO[bytes], member: Member) -> Iterator[bytes]:
    file.seek(member.start)
    left = member.packed
    while piece := file.read(min(left, _CHUNK)):
        left -= len(piece)
        yield piece


def _inflated(file: IO[bytes], member: Member) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for data in _raw(file, member):
        while data and not inflater.eof:
            yield inflater.decompress(data, _CHUNK)
            data = inflater.unconsumed_tail
        if inflater.unused_data:
            raise zlib.error("data after the end")
    yield inflater.flush()
    if not inflater.eof:
        raise zlib.error("no end")

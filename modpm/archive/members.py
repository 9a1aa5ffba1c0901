"""The members of a zip file, read so strictly that no two readers can see two archives in it.

The file must be each member's header and data, end to end; the directory; the end record. Python's
zipfile forgives prefixes, overlaps, hidden bytes and headers that disagree; which of them, depends
on its version.
"""

import stat
import struct
from collections.abc import Sequence
from struct import unpack_from
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from modpm.archive.rules import (
    HARMLESS,
    LARGEST,
    LARGEST_RATIO,
    LONGEST_NAME,
    MOST_MEMBERS,
    WHOLE,
    Rule,
    broken,
    collision,
)
from modpm.errors import CorruptArchive, HostileArchive

STORED, DEFLATED = 0, 8
_END, _ENTRY, _LOCAL, _TRAILER = b"PK\5\6", b"PK\1\2", b"PK\3\4", b"PK\7\x08"
_END_SIZE, _ENTRY_SIZE, _LOCAL_SIZE = 22, 46, 30
_LARGEST_DIRECTORY = MOST_MEMBERS * (_ENTRY_SIZE + 4 * LONGEST_NAME)
_ENCRYPTED, _STREAMED, _UTF8, _KNOWN = 0x2041, 0x0008, 0x0800, 0x080E
_TRAILER_SIZE = 16
_LOCATOR, _LOCATOR_SIZE = b"PK\6\7", 20
_EMPTY_DEFLATED = 2
_UNSET16, _UNSET32 = 0xFFFF, 0xFFFFFFFF
_NEWEST = 63  # zip 6.3, the last there is


class Member(Struct, frozen=True):
    """One file or folder. `start` is where its data begins; sizes in bytes."""

    name: str
    is_folder: bool
    method: int
    crc: int
    packed: int
    size: int
    start: int = 0


class _Entry(Struct, frozen=True):
    """A member as the directory describes it, before its own header was read."""

    member: Member
    raw: bytes
    flags: int
    header: int


def members(file: IO[bytes], archive: str) -> tuple[Member, ...]:
    """Return the members of the zip `file`, called `archive` in errors, in the order of their data.

    Raises CorruptArchive for what is not a zip, HostileArchive for one that breaks a `Rule`.
    """
    try:
        start, entries = _directory(file, archive)
        entries.sort(key=lambda entry: entry.header)
        _check_whole(archive, [entry.member for entry in entries], start)
        ends = [entry.header for entry in entries[1:]] + [start]
        if (entries[0].header if entries else start) != 0:
            raise HostileArchive(archive=archive, member=WHOLE, rule=Rule.HIDDEN)
        return tuple(
            _located(file, archive, entry, end) for entry, end in zip(entries, ends, strict=True)
        )
    except (struct.error, UnicodeDecodeError) as error:
        raise CorruptArchive(
            archive=archive, problem="its headers are cut off or garbled"
        ) from error


def _directory(file: IO[bytes], archive: str) -> tuple[int, list[_Entry]]:
    count, size, start = _end_record(file, archive)
    file.seek(start)
    data = file.read(size)
    entries, at = [], 0
    for _ in range(count):
        if data[at : at + 4] != _ENTRY:
            raise CorruptArchive(archive=archive, problem="its directory is garbled")
        entry, at = _entry(archive, data, at)
        entries.append(entry)
    if at != size:
        raise HostileArchive(archive=archive, member=WHOLE, rule=Rule.HIDDEN)
    return start, entries


def _end_record(file: IO[bytes], archive: str) -> tuple[int, int, int]:
    """Return the number of members, and the size and the offset of the directory."""
    length = file.seek(0, 2)
    file.seek(max(0, length - _END_SIZE - 0xFFFF))
    tail = file.read()
    record = tail[-_END_SIZE:]
    if record[:4] != _END:
        if _END in tail:
            raise HostileArchive(archive=archive, member=WHOLE, rule=Rule.HIDDEN)
        raise CorruptArchive(archive=archive, problem="it is not a zip file, or it is cut off")
    disk, first, here, count, size, start, comment = unpack_from("<HHHHIIH", record, 4)
    is_zip64 = tail[:-_END_SIZE][-_LOCATOR_SIZE:].startswith(_LOCATOR)
    if is_zip64 or _UNSET16 in (here, count) or _UNSET32 in (size, start):
        raise HostileArchive(archive=archive, member=WHOLE, rule=Rule.ZIP64)
    if disk or first or here != count or comment:
        raise CorruptArchive(archive=archive, problem="its end record is garbled")
    if count > MOST_MEMBERS or size > _LARGEST_DIRECTORY:
        raise HostileArchive(archive=archive, member=WHOLE, rule=Rule.TOO_MANY)
    if start + size != length - _END_SIZE:
        raise HostileArchive(archive=archive, member=WHOLE, rule=Rule.HIDDEN)
    return count, size, start


def _entry(archive: str, data: bytes, at: int) -> tuple[_Entry, int]:
    version, flags, method, crc, packed, size, name_size, extra, comment, disk, mode, header = (
        unpack_from("<6x Bx HH 4x IIIHHHH 2x II", data, at)
    )
    end = at + _ENTRY_SIZE + name_size
    raw = data[at + _ENTRY_SIZE : end]
    if len(raw) != name_size or disk:
        raise CorruptArchive(archive=archive, problem="its directory is cut off or garbled")
    name = _name(archive, raw, flags)
    is_folder = name.endswith("/")
    member = Member(name.removesuffix("/"), is_folder, method, crc, packed, size)
    if version > _NEWEST:
        raise HostileArchive(archive=archive, member=name, rule=Rule.VERSION)
    if rule := _refused(member, flags, mode >> 16, header):
        raise HostileArchive(archive=archive, member=name, rule=rule)
    return _Entry(member, raw, flags, header), end + extra + comment


def _name(archive: str, raw: bytes, flags: int) -> str:
    if not (flags & _UTF8 or raw.isascii()):
        shown = raw.decode("ascii", "backslashreplace")
        raise HostileArchive(archive=archive, member=shown, rule=Rule.ENCODING)
    return raw.decode()


def _refused(member: Member, flags: int, mode: int, header: int) -> Rule | None:
    if flags & _ENCRYPTED:
        return Rule.ENCRYPTED
    if flags & ~_KNOWN:
        return Rule.FLAGS
    if member.method not in (STORED, DEFLATED):
        return Rule.METHOD
    if _UNSET32 in (member.packed, member.size, header):
        return Rule.ZIP64
    if stat.S_ISLNK(mode):
        return Rule.LINK
    if stat.S_IFMT(mode) not in (0, stat.S_IFDIR if member.is_folder else stat.S_IFREG):
        return Rule.SPECIAL
    if member.method == STORED and member.size != member.packed:
        return Rule.SIZE
    if member.is_folder and (member.size or member.packed > _EMPTY_DEFLATED):
        return Rule.SIZE
    return broken(member.name)


def _check_whole(archive: str, found: Sequence[Member], packed: int) -> None:
    total = sum(member.size for member in found)
    if total > LARGEST or (total > HARMLESS and total > LARGEST_RATIO * packed):
        largest = max(found, key=lambda member: member.size)
        rule = Rule.TOO_LARGE if total > LARGEST else Rule.RATIO
        raise HostileArchive(archive=archive, member=largest.name, rule=rule)
    if clash := collision((member.name, member.is_folder) for member in found):
        raise HostileArchive(archive=archive, member=clash[0], rule=clash[1])


def _located(file: IO[bytes], archive: str, entry: _Entry, end: int) -> Member:
    """Return the member with the place of its data, which must reach exactly to `end`."""
    member = entry.member
    file.seek(entry.header)
    fixed = file.read(_LOCAL_SIZE)
    if fixed[:4] != _LOCAL:
        raise CorruptArchive(archive=archive, problem=f"{member.name!r} has no header")
    flags, method, crc, packed, size, name_size, extra = unpack_from("<6x HH 4x IIIHH", fixed)
    start = entry.header + _LOCAL_SIZE + name_size + extra
    told, true = (crc, packed, size), (member.crc, member.packed, member.size)
    unsaid = flags & _STREAMED and all(
        one in (0, other) for one, other in zip(told, true, strict=True)
    )
    same = (flags, method, file.read(name_size)) == (entry.flags, member.method, entry.raw)
    if not same or not (unsaid or told == true):
        raise HostileArchive(archive=archive, member=member.name, rule=Rule.HEADERS)
    if start + member.packed > end:
        raise HostileArchive(archive=archive, member=member.name, rule=Rule.OVERLAP)
    file.seek(start + member.packed)
    trailer = file.read(min(end - file.tell(), _TRAILER_SIZE + 1))
    is_trailer = flags & _STREAMED and trailer.removeprefix(_TRAILER) == struct.pack("<III", *true)
    if not is_trailer and (trailer or told != true):
        raise HostileArchive(archive=archive, member=member.name, rule=Rule.HIDDEN)
    return replace(member, start=start)

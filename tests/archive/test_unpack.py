"""Archives from strangers: honest ones are unpacked, all others refused before they can do harm."""

import hashlib
import io
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modpm.archive.pack import pack
from modpm.archive.rules import MOST_MEMBERS, Rule
from modpm.archive.unpack import read_member, unpack
from modpm.errors import CorruptArchive, HostileArchive

Craft = Callable[..., Path]
STORED, DEFLATED, BZIP2 = 0, 8, 12
GOOD = {"name": "mod.toml", "data": b"[mod]\n" * 50, "method": DEFLATED}


def zipped(files: dict[str, bytes], method: int = DEFLATED) -> bytes:
    """Return what Python's own zipfile makes of `files`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def unpacked(archive: Path, into: Path) -> Mapping[str, tuple[int, str]]:
    """Unpack the archive into a folder."""
    with archive.open("rb") as file:
        return unpack(file, str(archive), into)


@pytest.mark.parametrize("method", [STORED, DEFLATED])
def test_an_ordinary_zip_is_unpacked(tmp_path: Path, method: int) -> None:
    """What zipfile writes arrives as it was, and is reported with size and sha256."""
    files = {"mod.toml": b"[mod]", "data/deep/waves.bin": bytes(range(256)) * 999, "empty": b""}
    archive, into = tmp_path / "a.zip", tmp_path / "out"
    archive.write_bytes(zipped({"data/": b"", **files}, method))
    told = unpacked(archive, into)
    assert {name: (into / name).read_bytes() for name in files} == files
    assert told == {n: (len(d), hashlib.sha256(d).hexdigest()) for n, d in files.items()}


def test_a_streamed_zip_is_unpacked(tmp_path: Path) -> None:
    """A zip that was written to a pipe, its sums behind the data, is as good as any."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise OSError("a pipe")

        tell = seek

    out = Pipe()
    with zipfile.ZipFile(out, "w", DEFLATED) as archive:
        archive.writestr("mod.toml", b"[mod]")
        archive.writestr("empty", b"")
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    assert unpacked(tmp_path / "a.zip", tmp_path / "out").keys() == {"mod.toml", "empty"}


def test_a_zip_of_a_pipe_that_told_the_size_is_unpacked(crafted: Craft, tmp_path: Path) -> None:
    """Info-ZIP, writing to a pipe, knows the size of a file but neither its sum nor its packing."""
    data = b"[mod]" * 9
    packed = zlib.compress(data, 9, -15)
    sums = struct.pack("<4sIII", b"PK\7\x08", zlib.crc32(data), len(packed), len(data))
    piped = {"flags": 0x0808, "local_crc": 0, "local_packed": 0, "behind": sums}
    archive = crafted({"name": "mod.toml", "data": data, "method": DEFLATED, **piped})
    assert unpacked(archive, tmp_path / "out").keys() == {"mod.toml"}


def named(name: str | bytes, **more: Any) -> list[dict[str, Any]]:
    """Return the members of an archive that holds one odd name beside a good one."""
    return [GOOD, {"name": name, "data": b"x", **more}]


def pair(first: str, second: str) -> list[dict[str, Any]]:
    """Return the members of an archive with two names."""
    return [{"name": first}, {"name": second}]


HOSTILE = [
    (Rule.ABSOLUTE, named("/etc/passwd")),
    (Rule.PARENT, named("../../.bashrc")),
    (Rule.PARENT, named("data/../../x")),
    (Rule.CHARACTER, named("..\\x")),
    (Rule.CHARACTER, named("C:/x")),
    (Rule.CHARACTER, named("a:b")),
    (Rule.CHARACTER, named("what?.txt")),
    (Rule.EMPTY_PART, named("a//b")),
    (Rule.EMPTY_PART, named("")),
    (Rule.RESERVED, named("CON")),
    (Rule.RESERVED, named("data/nul.txt")),
    (Rule.RESERVED, named("Com1.tar.gz")),
    (Rule.RESERVED, named("aux .rhai")),
    (Rule.RESERVED, named("lpt²")),
    (Rule.TRAILING, named("a.")),
    (Rule.TRAILING, named("a /b")),
    (Rule.TRAILING, named("./a")),
    (Rule.CONTROL, named("a\0.txt")),
    (Rule.CONTROL, named("a\x1b[2J")),
    (Rule.CONTROL, named("safe\u202egnp.exe")),
    (Rule.TOO_LONG, named("é" * 121)),
    (Rule.TOO_DEEP, named("d/" * 33 + "x")),
    (Rule.NOT_NFC, named(unicodedata.normalize("NFD", "café"))),
    (Rule.ENCODING, named("caf\xe9".encode("latin-1"), flags=0)),
    (Rule.DUPLICATE, pair("a", "a")),
    (Rule.DUPLICATE, [{"name": "a/", "mode": 0}] * 2),
    (Rule.SAME_NAME, pair("Readme", "README")),
    (Rule.SAME_NAME, pair("Data/x", "data/y")),
    (Rule.SAME_NAME, pair("straße", "STRASSE")),
    (Rule.SAME_NAME, pair("ı", "I")),
    (Rule.FILE_AND_FOLDER, pair("a", "a/b")),
    (Rule.FILE_AND_FOLDER, pair("a/b", "a")),
    (Rule.LINK, named("link", mode=0o120777)),
    (Rule.SPECIAL, named("device", mode=0o020666)),
    (Rule.SPECIAL, named("folder", mode=0o040755)),
    (Rule.ENCRYPTED, named("secret", flags=0x0801)),
    (Rule.FLAGS, named("patch", flags=0x0820)),
    (Rule.METHOD, named("bz", told_method=BZIP2)),
    (Rule.HEADERS, named("one", local_name="two")),
    (Rule.HEADERS, named("one", local_size=2)),
    (Rule.HEADERS, named("one", local_crc=1)),
    (Rule.HEADERS, named("one", local_method=DEFLATED)),
    (Rule.HEADERS, named("one", local_flags=0x0802)),
    (Rule.OVERLAP, [GOOD, {**GOOD, "name": "again", "local_name": "mod.toml", "header": 0}]),
    (Rule.HIDDEN, named("one", behind=b"smuggled")),
    (Rule.HIDDEN, named("one", flags=0x0808, local_crc=0, local_packed=0, local_size=0)),
    (Rule.ZIP64, named("big", size=0xFFFFFFFF, packed=0xFFFFFFFF)),
    (Rule.SIZE, named("folder/", mode=0)),
    (Rule.SIZE, named("short", method=DEFLATED, size=2)),
    (Rule.SIZE, named("long", method=DEFLATED, data=b"x" * 99, size=98)),
    (Rule.TOO_LARGE, named("bomb", method=DEFLATED, size=(1 << 30) + 1)),
    (Rule.TOO_LARGE, [{"name": f"{n}", "method": DEFLATED, "size": 1 << 29} for n in range(3)]),
    (Rule.RATIO, named("bomb", method=DEFLATED, data=bytes(17 << 20))),
]


@pytest.mark.parametrize(("rule", "members"), HOSTILE, ids=[str(rule) for rule, _ in HOSTILE])
def test_hostile_members_are_refused(
    crafted: Craft, tmp_path: Path, rule: Rule, members: list[dict[str, Any]]
) -> None:
    """Each trick is refused by the rule it breaks, and nothing lands outside the folder."""
    archive, into = crafted(*members), tmp_path / "deep" / "out"
    into.mkdir(parents=True)
    with pytest.raises(HostileArchive) as refused:
        unpacked(archive, into)
    assert refused.value.rule == rule
    assert {path.name for path in tmp_path.iterdir()} == {"crafted.zip", "deep"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("rule", "whole"),
    [
        (Rule.HIDDEN, {"before": b"#!/bin/sh\n"}),
        (Rule.HIDDEN, {"after": b"<script>"}),
        (Rule.ZIP64, {"count": 0xFFFF}),
        (Rule.ZIP64, {"start": 0xFFFFFFFF}),
        (Rule.TOO_MANY, {"count": MOST_MEMBERS + 1}),
        (Rule.HIDDEN, {"start": 0}),
    ],
)
def test_a_zip_that_is_also_something_else_is_refused(
    crafted: Craft, tmp_path: Path, rule: Rule, whole: dict[str, Any]
) -> None:
    """Bytes around the archive, and an end record that lies about it, are refused."""
    with pytest.raises(HostileArchive) as refused:
        unpacked(crafted(GOOD, **whole), tmp_path / "out")
    assert refused.value.rule == rule


def test_zip64_is_refused_by_its_name(tmp_path: Path) -> None:
    """An honest zip64 archive is told apart from one with hidden bytes."""
    data = zipped({"mod.toml": b"[mod]"})
    records = b"PK\6\6" + bytes(52) + b"PK\6\7" + bytes(16)
    (tmp_path / "a.zip").write_bytes(data[:-22] + records + data[-22:])
    with pytest.raises(HostileArchive) as refused:
        unpacked(tmp_path / "a.zip", tmp_path / "out")
    assert refused.value.rule == Rule.ZIP64


def test_a_wrong_checksum_is_corruption(crafted: Craft, tmp_path: Path) -> None:
    """Data that does not match its checksum is found out."""
    with pytest.raises(CorruptArchive, match=r"checksum.*mod\.toml"):
        unpacked(crafted({**GOOD, "crc": 1}), tmp_path / "out")


@pytest.mark.parametrize("raw", [b"", b"\xff" * 9, b"\x03\x00more"])
def test_garbled_compressed_data_is_corruption(crafted: Craft, tmp_path: Path, raw: bytes) -> None:
    """Deflate data that ends early, makes no sense or goes on after its end is found out."""
    with pytest.raises(CorruptArchive, match="decompressed"):
        unpacked(crafted({**GOOD, "raw": raw, "packed": len(raw)}), tmp_path / "out")


def test_an_archive_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    """No prefix of an archive passes for the archive."""
    whole = zipped({"mod.toml": b"[mod]" * 9, "main.rhai": b"fn on_init() {}"})
    archive = tmp_path / "cut.zip"
    for length in range(len(whole)):
        archive.write_bytes(whole[:length])
        with pytest.raises((CorruptArchive, HostileArchive)):
            unpacked(archive, tmp_path / "out")


FILES = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}\.[a-z]{3}){0,2}", fullmatch=True),
    st.binary(max_size=300),
    min_size=1,
    max_size=4,
)
EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4)


@settings(deadline=None, max_examples=300)
@given(files=FILES, edits=EDITS, method=st.sampled_from([STORED, DEFLATED]))
@example(files={"a": b"\0\0"}, edits=[(0.390625, 64)], method=STORED)  # zip version 6.4
def test_no_bytes_make_anything_else_happen(
    files: dict[str, bytes], edits: list[tuple[float, int]], method: int
) -> None:
    """Whatever is done to an archive, it is unpacked as zipfile would, or refused in our words."""
    data = bytearray(zipped(files, method))
    for place, byte in edits:
        data[int(place * len(data))] = byte
    with tempfile.TemporaryDirectory() as folder:
        archive, into = Path(folder, "a.zip"), Path(folder, "out")
        archive.write_bytes(data)
        try:
            told = unpacked(archive, into)
        except (CorruptArchive, HostileArchive):
            assert edits or len({f.split("/")[0] for f in files}) < len(files)
            return
        with zipfile.ZipFile(archive) as reference:
            for name in told:
                assert (into / name).read_bytes() == reference.read(name)


@settings(deadline=None, max_examples=300)
@given(data=st.binary(max_size=400))
def test_no_tail_makes_anything_else_happen(data: bytes) -> None:
    """Bytes that merely end like a zip are refused in our words."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "a.zip")
        archive.write_bytes(b"PK\3\4" + data + b"PK\1\2" + data + b"PK\5\6" + data[:18])
        with pytest.raises((CorruptArchive, HostileArchive)):
            unpacked(archive, Path(folder, "out"))


def test_one_member_is_read_without_the_rest() -> None:
    """`read_member` returns one file, and says so when there is none or it is too large."""
    archive = io.BytesIO(zipped({"mod.toml": b"[mod]", "big": b"x" * 99}))
    assert read_member(archive, "a.zip", "mod.toml", 99) == b"[mod]"
    with pytest.raises(CorruptArchive, match=r"game\.toml"):
        read_member(archive, "a.zip", "game.toml", 99)
    with pytest.raises(HostileArchive) as refused:
        read_member(archive, "a.zip", "big", 98)
    assert (refused.value.member, refused.value.rule) == ("big", Rule.TOO_LARGE)


def test_a_packed_folder_comes_back(tmp_path: Path) -> None:
    """What `pack` writes, `unpack` accepts."""
    mod = tmp_path / "mod"
    (mod / "data").mkdir(parents=True)
    (mod / "mod.toml").write_bytes(b"[mod]")
    (mod / "data" / "日本.txt").write_bytes(b"\r\n")
    pack(mod, tmp_path / "mod.zip")
    unpacked(tmp_path / "mod.zip", tmp_path / "out")
    assert (tmp_path / "out" / "data" / "日本.txt").read_bytes() == b"\r\n"
    assert (tmp_path / "out" / "mod.toml").read_bytes() == b"[mod]"

"""Archives that no honest tool writes."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STORED, DEFLATED = 0, 8
_LOCAL, _CENTRAL, _END = "<4sHHHHHIIIHH", "<4sHHHHHHIIIHHHHHII", "<4sHHHHIIH"


def _bytes(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")


def craft(*members: dict[str, Any], before: bytes = b"", after: bytes = b"", **end: int) -> bytes:
    """Return a zip whose headers say what `members` (name, data, any header field) want them to.

    A field with the prefix "local_" is told in the member's own header only.
    """
    body, directory = before, b""
    for member in members:
        data = member.get("data", b"")
        method = member.get("method", STORED)
        raw = zlib.compress(data, 9, -15) if method == DEFLATED else data
        told = {
            "name": member.get("name", "a.txt"),
            "flags": 0x0800,
            "crc": zlib.crc32(data),
            "packed": len(raw),
            "size": len(data),
            "mode": 0o100644,
            "header": len(body) - member.get("back", 0),
        } | {key: value for key, value in member.items() if key not in {"data", "raw"}}
        told["method"] = told.get("told_method", method)
        here = told | {key[6:]: told[key] for key in told if key.startswith("local_")}
        name, own = _bytes(told["name"]), _bytes(here["name"])
        fields = ("flags", "method")
        sums = ("crc", "packed", "size")
        body += struct.pack(
            _LOCAL,
            b"PK\3\4",
            20,
            *(here[f] for f in fields),
            0,
            33,
            *(here[s] for s in sums),
            len(own),
            0,
        )
        body += own + member.get("raw", raw) + member.get("behind", b"")
        directory += struct.pack(
            _CENTRAL, b"PK\1\2", 0x0314, 20, *(told[f] for f in fields), 0, 33,
            *(told[s] for s in sums), len(name), 0, 0, 0, 0, told["mode"] << 16, told["header"],
        ) + name  # fmt: skip
    count = end.get("count", len(members))
    start = end.get("start", len(body))
    tail = struct.pack(
        _END, b"PK\5\6", 0, 0, count, count, len(directory), start, end.get("comment", 0)
    )
    return body + directory + tail + after


@pytest.fixture
def crafted(tmp_path: Path) -> Callable[..., Path]:
    """Write what `craft` returns to a file, and return its path."""

    def write(*members: dict[str, Any], **rest: Any) -> Path:
        path = tmp_path / "crafted.zip"
        path.write_bytes(craft(*members, **rest))
        return path

    return write

"""The files of a loadout: read as untrusted input, written all or none."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from modpm.disk import opened, refusals, replacing
from modpm.errors import FileTooLarge, InvalidSyntax

LARGEST = 64 << 20
"""Bytes that a lock may have; a loadout's own limit is lower."""
_BOM = b"\xef\xbb\xbf"


def read_bytes(file: Path) -> bytes:
    """Return what a regular file holds; raise FileTooLarge, or OSError for what may never end."""
    with opened(file) as content:
        size = os.fstat(content.fileno()).st_size
        if size > LARGEST:
            raise FileTooLarge(file=file.name, size=size, limit=LARGEST)
        return content.read(LARGEST + 1)


def read_text(file: Path) -> str:
    """Return the text of a file, its lines ended by "\\n".

    Raises FileTooLarge, OSError, or InvalidSyntax if it is no text.
    """
    try:
        return read_bytes(file).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InvalidSyntax(file=file.name, problem="it is not UTF-8 text") from error


def write_all(texts: Mapping[Path, str]) -> dict[Path, bytes]:
    """Replace the files by the texts, in the line ends that they had; return what they now hold.

    No name changes before all the bytes are on the disk. Raises StoreError.
    """
    contents = {path: _as_before(path, text) for path, text in texts.items()}
    with ExitStack() as stack:
        for path, content in contents.items():
            if not path.exists() or read_bytes(path) != content:
                stack.enter_context(refusals(path))
                file = stack.enter_context(replacing(path))
                file.write(content)
                file.flush()
    return contents


def _as_before(path: Path, text: str) -> bytes:
    former = read_bytes(path) if path.exists() else b""
    if b"\r\n" in former:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return (_BOM if former.startswith(_BOM) else b"") + text.encode()

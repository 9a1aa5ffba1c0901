"""Reading archives that strangers made. Every name and size is checked before a byte is written."""

from collections.abc import Mapping
from pathlib import Path


def read_member(archive: Path, name: str, limit: int) -> bytes:
    """Return one member's bytes, at most `limit`; raise CorruptArchive or HostileArchive."""
    raise NotImplementedError


def unpack(archive: Path, into: Path) -> Mapping[str, tuple[int, str]]:
    """Write every member below the empty folder `into`; return name -> (size, sha256).

    Raises CorruptArchive, HostileArchive or StoreError.
    """
    raise NotImplementedError

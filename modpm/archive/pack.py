"""A mod folder as one archive: the same bytes on every machine.

Members are sorted, uncompressed, with fixed dates and modes, so that a folder has a sha256 without being packed.
"""

from pathlib import Path


def pack(folder: Path, to: Path) -> tuple[str, int]:
    """Write the archive of `folder` to `to`, atomically; return its sha256 (hex) and size (bytes)."""
    raise NotImplementedError


def digest(folder: Path) -> tuple[str, int]:
    """Return the sha256 and size of the archive that `pack` would write."""
    raise NotImplementedError

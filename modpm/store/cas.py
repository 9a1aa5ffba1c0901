"""The content-addressed store: sha256/<hex>/ holds one unpacked, read-only mod."""

from pathlib import Path

from msgspec import Struct


class Damage(Struct, frozen=True):
    """A file in the store that is not what was put there. `problem`: missing, changed, unexpected."""

    sha256: str
    file: str
    problem: str


class Store:
    """One store below `root`; safe to share between processes."""

    def __init__(self, root: Path) -> None:
        raise NotImplementedError

    def path(self, sha256: str) -> Path:
        """Return where the files of that archive are, or would be."""
        raise NotImplementedError

    def has(self, sha256: str) -> bool:
        """Return whether the archive is in the store (by its folder, which appears atomically)."""
        raise NotImplementedError

    def add_archive(self, archive: Path, sha256: str, size: int) -> Path:
        """Unpack the archive into the store unless it is there; return its folder.

        Raises HashMismatch, CorruptArchive, HostileArchive, StoreError; leaves nothing behind when it does.
        """
        raise NotImplementedError

    def add_folder(self, folder: Path, sha256: str) -> Path:
        """Copy an unpacked mod into the store; `sha256` is that of its pack. Raises HashMismatch, StoreError."""
        raise NotImplementedError

    def verify(self, sha256: str) -> tuple[Damage, ...]:
        """Hash every file again; return what differs."""
        raise NotImplementedError

    def remove(self, sha256: str) -> int:
        """Remove one archive; return the bytes that it freed."""
        raise NotImplementedError

    def all(self) -> tuple[str, ...]:
        """Return the sha256 of everything in the store, sorted."""
        raise NotImplementedError

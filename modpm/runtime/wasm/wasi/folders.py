"""Folders that a mod may use: nothing leads out of them, and what a mod keeps there has a limit."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from modpm.runtime.api import Folder
from modpm.runtime.wasm.wasi.resources import Failed

SPACE = 64 << 20
"""Bytes that a mod may keep."""
FILES = 1_000
"""Files and folders that it may keep."""
_REPARSE_POINT = 0x400


class Space:
    """What a mod may still write, from what its folders hold at the first write on."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots
        self._left: tuple[int, int] | None = None

    def take(self, size: int, files: int = 0) -> None:
        """Count bytes and files; raise Failed if there is no room for them."""
        space, count = self._measured() if self._left is None else self._left
        if (size > 0 and size > space) or (files > 0 and files > count):
            raise Failed("insufficient-space")
        self._left = space - size, count - files

    def _measured(self) -> tuple[int, int]:
        sizes = [
            Path(parent, name).lstat().st_size if name in names else 0
            for root in self._roots
            for parent, folders, names in os.walk(root)
            for name in (*folders, *names)
        ]
        return SPACE - sum(sizes), FILES - len(sizes)


class Tree:
    """One folder that a mod may use; without `space` it may only read there."""

    def __init__(self, folder: Folder, space: Space | None) -> None:
        self.name = folder.name
        self.space = space
        self._path = folder.path

    def path(self, parts: tuple[str, ...]) -> Path:
        """Return where something in the folder is."""
        return self._path.joinpath(*parts)

    def status(self, parts: tuple[str, ...]) -> os.stat_result | None:
        """Return what is there, a file or a folder; None if nothing is. Raises Failed, OSError."""
        found = self._path.stat()
        for depth, _ in enumerate(parts, 1):
            if not stat.S_ISDIR(found.st_mode):
                raise Failed("not-directory")
            try:
                found = self.path(parts[:depth]).lstat()
            except FileNotFoundError:
                if depth == len(parts):
                    return None
                raise
            if not plain(found):
                raise Failed("not-permitted")
        return found


def plain(status: os.stat_result) -> bool:
    """Return whether it is a file or a folder, and not a link, a device or a pipe."""
    link = getattr(status, "st_file_attributes", 0) & _REPARSE_POINT
    return not link and (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode))

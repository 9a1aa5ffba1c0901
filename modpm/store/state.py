"""Small files that must never be half-written, and the lock that keeps two commands apart."""

from contextlib import AbstractContextManager
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text` (UTF-8, line ends as given): the old content or the new, never a mix. Raises StoreError."""
    raise NotImplementedError


def exclusive(path: Path) -> AbstractContextManager[None]:
    """Hold the lock file `path`, waiting for other processes; raise Busy when they do not finish."""
    raise NotImplementedError

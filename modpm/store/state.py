"""Small files that must never be half-written, and the lock that keeps two commands apart."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modpm.disk import refusals, replacing
from modpm.errors import Busy, StoreError

if TYPE_CHECKING:
    from filelock import BaseFileLock

_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text` (UTF-8, line ends as given): the old content or the new, no mix.

    Raises StoreError.
    """
    with refusals(path), replacing(path) as file:
        file.write(text.encode())


@contextmanager
def exclusive(
    path: Path, seconds: float = 60, waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the lock file `path`; call `waiting` once if another process has it.

    Raises Busy after `seconds`, StoreError where the file system has no locks or cannot be written.
    The system lets go of the lock when its holder dies, however it dies.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, fallback_to_soft=False)
    with refusals(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _acquire(lock, seconds, waiting or (lambda: None))
        except Timeout as error:
            raise Busy(path=str(path), seconds=seconds) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            reason = "this file system has no file locks"
            raise StoreError(path=str(path), reason=reason) from error
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: "BaseFileLock", seconds: float, waiting: Callable[[], None]) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        lock.acquire(timeout=seconds)

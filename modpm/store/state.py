"""Small files that must never be half-written, and the lock that keeps two commands apart."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from modpm.disk import refusals, replacing
from modpm.errors import Busy, StoreError


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
    try:
        with refusals(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                if waiting:
                    waiting()
                lock.acquire(timeout=seconds)
    except Timeout as error:
        raise Busy(path=str(path), seconds=seconds) from error
    except NotImplementedError as error:
        raise StoreError(path=str(path), reason="this file system has no file locks") from error
    try:
        yield
    finally:
        lock.release()

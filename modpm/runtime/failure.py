"""A mod that failed, and the line that tells it."""

from pathlib import Path

from msgspec import Struct

from modpm.errors import ExecutionFailed, ModError, NotFound

ENDS = (KeyboardInterrupt, SystemExit)
"""What ends the game wherever it is raised: the player's word, or the system's."""


class Failure(Struct, frozen=True):
    """A mod that failed: where, and how. If that is not `final`, it is started anew.

    `str(failure)` is a line for the player.
    """

    mod: str
    hook: str
    error: ModError
    final: bool = True

    def __str__(self) -> str:
        return f"{self.mod}: {self.hook}: {told(self.error)}"


def told(error: ModError) -> str:
    """Return what went wrong in one line, with file, line and column where they are known."""
    reason = "there is no such file" if isinstance(error, NotFound) else None
    reason = reason or str(getattr(error, "reason", None) or error)
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    file = getattr(error, "file", None) or getattr(error, "path", None)
    place = [str(part) for part in (file and Path(file).name, line, column) if part]
    return f"{reason} ({':'.join(place)})" if place else reason


def foreseen(id: str, hook: str, error: BaseException) -> ModError:
    """Return the error as one that says which mod it is about."""
    if isinstance(error, ModError):
        return error
    return ExecutionFailed(mod=id, function=hook, reason=spelled(error))


def spelled(error: BaseException) -> str:
    """Return an error's type, and what it says if it can say it."""
    try:
        return f"{type(error).__name__}: {error!s:.500}"
    except Exception:
        return type(error).__name__

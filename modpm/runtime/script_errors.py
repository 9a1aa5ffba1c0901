"""What rhai's errors mean for a mod."""

import re
from pathlib import Path

import msgspec

from modpm.errors import LoadFailed, ModError, Refused
from modpm.runtime.log import LINE


def load_failed(id: str, path: Path, error: Exception) -> ModError:
    """Return what to raise for an error of a script that was to be loaded."""
    if isinstance(error, ModError) and not isinstance(error, Refused):
        return error
    line, column = place_of(error)
    reason = reason_of(error)
    if isinstance(error, msgspec.ValidationError):
        reason = f"get_metadata: {reason}"
    return LoadFailed(mod=id, reason=reason, file=str(path), line=line, column=column)


def reason_of(error: Exception) -> str:
    """Return what went wrong, in one line."""
    text = getattr(error, "message", None)
    return (str(error) if text is None else text)[:LINE] or type(error).__name__


def limit_of(error: Exception) -> str | None:
    """Return the limit that was reached, as a word; None if it was none."""
    import rhai

    limited = isinstance(error, rhai.LimitError | rhai.Terminated)
    return type(error).__name__.removesuffix("Limit").lower() if limited else None


def place_of(error: Exception) -> tuple[int | None, int | None]:
    """Return where the script was; for what a host function raised, from rhai's note on it."""
    line = getattr(error, "line", None)
    if line is not None:
        return line, getattr(error, "column", None)
    lines = re.findall(r", line (\d+), in ", "\n".join(getattr(error, "__notes__", ())))
    return (int(lines[-1]), None) if lines else (None, None)

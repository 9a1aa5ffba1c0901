"""From an exception to words on stderr (or one JSON document) and an exit code."""

import errno
import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from modpm import errors
from modpm.cli.messages import Message, explain
from modpm.cli.render import shown, written
from modpm.cli.shell import Shell

CODES: tuple[tuple[type[Exception], int], ...] = (
    (errors.LockError, 3),
    (errors.VerificationError, 4),
    (errors.RegistryError, 5),
    (errors.InvalidFile, 2),
    (errors.InvalidVersion, 2),
    (errors.InvalidRange, 2),
    (errors.NoLoadout, 2),
    (errors.NoGame, 2),
    (errors.AlreadyExists, 2),
    (errors.NothingToBuild, 2),
    (errors.NotInLoadout, 2),
    (errors.UnknownParameter, 2),
    (errors.UnknownGame, 2),
)
"""The first that fits; 1 for every other error that modpm foresees."""


def fail(shell: Shell, error: Exception) -> int:
    """Tell the player about `error`; return the exit code."""
    try:
        return _foreseen(shell, error)
    except Exception as unforeseen:
        return _bug(shell, unforeseen)


def _foreseen(shell: Shell, error: Exception) -> int:
    """Tell of an error that has words; raise every other."""
    match error:
        case click.Abort():
            raise KeyboardInterrupt
        case click.UsageError():
            return _usage(shell, error)
        case OSError(errno=errno.EPIPE):
            return _nobody_listens()
        case errors.ModpmError() | OSError():
            tell(shell, error)
            return exit_code(error)
    raise error


def exit_code(error: Exception) -> int:
    """Return what `modpm --help` promises for this kind of error."""
    return next((code for kind, code in CODES if isinstance(error, kind)), 1)


def tell(shell: Shell, error: Exception) -> None:
    """Say what happened, where, and what to do."""
    message = explain(error)
    data = error.data if isinstance(error, errors.ModpmError) else {}
    _say(shell, kebab(type(error).__name__), message, data)


def kebab(name: str) -> str:
    """Return a class's name as the code that `--json` gives: HashMismatch is hash-mismatch."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _say(shell: Shell, code: str, message: Message, data: dict[str, Any]) -> None:
    if shell.json:
        told = {name: written(value) for name, value in data.items()}
        shell.document(
            {"error": {"code": code, "message": message.text, **told, "hint": message.hint}}
        )
        return
    shell.label("error", message.text, "red")
    if message.file:
        shell.complain(_place(message))
    if message.hint:
        shell.label("hint", message.hint, "cyan")


def _place(message: Message) -> str:
    """Return where it is, and the line itself if there is one to show."""
    file = message.file or ""
    spot = ":".join(str(part) for part in (shown(file), message.line, message.column) if part)
    line = excerpt(file, message.line)
    return f"  at {spot}" + (f"\n  | {line}" if line else "")


def excerpt(file: str, line: int | None) -> str | None:
    """Return a line of a file, cut to the width of a page; None if it cannot be had."""
    if not line:
        return None
    try:
        with Path(file).open("rb") as stream:
            lines = stream.read(1 << 20).decode(errors="replace").splitlines()
    except OSError:
        return None
    return lines[line - 1].strip()[:100] if line <= len(lines) else None


def _usage(shell: Shell, error: click.UsageError) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    near = getattr(error, "possibilities", None)
    text = (error.message if near else error.format_message()).rstrip(".")
    command = error.ctx.command_path if error.ctx else "modpm"
    hint = f"did you mean `{near[0]}`?" if near else f"see `{command} --help`"
    _say(shell, "usage", Message(text[:1].lower() + text[1:], hint), {})
    return 2


def _nobody_listens() -> int:
    """Give up quietly when the reader of a pipe went away."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _bug(shell: Shell, error: Exception) -> int:
    """Keep the details of an error that nobody foresaw where the player can find them."""
    if os.environ.get("MODPM_DEBUG"):
        raise error
    text = f"modpm has a bug: {type(error).__name__}: {error}"
    hint = f"please report it, with {_keep(error)}"
    _say(shell, "bug", Message(text, hint), {})
    return 70


def _keep(error: Exception) -> str:
    """Write the traceback to a file of its own; return its path, or the variable that shows it."""
    import tempfile
    import traceback

    details = "".join(traceback.format_exception(error))
    try:
        handle, path = tempfile.mkstemp(prefix="modpm-bug-", suffix=".txt", text=True)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"{sys.argv}\n{sys.version}\n{details}")
    except OSError:
        return "what MODPM_DEBUG=1 shows"
    return path

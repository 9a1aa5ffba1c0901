"""The terminal as the verbs see it: data on stdout; progress, warnings and errors on stderr."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from modpm.lockfile import Request
    from modpm.session import Session

SCHEMA_VERSION = 1
"""Of every `--json` document; it grows when a key changes its meaning or goes away."""

UNSAFE = {c: f"\\x{c:02x}" for c in (*range(9), *range(11, 32), *range(127, 160))} | {
    c: f"\\u{c:04x}"
    for c in (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}
"""Controls that move the cursor, recolour or reorder: mods choose their names and log lines."""


class Shell:
    """What the global options said, and the only way to the terminal."""

    def __init__(self, json: bool) -> None:
        self.json = json
        self.offline = False
        self.timeout: float = 30
        self.verbosity = 0
        self.asks = False
        self.grants: tuple[str, ...] = ()
        self.grants_all = False
        self.color: bool | None = False if os.environ.get("NO_COLOR") else None
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    def out(self, text: str = "") -> None:
        """Write a line of data."""
        if not self.json:
            self._write(text, sys.stdout)

    def document(self, data: Mapping[str, Any]) -> None:
        """Write the one document of `--json`, if that was asked for."""
        if self.json:
            import msgspec.json

            from modpm.cli.render import plain

            body = msgspec.json.encode({"schema-version": SCHEMA_VERSION, **data}, enc_hook=plain)
            sys.stdout.write(msgspec.json.format(body, indent=2).decode() + "\n")

    def note(self, text: str, style: str | None = None) -> None:
        """Say what was done, unless `--quiet`."""
        if self.verbosity >= 0:
            self._write(text, sys.stderr, style)

    def detail(self, text: str) -> None:
        """Say how it was done, with `--verbose`."""
        if self.verbosity > 0:
            self._write(text, sys.stderr)

    def warn(self, text: str) -> None:
        """Say what the player should know although it went well."""
        self.label("warning", text, "yellow")

    def label(self, label: str, text: str, style: str) -> None:
        """Write `label: text` to stderr, the label in colour."""
        from click import echo
        from click import style as paint

        head = paint(f"{label}:", fg=style, bold=True)
        echo(f"{head} {text.translate(UNSAFE)}", err=True, color=self.color)

    def complain(self, text: str) -> None:
        """Write a line to stderr that belongs to a warning or an error."""
        self._write(text, sys.stderr)

    def flush(self) -> None:
        """Bring everything out now, so that a full disk or a closed pipe is noticed."""
        sys.stdout.flush()
        sys.stderr.flush()

    @contextmanager
    def session(self) -> "Iterator[Session]":
        """Give the session of the loadout here or above, with bars; raise NoLoadout."""
        from pathlib import Path

        from modpm.cli.progress import bars
        from modpm.session import Session

        with bars(self.verbosity >= 0) as progress:

            def agree(requests: "tuple[Request, ...]") -> "tuple[Request, ...]":
                from modpm.cli.grants import refused

                progress.close()
                try:
                    return refused(self, requests)
                finally:
                    progress.rest()

            yield Session.find(
                Path.cwd(),
                offline=self.offline,
                progress=progress,
                waiting=self._wait,
                agree=agree,
                timeout=self.timeout,
            )

    def _wait(self) -> None:
        self.note("waiting for another modpm to finish here ...")

    def _write(self, text: str, stream: TextIO, style: str | None = None) -> None:
        from click import echo
        from click import style as paint

        line = text.translate(UNSAFE)
        echo(paint(line, fg=style) if style else line, file=stream, color=self.color)

"""Bars on stderr for what takes long, on a terminal only."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 0.3
"""Seconds of work before a bar appears; importing rich takes a third of that."""


class Bars:
    """Called with what is being done, how much of it is done, and how much there is."""

    def __init__(self, seen: bool) -> None:
        self._start = monotonic() if seen else inf
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move the bar of `what`."""
        if monotonic() - self._start < PATIENCE:
            return
        if self._progress is None:
            self._progress = _opened()
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)

    def close(self) -> None:
        """Take the bars off the terminal; what goes on after that makes new ones."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks.clear()

    def rest(self) -> None:
        """Count the work from now on: before it, the player was asked something."""
        self._start = max(self._start, monotonic())


def _opened() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    words = TextColumn("{task.description}", markup=False)
    progress = Progress(
        words, BarColumn(), MofNCompleteColumn(), console=Console(stderr=True), transient=True
    )
    progress.start()
    return progress


@contextmanager
def bars(wanted: bool) -> Iterator[Bars]:
    """Give a `Bars` for as long as the work takes; it shows nothing if nobody would see it."""
    shown = Bars(wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb")
    try:
        yield shown
    finally:
        shown.close()

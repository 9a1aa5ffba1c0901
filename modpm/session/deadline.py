"""How long a command may choose versions, and what the player sees of that."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from modpm.errors import Undecided
from modpm.resolve.problem import Tick
from modpm.session.sources import Progress

PATIENCE = 1
"""Seconds before a player is told that a resolution goes on."""


class Deadline:
    """The seconds that all resolutions of one command have together."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        self._seconds = seconds
        self._spent = 0.0
        self._progress = progress

    @contextmanager
    def running(self) -> Iterator[Tick]:
        """Give what tells that it goes on, and raises Undecided when the time is up."""
        start = monotonic() - self._spent

        def tick() -> None:
            self._spent = monotonic() - start
            if self._spent > self._seconds:
                raise Undecided(seconds=self._seconds)
            if self._spent > PATIENCE:
                self._progress("resolving", int(self._spent), int(self._seconds))

        try:
            yield tick
        finally:
            self._spent = monotonic() - start

"""What a session is told besides its folder, and what it does if it is told nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from modpm.lockfile import Request
from modpm.session.sources import Progress
from modpm.session.work import Agree


class Options(TypedDict, total=False):
    """What `Session` takes besides its folder."""

    cache: Path | None
    offline: bool
    progress: Progress
    waiting: Callable[[], None] | None
    agree: Agree
    timeout: float


def nobody(requests: tuple[Request, ...]) -> tuple[Request, ...]:
    """Grant nothing of what mods ask for."""
    return requests


def quiet(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""

"""When files change: told after the look at them that finds everything that changed before."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from time import monotonic

STEP = 10
"""Milliseconds without a change after which a save is over."""
BURST = 500
"""Milliseconds after which a burst of saves is looked at although it goes on."""
BLIND = 1.0
"""Seconds after which is looked for what the system does not tell."""


class Watcher:
    """Calls `look` in a thread of its own, at once and whenever something at the paths changes.

    `paths` is asked before each look: files, folders with all that is in them, and names of what is
    not there yet or not any more. A change during a look leads to another look. `look` gets the
    watcher, and must not raise.
    """

    def __init__(
        self, paths: Callable[[], Iterable[Path]], look: Callable[["Watcher"], object]
    ) -> None:
        self._paths = paths
        self._look = look
        self._closed = Event()
        self._changed = False
        self._eye = self._blinks()
        self._thread = Thread(target=self._run, name="modpm-watch", daemon=True)
        self._thread.start()

    def settled(self, seconds: float = 2 * STEP / 1000) -> bool:
        """Return, to the look that asks, whether all it saw was whole: so long nothing changes.

        If not, another look follows this one.
        """
        until = monotonic() + seconds
        while not self._changed and monotonic() < until:
            self._changed = bool(next(self._eye, True))
        return not self._changed

    def close(self) -> None:
        """Look no more; a look that is going on ends first, if it ends within seconds."""
        self._closed.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._watch([path.absolute() for path in self._paths()])
            except FileNotFoundError:  # gone in this moment
                continue
            except (OSError, RuntimeError):  # too much to watch, or the system cannot
                self._eye = self._blinks()
                self._look(self)
                self._closed.wait(BLIND)

    def _blinks(self) -> Iterator[object]:
        """Return what stands for an eye where there is none: it sees nothing, step by step."""
        return iter(lambda: self._closed.wait(STEP / 1000), True)

    def _watch(self, paths: Sequence[Path]) -> None:
        """Look once, and return when there is something new to see."""
        from watchfiles import DefaultFilter, watch

        self._changed = False
        there = _there(paths)
        eye = watch(
            *there,
            watch_filter=DefaultFilter(ignore_dirs=()),  # it looks at all folders above, too
            step=STEP,
            debounce=BURST,
            rust_timeout=1,
            yield_on_timeout=True,
            stop_event=self._closed,
            ignore_permission_denied=True,
        )
        with closing(eye):
            # What was opened may not be what is there now; what was gone then is watched by nobody.
            if next(eye, True) or _there(paths) != there:
                return
            self._eye = eye
            self._look(self)
            self._wait(paths, there)

    def _wait(self, paths: Sequence[Path], there: Mapping[Path, object]) -> None:
        """Wait for a change; of a link that leads elsewhere the system tells nobody."""
        missing = [path for path in paths if path not in there]
        due = monotonic() + BLIND
        while not self._changed and not any(path.exists() for path in missing):
            self._changed = bool(next(self._eye, True))
            if monotonic() > due:
                self._changed |= _there(paths) != there
                due = monotonic() + BLIND


def _there(paths: Iterable[Path]) -> dict[Path, object]:
    """Return what tells each of the paths that are there from any other that was there before."""
    found = {path: path.stat() for path in paths if path.exists()}
    return {path: (one.st_dev, one.st_ino, one.st_ctime_ns) for path, one in found.items()}

"""A folder of mods that is followed while the game runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from weakref import finalize

from modpm.runtime import mod_dir
from modpm.runtime.config import ModSystemConfig
from modpm.runtime.events import (
    EventBus,
    ModLoadRequested,
    ModReloadRequested,
    ModUnloadRequested,
)
from modpm.runtime.state import ModLoaderState
from modpm.runtime.watch import Watcher

Stamp = tuple[tuple[str, int, int, int], ...]
"""What changes when a mod does: name, time, size and number of each of its files."""
Contents = Mapping[ModLoadRequested, Stamp]


class ModDirSystem:
    """Reloads what changes in a folder, unloads what goes; with `auto_load`, loads what comes."""

    def __init__(self, state: ModLoaderState, events: EventBus, config: ModSystemConfig) -> None:
        assert config.mod_dir is not None
        folder, accepts = config.mod_dir, state.loader.accepts
        self._state = state
        self._events = events
        self._loads = config.auto_load
        self._last = contents(folder, accepts)
        news = self._news = SimpleQueue[Contents]()

        def look(watcher: Watcher) -> None:
            with suppress(OSError):  # gone while it was looked at: another look follows
                found = contents(folder, accepts)
                if watcher.settled():
                    news.put(found)

        watcher = Watcher(lambda: [folder], look)
        finalize(self, watcher.close)

    def update(self) -> None:
        """Ask for what the last look makes necessary."""
        with suppress(Empty):
            while True:
                last, self._last = self._last, self._news.get_nowait()
                for request in self._requests(last, self._last):
                    self._events.publish(request)

    def _requests(
        self, before: Contents, now: Contents
    ) -> Iterator[ModLoadRequested | ModReloadRequested | ModUnloadRequested]:
        ids = {mod.requested.path: id for id, mod in self._state.mods.items()}
        for request in before.keys() - now.keys():
            if request.path in ids:
                yield ModUnloadRequested(ids[request.path])
        for request, stamp in now.items():
            if before.get(request) == stamp:
                continue
            if request.path in ids:
                yield ModReloadRequested(ids[request.path], request)
            elif self._loads:
                yield request


def contents(folder: Path, accepts: Callable[[Path], bool]) -> Contents:
    """Return the mods in the folder, as `mod_dir` has them; raise OSError."""
    requests = mod_dir.requests(folder, accepts)
    return {request: tuple(_stamps(request.path)) for request in requests}


def _stamps(path: Path) -> Iterator[tuple[str, int, int, int]]:
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        inside = file.relative_to(path)
        if not any(part.startswith(".") for part in inside.parts):
            status = file.stat()
            yield str(inside), status.st_mtime_ns, status.st_size, status.st_ino

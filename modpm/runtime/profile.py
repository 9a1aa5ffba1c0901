"""What each mod costs: time, calls, memory, commands. A loader in front of the others."""

import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from msgspec import Struct

from modpm.document import Value
from modpm.runtime.api import ALONE, ModContext, ModHandle, ModLoader, PluginAction
from modpm.runtime.events import DynamicEvent, PluginControlRequested
from modpm.runtime.loaded import called

T = TypeVar("T")
_STATM = Path("/proc/self/statm")


class Use(Struct):
    """What one mod used: seconds in `calls` calls, the longest of them, and by how many bytes the
    process grew meanwhile, None where the system does not tell; what it queued.
    """

    seconds: float = 0.0
    calls: int = 0
    longest: float = 0.0
    longest_in: str = ""
    memory: int | None = None
    commands: int = 0
    events: int = 0


class Profiler:
    """A ModLoader that runs everything with another, and counts; `uses` has what, by mod."""

    def __init__(self, loader: ModLoader) -> None:
        self.uses: dict[str, Use] = {}
        self._loader = loader

    def accepts(self, path: Path, /) -> bool:
        """Return whether the loader accepts the file."""
        return self._loader.accepts(path)

    def load(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Load the mod."""
        id = context.id or path.stem
        return self._counted(id, "load", lambda: self._loader.load(path, context))

    def unload(self, handle: ModHandle, /) -> None:
        """Forget the mod, but not what it used."""
        self._loader.unload(handle)

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Tell the mod that something was done to a plugin."""
        tell = self._loader.control_plugin
        self._counted(handle.id, "on_control_plugin", lambda: tell(handle, plugin, action))

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what the mod's function returns."""
        call = self._loader.call_function
        return self._counted(handle.id, name, lambda: call(handle, name, *args))

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the mods asked for, and count it."""
        drained = self._loader.drain_commands()
        for command in drained:
            self._use(command.source_mod).commands += 1
        return drained

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the mods published, and count it."""
        drained = self._loader.drain_events()
        for event in drained:
            self._use(event.source_mod or "").events += 1
        return drained

    def dispatch_event(self, handle: ModHandle, event: DynamicEvent, /) -> None:
        """Hand the event to the mod."""
        dispatch = self._loader.dispatch_event
        self._counted(handle.id, called(event), lambda: dispatch(handle, event))

    def _use(self, mod: str) -> Use:
        return self.uses.setdefault(mod, Use())

    def _counted(self, mod: str, hook: str, run: Callable[[], T]) -> T:
        use, before, began = self._use(mod), _resident(), perf_counter()
        try:
            return run()
        finally:
            seconds, after = perf_counter() - began, _resident()
            use.seconds += seconds
            use.calls += 1
            if seconds > use.longest:
                use.longest, use.longest_in = seconds, hook
            if before is not None and after is not None:
                use.memory = (use.memory or 0) + after - before


def _resident() -> int | None:
    """Return the bytes of this process in memory, where the system tells."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")

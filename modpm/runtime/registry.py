"""Several loaders behind one: each mod is run by the first that accepts its file."""

from collections.abc import Iterable
from pathlib import Path

from modpm.document import Value
from modpm.errors import InvalidFormat, NotFound
from modpm.runtime.api import ALONE, ModContext, ModHandle, ModLoader, PluginAction
from modpm.runtime.events import DynamicEvent, PluginControlRequested


class ModRegistry:
    """A ModLoader that hands every call to the loader which has the mod."""

    def __init__(self, loaders: Iterable[ModLoader] = ()) -> None:
        self._loaders = tuple(loaders)
        self._by_mod: dict[str, ModLoader] = {}

    def accepts(self, path: Path, /) -> bool:
        """Return whether some loader accepts the file."""
        return any(loader.accepts(path) for loader in self._loaders)

    def load(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Load the file with the first loader that accepts it; raise InvalidFormat if none does."""
        for loader in self._loaders:
            if loader.accepts(path):
                handle = loader.load(path, context)
                self._by_mod[handle.id] = loader
                return handle
        reason = f"nothing here runs files that end in {path.suffix!r}"
        raise InvalidFormat(mod=context.id or path.stem, path=str(path), reason=reason)

    def unload(self, handle: ModHandle, /) -> None:
        """Forget the mod."""
        self._loader(handle).unload(handle)
        del self._by_mod[handle.id]

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Tell the mod that something was done to a plugin."""
        self._loader(handle).control_plugin(handle, plugin, action)

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what the mod's function returns."""
        return self._loader(handle).call_function(handle, name, *args)

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the mods asked for, one loader's after the other's."""
        return [command for loader in self._loaders for command in loader.drain_commands()]

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the mods published, one loader's after the other's."""
        return [event for loader in self._loaders for event in loader.drain_events()]

    def dispatch_event(self, handle: ModHandle, event: DynamicEvent, /) -> None:
        """Hand the event to the mod if it subscribed to it."""
        self._loader(handle).dispatch_event(handle, event)

    def _loader(self, handle: ModHandle) -> ModLoader:
        try:
            return self._by_mod[handle.id]
        except KeyError:
            raise NotFound(mod=handle.id, path=str(handle.path)) from None

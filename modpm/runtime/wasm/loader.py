"""Wasm mods: one store a mod, within limits, with the host functions and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import structs

from modpm.document import Value
from modpm.errors import (
    ExecutionFailed,
    FunctionNotFound,
    InvalidFormat,
    LoadFailed,
    ModError,
    NotFound,
)
from modpm.runtime.api import (
    ALONE,
    ModBackend,
    ModContext,
    ModHandle,
    ModMetadata,
    PluginAction,
)
from modpm.runtime.events import DynamicEvent, PluginControlRequested
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.outbox import Outbox
from modpm.runtime.wasm.limits import DEFAULTS, WasmLimits

if TYPE_CHECKING:
    from modpm.runtime.wasm.instance import Instance


class WasmLoader:
    """Runs components, files that end in .wasm."""

    def __init__(self, limits: WasmLimits = DEFAULTS) -> None:
        self._limits = limits
        self._outbox = Outbox()
        self._mods: dict[str, Instance] = {}

    def accepts(self, path: Path, /) -> bool:
        """Return whether the file's name ends in .wasm."""
        return path.suffix == ".wasm"

    def load(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Compile the component and instantiate it; ask it who it is if the host does not know."""
        id = context.id or path.stem
        context = structs.replace(context, id=id)
        if id in self._mods:
            raise LoadFailed(mod=id, reason="a mod with this id is already loaded", file=str(path))
        from modpm.runtime.wasm.instance import reason

        functions = HostFunctions(id, context, self._outbox)
        instance = self._instance(path, context, functions)
        try:
            guest = instance.start()
            metadata = context.metadata
            if metadata is None and "get_metadata" in guest.hooks:
                metadata = guest.metadata()
        except Exception as error:
            self._outbox.forget(id)
            functions.subscriptions.clear()
            if isinstance(error, InvalidFormat):
                raise
            raise LoadFailed(mod=id, reason=reason(error), file=str(path)) from error
        self._mods[id] = instance
        return ModHandle(id, path, ModBackend.WASM, metadata or ModMetadata(), guest.hooks)

    def unload(self, handle: ModHandle, /) -> None:
        """Forget the instance, its subscriptions, and what it queued."""
        instance = self._mods.pop(handle.id, None)
        self._outbox.forget(handle.id)
        if instance is not None:
            instance.functions.subscriptions.clear()
            instance.forget()

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Tell the mod that something was done to a plugin; raise ExecutionFailed."""
        with self._inside(handle, "on_control_plugin") as instance:
            instance.guest.control(plugin, action)

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what a function of the mod returns.

        Raises ExecutionFailed, FunctionNotFound or NotFound.
        """
        with self._inside(handle, name) as instance:
            return instance.guest.call(name, args)

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the mods asked for since the last time, oldest first."""
        return self._outbox.drain_commands()

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the mods published since the last time, oldest first."""
        return self._outbox.drain_events()

    def dispatch_event(self, handle: ModHandle, event: DynamicEvent, /) -> None:
        """Hand the event to the mod, once for each time it subscribed; raise ExecutionFailed.

        All of them together have the time of one call.
        """
        until = monotonic() + self._limits.timeout
        with self._inside(handle, event.event_type) as instance:
            for callback in tuple(instance.functions.subscriptions.get(event.event_type, ())):
                callback(event.data)
                if monotonic() > until:
                    raise TimeoutError("the callbacks of one event ran out of time")

    @contextmanager
    def _inside(self, handle: ModHandle, function: str) -> "Iterator[Instance]":
        """Do something with a mod's instance; what goes wrong is a ModError."""
        instance = self._mods.get(handle.id)
        if instance is None:
            raise NotFound(mod=handle.id, path=str(handle.path))
        try:
            yield instance
        except Exception as error:
            raise _failed(instance, handle, function, error) from error
        except BaseException:  # Ctrl-C: nothing can enter the instance again
            instance.forget()
            raise

    def _instance(self, path: Path, context: ModContext, functions: HostFunctions) -> "Instance":
        from modpm.runtime.wasm import files
        from modpm.runtime.wasm.fit import fit
        from modpm.runtime.wasm.instance import Instance

        component, engine = files.component(functions.mod, path)
        fits = fit(functions.mod, path, component, engine)
        return Instance(component, fits, context, functions, self._limits)


def _failed(instance: "Instance", handle: ModHandle, function: str, error: Exception) -> ModError:
    from modpm.runtime.wasm.instance import is_fatal, limit, reason

    if isinstance(error, KeyError):
        return FunctionNotFound(mod=handle.id, function=function)
    if is_fatal(error):
        instance.forget()
    return ExecutionFailed(
        mod=handle.id,
        function=function,
        reason=reason(error),
        limit=limit(error),
        file=str(handle.path),
    )

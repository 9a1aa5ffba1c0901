"""Wasm mods: one store a mod, within limits, with the host functions and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

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
    """Runs components, files that end in .wasm.

    `cache` is the root of the cache where their code is kept; default: the player's own.
    """

    def __init__(self, limits: WasmLimits = DEFAULTS, cache: Path | None = None) -> None:
        self._limits = limits
        self._cache = cache
        self._outbox = Outbox()
        self._mods: dict[str, Instance] = {}

    def accepts(self, path: Path, /) -> bool:
        """Return whether the file's name ends in .wasm."""
        return path.suffix == ".wasm"

    def recognizes(self, start: bytes, /) -> bool:
        """Return whether a file that begins so is WebAssembly; `load` says of what kind."""
        return start.startswith(b"\0asm")

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
        return ModHandle(id, path, ModBackend.WASM, metadata or ModMetadata(), instance.hooks)

    def unload(self, handle: ModHandle, /) -> None:
        """Forget the instance, its subscriptions, and what it queued."""
        instance = self._mods.pop(handle.id, None)
        self._outbox.forget(handle.id)
        if instance is not None:
            self.discard(instance)

    def set_aside(self, handle: ModHandle, /) -> "Instance":
        """Return the instance, so that another version of the mod can load."""
        return self._mods.pop(handle.id)

    def bring_back(self, handle: ModHandle, aside: object, /) -> None:
        """Run the instance that was set aside again."""
        self._mods[handle.id] = cast("Instance", aside)

    def hand_over(self, aside: object, handle: ModHandle, memory: bool, edited: bool, /) -> bool:
        """Go on with the former version's random numbers; only the mod knows what is in memory."""
        self._mods[handle.id].functions.draw_on(aside)
        return not memory

    def discard(self, aside: object, /) -> None:
        """Forget an instance that was set aside."""
        instance = cast("Instance", aside)
        instance.functions.subscriptions.clear()
        instance.forget()

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Tell the mod that something was done to a plugin.

        Raises ExecutionFailed, FunctionNotFound or NotFound.
        """
        try:
            self._mods[handle.id].guest.control(plugin, action)
        except BaseException as error:
            self._fail(handle, "on_control_plugin", error)

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what a function of the mod returns.

        Raises ExecutionFailed, FunctionNotFound or NotFound.
        """
        try:
            # No guest in a variable: an error that is kept would keep it, and its memories.
            instance = self._mods[handle.id]
            if name in instance.hooks:
                return instance.guest.hooks[name](*args)
            return instance.guest.call(name, args)
        except BaseException as error:
            self._fail(handle, name, error)

    def direct(self, handle: ModHandle, hook: str, /) -> Callable[..., Value]:
        """Return what runs one of the mod's hooks, and raises what it does."""
        return self._mods[handle.id].guest.hooks[hook]

    def failed(self, handle: ModHandle, hook: str, error: BaseException, /) -> ModError:
        """Return what `call_function` raises for that error."""
        try:
            self._fail(handle, hook, error)
        except ModError as failure:
            return failure

    def hurry(self, handle: ModHandle, seconds: float, /) -> bool:
        """Let the mod's last call take no longer than so many seconds; False if it is lost."""
        return self._mods[handle.id].hurry(seconds)

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the mods asked for since the last time, oldest first."""
        return self._outbox.drain_commands()

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the mods published since the last time, oldest first."""
        return self._outbox.drain_events()

    def dispatch_event(self, handle: ModHandle, event: DynamicEvent, /) -> None:
        """Hand the event to the mod if it subscribed to it; raise ExecutionFailed or NotFound."""
        try:
            instance = self._mods[handle.id]
            if event.event_type in instance.functions.subscriptions:
                instance.guest.event(event.event_type, event.data)
        except BaseException as error:
            self._fail(handle, event.event_type, error)

    def _instance(self, path: Path, context: ModContext, functions: HostFunctions) -> "Instance":
        from modpm.runtime.wasm import aot
        from modpm.runtime.wasm.fit import fit
        from modpm.runtime.wasm.instance import Instance

        loaded = aot.component(path, functions.mod, cache=self._cache)
        fits = fit(path, functions.mod, loaded.component, loaded.engine, context.api)
        return Instance(loaded, fits, context, functions, self._limits)

    def _fail(self, handle: ModHandle, function: str, error: BaseException) -> NoReturn:
        """Raise what a call failed with as a ModError; Ctrl-C stays what it is."""
        instance = self._mods.get(handle.id)
        if instance is None:
            raise NotFound(mod=handle.id, path=str(handle.path)) from None
        from modpm.runtime.wasm.guest import Missing
        from modpm.runtime.wasm.instance import cause, limit, reason

        instance.mend()
        if isinstance(error, Missing):
            raise FunctionNotFound(mod=handle.id, function=function) from None
        if not isinstance(error, Exception):
            raise error
        raise ExecutionFailed(
            mod=handle.id,
            function=function,
            reason=reason(error),
            limit=limit(error),
            file=str(handle.path),
        ) from cause(error)

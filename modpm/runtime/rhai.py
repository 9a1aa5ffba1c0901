"""Rhai mods: one engine a mod, within limits, with the host functions and nothing else."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec
from msgspec import structs

from modpm.document import Value
from modpm.errors import (
    ExecutionFailed,
    FunctionNotFound,
    LoadFailed,
    ModError,
    NotFound,
)
from modpm.runtime.api import ALONE, ModBackend, ModContext, ModHandle, ModMetadata, PluginAction
from modpm.runtime.events import DynamicEvent, PluginControlRequested
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.memory import remembered
from modpm.runtime.outbox import Outbox
from modpm.runtime.script import CLOCK, read
from modpm.runtime.script_errors import limit_of, load_failed, place_of, reason_of

if TYPE_CHECKING:
    import rhai

HOOKS = {
    "get_metadata": (),
    "on_init": (),
    "on_shutdown": (),
    "on_tick": ("turn",),
    "on_control_plugin": ("plugin", "action"),
    "on_save_state": (),
    "on_load_state": ("state",),
}
"""What the host calls, if a script has it, and with what."""
WAITING = ("sleep",)
"""What no script may do: the game does not wait for a mod."""


class Script(NamedTuple):
    """A script at work."""

    instance: "rhai.Instance"
    functions: HostFunctions


class RhaiLoader:
    """Runs `.rhai` files. `limits` hold for each call into a mod; None means rhai's defaults."""

    def __init__(self, limits: "rhai.Limits | None" = None) -> None:
        self._limits = limits
        self._outbox = Outbox()
        self._mods: dict[str, Script] = {}
        self._hurried: dict[str, Timer] = {}

    def accepts(self, path: Path, /) -> bool:
        """Return whether the file's name ends in .rhai."""
        return path.suffix == ".rhai"

    def recognizes(self, start: bytes, /) -> bool:
        """Return whether a file that begins so may be a script: text that is no WebAssembly's."""
        try:
            text = getincrementaldecoder("utf-8-sig")().decode(start)
        except UnicodeDecodeError:
            return False
        return "\0" not in text and not text.lstrip().startswith(("(module", "(component"))

    def load(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Compile the script, run its top level, ask `get_metadata` if the host does not know."""
        id = context.id or path.stem
        context = structs.replace(context, id=id)
        if id in self._mods:
            raise LoadFailed(mod=id, reason="a mod with this id is already loaded", file=str(path))
        functions = HostFunctions(id, context, self._outbox)
        try:
            instance = self._instance(path, functions)
            hooks = _hooks(instance)
            metadata = context.metadata or _metadata(instance, hooks)
        except Exception as error:
            self._outbox.forget(id)
            functions.subscriptions.clear()
            raise load_failed(id, path, error) from error
        self._mods[id] = Script(instance, functions)
        return ModHandle(id, path, ModBackend.RHAI, metadata, hooks)

    def unload(self, handle: ModHandle, /) -> None:
        """Forget the script, its subscriptions, and what it queued."""
        script = self._mods.pop(handle.id, None)
        if timer := self._hurried.pop(handle.id, None):
            timer.cancel()
        self._outbox.forget(handle.id)
        if script is not None:
            self.discard(script)

    def set_aside(self, handle: ModHandle, /) -> "Script":
        """Return the script, so that another version of it can load."""
        return self._mods.pop(handle.id)

    def bring_back(self, handle: ModHandle, aside: object, /) -> None:
        """Run the script that was set aside again."""
        self._mods[handle.id] = cast("Script", aside)

    def hand_over(self, aside: object, handle: ModHandle, memory: bool, edited: bool, /) -> bool:
        """Go on with the former version's random numbers, and with its `this` but for functions."""
        instance, functions = self._mods[handle.id]
        functions.draw_on(aside)
        if memory and isinstance(aside, Script):
            instance.state = remembered(aside.instance.state, instance.state, edited)
        return not memory or isinstance(aside, Script)

    def discard(self, aside: object, /) -> None:
        """Forget a script that was set aside."""
        # Subscriptions hold the engine, which holds these functions: a cycle that nobody collects.
        cast("Script", aside).functions.subscriptions.clear()

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Call `on_control_plugin(plugin, action)`; raise ExecutionFailed."""
        self.call_function(handle, "on_control_plugin", plugin, str(action))

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what a function of the script returns, with `this` as the mod's own map.

        Raises ExecutionFailed, FunctionNotFound or NotFound.
        """
        try:
            value: Value = self._mods[handle.id][0].call(name, *args)
        except Exception as error:
            raise self._failed(handle, name, error, len(args)) from error
        return value

    def direct(self, handle: ModHandle, hook: str, /) -> Callable[..., Value]:
        """Return what runs one of the script's hooks, and raises what rhai does."""
        return partial(self._mods[handle.id][0].call, hook)

    def failed(self, handle: ModHandle, hook: str, error: BaseException, /) -> ModError:
        """Return what `call_function` raises for that error."""
        if not isinstance(error, Exception):
            raise error
        return self._failed(handle, hook, error)

    def hurry(self, handle: ModHandle, seconds: float, /) -> bool:
        """Let the script's last call take no longer than so many seconds."""
        timer = Timer(seconds, self._mods[handle.id].instance.cancel)
        timer.daemon = True
        timer.start()
        self._hurried[handle.id] = timer
        return True

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return what the scripts asked for since the last time, oldest first."""
        return self._outbox.drain_commands()

    def drain_events(self) -> list[DynamicEvent]:
        """Return what the scripts published since the last time, oldest first."""
        return self._outbox.drain_events()

    def dispatch_event(self, handle: ModHandle, event: DynamicEvent, /) -> None:
        """Call what the script subscribed to the event's type, in order; raise ExecutionFailed.

        All its callbacks together have the time of one call.
        """
        try:
            callbacks = self._mods[handle.id].functions.subscriptions.get(event.event_type, ())
            if len(callbacks) > 1:
                self._call_all(tuple(callbacks), event.data)
            elif callbacks:
                callbacks[0](event.data)
        except Exception as error:
            raise self._failed(handle, event.event_type, error) from error

    def _call_all(self, callbacks: Sequence[Callable[[Value], object]], data: Value) -> None:
        import rhai

        until = monotonic() + ((self._limits or rhai.Limits()).timeout or inf)
        for callback in callbacks:
            callback(data)
            if monotonic() > until:
                raise rhai.Timeout("the callbacks of one event ran out of time")

    def _instance(self, path: Path, functions: HostFunctions) -> "rhai.Instance":
        import rhai

        source = read(functions.mod, path)
        # The optimizer takes time quadratic in the script's length, and no limit stops it.
        engine = rhai.Engine(
            self._limits,
            print=functions.print,
            debug=functions.debug,
            optimize="none",
            disable=WAITING if functions.clock else WAITING + CLOCK,
        )
        for name, function in functions.all():
            engine.register_fn(function, name=name)
        ast = engine.compile(source, name=path.name)
        return engine.instantiate(ast, constants={"MOD_ID": functions.mod})

    def _failed(
        self, handle: ModHandle, function: str, error: Exception, arity: int | None = None
    ) -> ModError:
        if handle.id not in self._mods:
            return NotFound(mod=handle.id, path=str(handle.path))
        if arity is not None and not self._mods[handle.id][0].has(function, arity):
            return FunctionNotFound(mod=handle.id, function=function)
        line, column = place_of(error)
        limit, reason = limit_of(error), reason_of(error)
        if limit == "cancelled" and handle.id in self._hurried:
            limit, reason = "timeout", "ran out of time"
        return ExecutionFailed(
            mod=handle.id,
            function=function,
            reason=reason,
            limit=limit,
            file=str(handle.path),
            line=line,
            column=column,
        )


def _hooks(instance: "rhai.Instance") -> frozenset[str]:
    found = frozenset(hook for hook in HOOKS if instance.has(hook))
    for hook in sorted(found):
        if not instance.has(hook, len(HOOKS[hook])):
            raise TypeError(
                f"the hook is {hook}({', '.join(HOOKS[hook])}), with no other parameters"
            )
    return found


def _metadata(instance: "rhai.Instance", hooks: frozenset[str]) -> ModMetadata:
    if "get_metadata" not in hooks:
        return ModMetadata()
    return msgspec.convert(instance.call("get_metadata"), ModMetadata)

"""A mod's component at work, and what its errors mean."""

import re

from wasmtime import WasmtimeError
from wasmtime.component import Component, Linker

from modpm.document import Value
from modpm.errors import Refused
from modpm.runtime.api import ModContext
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.log import LINE
from modpm.runtime.wasm import calls, files, wasi
from modpm.runtime.wasm.fit import Fit
from modpm.runtime.wasm.guest import Guest
from modpm.runtime.wasm.limits import WasmLimits


class Instance:
    """A mod's component at work. After a trap the next call finds a fresh one."""

    def __init__(
        self,
        component: Component,
        fits: Fit,
        context: ModContext,
        functions: HostFunctions,
        limits: WasmLimits,
    ) -> None:
        self.functions = functions
        self._limits = limits
        self._component = component
        self._fits = fits
        self._context = context
        self._guest: Guest | None = None

    def start(self) -> Guest:
        """Instantiate anew; raise WasmtimeError, or what a host function raises."""
        limits = self._limits
        store = calls.Store(self._fits.engine, limits.timeout)
        store.set_limits(
            limits.memory, limits.table_elements, limits.instances, limits.tables, limits.memories
        )
        linker = Linker(self._fits.engine)
        wasi.link(linker, self._component, self.functions.mod, self._context)
        with linker.root() as root:
            for name in self._fits.imports:
                with root.add_instance(name) as host:
                    self._fits.world.define(host, self.functions, self._on_event)
        instance = calls.instantiate(store, linker, self._component)
        self._guest = self._fits.world.guest(self._fits.bind(store, instance))
        return self._guest

    @property
    def guest(self) -> Guest:
        """The instance, a fresh one if the last one trapped."""
        return self._guest or self.start()

    def forget(self) -> None:
        """Let go of an instance that trapped; its state is lost."""
        self._guest = None

    def _on_event(self, type: str, data: Value) -> None:
        self.guest.event(type, data)


_TRAP = re.compile(r"wasm trap: (.+)")
_CAUSE = re.compile(r"Caused by:\n\s+(.+)")
_LIMITS = {"interrupt": "timeout", "call stack exhausted": "stack"}
_TOLD = {
    "interrupt": "ran out of time",
    "call stack exhausted": "calls nest too deeply",
    "wasm `unreachable` instruction executed": "gave up (unreachable)",
}


def _trap(error: Exception) -> str | None:
    found = _TRAP.search(str(error)) if isinstance(error, WasmtimeError) else None
    return found[1] if found else None


def reason(error: Exception) -> str:
    """Return what went wrong, in one line; raise KeyboardInterrupt if that was it."""
    if wasi.interrupted():
        raise KeyboardInterrupt from error
    trap = _trap(error)
    if trap is not None:
        return _TOLD.get(trap, trap)
    if isinstance(error, calls.GuestError):
        return str(error.payload)[:LINE]
    if isinstance(error, Refused):
        return error.reason
    cause = _CAUSE.search(str(error)) if isinstance(error, WasmtimeError) else None
    return cause[1][:LINE] if cause else files.first_line(error)


def limit(error: Exception) -> str | None:
    """Return the limit that was reached, as a word; None if it was none."""
    if isinstance(error, TimeoutError):
        return "timeout"
    return _LIMITS.get(_trap(error) or "")


def is_fatal(error: Exception) -> bool:
    """Return whether nothing can enter the instance again."""
    return not isinstance(error, calls.GuestError | calls.Busy | TypeError | ValueError)

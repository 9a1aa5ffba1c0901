"""A mod's component at work, and what its errors mean."""

import re
from functools import cached_property

from wasmtime import WasmtimeError
from wasmtime.component import Linker

from modpm.errors import Refused
from modpm.runtime.api import ModContext
from modpm.runtime.host_functions import HostFunctions
from modpm.runtime.log import LINE
from modpm.runtime.wasm import calls, files, wasi
from modpm.runtime.wasm.aot import Loaded
from modpm.runtime.wasm.fit import Fit
from modpm.runtime.wasm.guest import Guest
from modpm.runtime.wasm.limits import WasmLimits


class Instance:
    """A mod's component at work. After a trap the next call finds a fresh one."""

    def __init__(
        self,
        loaded: Loaded,
        fits: Fit,
        context: ModContext,
        functions: HostFunctions,
        limits: WasmLimits,
    ) -> None:
        self.functions = functions
        self.hooks: frozenset[str] = frozenset()
        self._limits = limits
        self._loaded = loaded
        self._fits = fits
        self._context = context
        self._store: calls.Store | None = None

    def start(self) -> Guest:
        """Instantiate anew; raise WasmtimeError, or what a host function raises."""
        try:
            guest = self._started(1)
        except WasmtimeError as error:
            if _MANY not in str(error) or self._limits.memories == 1:
                raise
            guest = self._started(self._limits.memories)
        self.guest, self.hooks = guest, frozenset(guest.hooks)
        return guest

    @cached_property
    def guest(self) -> Guest:
        """The instance, a fresh one if the last one trapped."""
        self._context.log("warn", "starts anew; what it knew is lost")
        return self.start()

    def hurry(self, seconds: float) -> bool:
        """Let no further call take longer than this; return False if what it knew is lost."""
        if self._store is None:
            return False
        self._store.gate.allow(min(seconds, self._limits.timeout))
        return True

    def mend(self) -> None:
        """Let go of the instance if nothing can enter it again."""
        if self._store is not None and self._store.broken:
            self.forget()

    def forget(self) -> None:
        """Let go of the instance; its state is lost."""
        self._store = None
        self.__dict__.pop("guest", None)

    def _started(self, memories: int) -> Guest:
        """Instantiate with so many memories at most, which share what the mod may have."""
        limits = self._limits
        store = calls.Store(self._fits.engine, limits.timeout)
        store.set_limits(
            memory_size=limits.memory // memories,
            table_elements=limits.table_elements,
            instances=limits.instances,
            tables=limits.tables,
            memories=memories,
        )
        instance = calls.instantiate(store, self._linker(), self._loaded.component)
        self._store = store
        return self._fits.world.guest(self._fits.bind(store, instance))

    def _linker(self) -> Linker:
        world = self._fits.world
        linker = Linker(self._fits.engine)
        wasi.link(linker, self._loaded.component, self.functions.mod, self._context)
        offered = world.host(self.functions)
        with linker.root() as root:
            for interface, names in self._fits.imports.items():
                with root.add_instance(interface) as host:
                    for name in names:
                        calls.define(host, name, offered[name], *world.imports[name])
        return linker


_MANY = "memory count too high"
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
    return _LIMITS.get(_trap(error) or "")


def cause(error: Exception) -> Exception:
    """Return the error, without what would keep an instance alive for as long as it is kept."""
    return error.with_traceback(None) if isinstance(error, WasmtimeError) else error

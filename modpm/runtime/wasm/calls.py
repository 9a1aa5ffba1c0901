"""Calls into guests and out of them: the one place that knows how they are made.

`FAST` says whether that is `wasm_call`, the native path; if not, `reason` says why, and the same
calls go through wasmtime-py as it comes. There Ctrl-C waits until the call is over; on the native
path it ends the call within 10 ms.
"""

from collections.abc import Callable, Sequence
from typing import Any

import wasmtime
from wasmtime.component import Component, Func, Instance, Linker, LinkerInstance

from modpm.runtime.wasm import stock
from modpm.runtime.wasm.abi import Busy, GuestError, Shape, Signature, signature

__all__ = ["FAST", "Busy", "GuestError", "Shape", "Signature", "Store", "bind", "define"]
__all__ += ["instantiate", "reason", "signature"]

reason: str | None
try:
    from modpm.runtime.wasm import native, self_test
except ImportError as error:
    reason = str(error)
else:
    reason = native.set_up() or self_test.difference()
FAST: bool = reason is None


class Store(wasmtime.Store):
    """A store that one call at a time may be inside of, each for so many seconds.

    The engine has epoch interruption on; its epoch moves by itself while calls run. Closing the
    store while a call is inside raises Busy.
    """

    def __init__(self, engine: wasmtime.Engine, seconds: float) -> None:
        super().__init__(engine)
        self.id: int | None = None
        self.gate = native.Gate(self, seconds) if FAST else stock.Gate(self, seconds)

    @property
    def broken(self) -> bool:
        """Whether a call ended within the guest: nothing can enter the store again."""
        return self.gate.broken

    def _delete(self, ptr: Any) -> None:  # noqa: ANN401
        self.gate.close()
        super()._delete(ptr)


def instantiate(store: Store, linker: Linker, component: Component) -> Instance:
    """Instantiate within the store's time; raise as a bound function does."""
    instance = store.gate.instantiate(store, linker, component)
    store.id = instance._instance.store_id
    return instance


def bind(store: Store, func: Func, kind: Signature | None = None) -> Callable[..., object]:
    """Return a function that calls the guest's `func`, of an instance in `store`.

    `kind` is its signature, if that is known already.

    It raises TypeError, ValueError or OverflowError for arguments that do not fit, before the guest
    runs; GuestError if the guest returned err; Busy if a call is inside the store; what a
    host function raised, as itself; and WasmtimeError if the guest trapped or its time is over.
    After the last two the store is broken.
    """
    if func._func._anon_1.store_id != store.id:
        raise ValueError("the function is of no instance in this store")
    return store.gate.bind(store, func, kind or signature(func.type(store)))


def define(
    instance: LinkerInstance,
    name: str,
    function: Callable[..., object],
    params: Sequence[Shape],
    result: Shape | None,
) -> None:
    """Give the guest `function` under `name`, with parameters and a result of these shapes.

    For a `result` that is ("result", ok, err), what the function returns is ok, and the text of a
    Refused that it raises is err.
    """
    (native.define if FAST else stock.define)(instance, name, function, params, result)

"""Calls into guests and out of them: the one place that knows how they are made.

`FAST` says whether that is `wasm_call`, the native path; if not, `reason` says why, and the same
calls go through wasmtime-py as it comes.
"""

from collections.abc import Callable, Sequence
from typing import Any

import wasmtime
from wasmtime.component import Component, Func, Instance, Linker, LinkerInstance

from modpm.runtime.wasm import stock
from modpm.runtime.wasm.abi import Busy, GuestError, Shape, signature

__all__ = ["FAST", "Busy", "GuestError", "Shape", "Store", "bind", "define", "instantiate"]
__all__ += ["reason", "signature"]

FAST: bool = False
reason: str | None = "not built yet"


class Store(wasmtime.Store):
    """A store that one call at a time may be inside of, each for so many seconds.

    The engine has epoch interruption on; its epoch moves by itself while calls run. Closing the
    store while a call is inside raises Busy.
    """

    def __init__(self, engine: wasmtime.Engine, seconds: float) -> None:
        self.gate = stock.Gate(engine, seconds)
        super().__init__(engine)

    def _delete(self, ptr: Any) -> None:  # noqa: ANN401
        self.gate.close()
        super()._delete(ptr)


def instantiate(store: Store, linker: Linker, component: Component) -> Instance:
    """Instantiate within the store's time; raise as a bound function does."""
    return stock.instantiate(store, linker, component)


def bind(store: Store, func: Func) -> Callable[..., object]:
    """Return a function that calls the guest's `func`, of an instance in `store`.

    It raises TypeError, ValueError or OverflowError for arguments that do not fit, before the guest
    runs; GuestError if the guest returned err; Busy if a call is inside the store; what a
    host function raised, as itself; and WasmtimeError if the guest trapped or its time is over.
    After the last two nothing can enter the store again.
    """
    return stock.bind(store, func)


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
    stock.define(instance, name, function, params, result)

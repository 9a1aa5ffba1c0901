"""Calls through `wasm_call`, on the library that wasmtime-py has loaded."""

import ctypes
import os
from collections.abc import Callable, Sequence
from functools import partial
from math import ceil

import msgspec
import wasm_call
import wasmtime
from wasmtime import _ffi as ffi
from wasmtime.component import Component, Func, Instance, Linker, LinkerInstance

from modpm.errors import Refused
from modpm.runtime.wasm.abi import TICK, Busy, GuestError, Shape, Signature, decode


class Gate:
    """Lets one call at a time into a store, for so many seconds."""

    def __init__(self, store: wasmtime.Store, seconds: float) -> None:
        self._gate = wasm_call.Gate(
            _address(store.ptr()),
            _address(store._context()),
            _address(store.engine.ptr()),
            ceil(seconds / TICK),
        )

    def allow(self, seconds: float) -> None:
        """Let no call take longer, not even the one that is inside."""
        self._gate.allow(ceil(seconds / TICK))

    def close(self) -> None:
        """Say that the store goes; raise Busy if a call is inside."""
        self._gate.close()

    @property
    def broken(self) -> bool:
        """Whether a call ended within the guest."""
        return self._gate.broken

    def instantiate(self, store: wasmtime.Store, linker: Linker, component: Component) -> Instance:
        """See `calls.instantiate`."""
        linker._assert_not_locked()
        found = ffi.wasmtime_component_instance_t()
        self._gate.instantiate(
            _address(linker.ptr()), _address(component.ptr()), ctypes.addressof(found)
        )
        return Instance._from_raw(found)

    def bind(self, store: wasmtime.Store, func: Func, kind: Signature) -> Callable[..., object]:
        """See `calls.bind`."""
        return wasm_call.bind(self._gate, store, ctypes.addressof(func._func), *kind)


def define(
    instance: LinkerInstance,
    name: str,
    function: Callable[..., object],
    params: Sequence[Shape],
    result: Shape | None,
) -> None:
    """See `calls.define`."""
    instance._assert_not_locked()
    wasm_call.define(_address(instance.ptr()), name, function, params, result)


def set_up() -> str | None:
    """Give `wasm_call` the library. Return why that cannot be, or None."""
    for name, expected in wasm_call.layout().items():
        kind = getattr(ffi, name, None)
        found = kind.value if isinstance(kind, ctypes.c_uint8) else kind and ctypes.sizeof(kind)
        if found != expected:
            return f"{name} is {found}, not {expected}"
    wasm_call.setup(
        {name: _address(getattr(ffi.dll, name)) for name in wasm_call.functions()},
        failure=_failure,
        busy=Busy,
        guest_error=GuestError,
        refused=Refused,
        encode=msgspec.json.encode,
        decode=decode,
    )
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=wasm_call.before_fork,
            after_in_parent=partial(wasm_call.after_fork, in_child=False),
            after_in_child=partial(wasm_call.after_fork, in_child=True),
        )
    return None


def _failure(address: int) -> wasmtime.WasmtimeError:
    pointer = ctypes.POINTER(ffi.wasmtime_error_t)
    return wasmtime.WasmtimeError._from_ptr(ctypes.cast(address, pointer))


def _address(pointer: object) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0  # type: ignore[arg-type]

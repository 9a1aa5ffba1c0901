"""The engines that components run in: everybody's, and one for what needs async functions."""

from functools import cache
from importlib.metadata import version

import wasmtime
from wasmtime._bindings import wasmtime_config_concurrency_support_set

STACK = 512 * 1024
"""Bytes of stack that a guest may use."""
NEEDS_ASYNC = "component model async feature"
"""What wasmtime says of a component that only the second engine takes."""


@cache
def engine(asynchronous: bool = False) -> wasmtime.Engine:
    """Return the engine for all components, or the one for those that use async functions.

    Support for async costs half a microsecond a call, so the first has none.
    """
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = STACK
    config.wasm_threads = False
    config.wasm_memory64 = False
    config.cranelift_nan_canonicalization = True
    wasmtime_config_concurrency_support_set(config.ptr(), asynchronous)
    return wasmtime.Engine(config)


def configuration(asynchronous: bool = False) -> str:
    """Return what compiled code depends on besides the component: it fits nowhere else."""
    return f"wasmtime {version('wasmtime')}, async {asynchronous}, epochs, canonical NaNs"

"""The engines that components run in: everybody's, and one for what needs async functions."""

import atexit
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import wasmtime

SETTINGS: dict[str, object] = {
    "epoch_interruption": True,
    "max_wasm_stack": 512 * 1024,  # bytes of stack that a guest may use
    "wasm_threads": False,
    "wasm_memory64": False,
    "cranelift_nan_canonicalization": True,
}
"""Properties of wasmtime's Config: what compiled code depends on besides the component."""
NEEDS_ASYNC = "component model async feature"
"""What wasmtime says of a component that only the second engine takes."""
_alone = threading.Lock()


def engine(asynchronous: bool = False) -> "wasmtime.Engine":
    """Return the engine for all components, or the one for those that use async functions.

    Support for async costs half a microsecond a call, so the first has none.
    """
    with _alone:  # an engine is of no use to components of its twin
        return _made(asynchronous)


@cache
def _made(asynchronous: bool) -> "wasmtime.Engine":
    import wasmtime
    from wasmtime._bindings import wasmtime_config_concurrency_support_set

    config = wasmtime.Config()
    for name, value in SETTINGS.items():
        setattr(config, name, value)
    wasmtime_config_concurrency_support_set(config.ptr(), asynchronous)
    return wasmtime.Engine(config)


atexit.register(_made.cache_clear)  # later, wasmtime-py is no longer there to let go of it

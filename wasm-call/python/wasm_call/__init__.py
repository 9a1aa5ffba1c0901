"""Fast calls into WebAssembly components, for the wasmtime that Python has loaded.

Shapes are those of `modpm.runtime.wasm.abi`. Addresses are those of wasmtime's C objects; whoever
passes one vouches for it.
"""

from wasm_call._wasm_call import (
    Gate,
    _floor,
    after_fork,
    before_fork,
    bind,
    define,
    functions,
    layout,
    setup,
)

__all__ = [
    "Gate",
    "_floor",
    "after_fork",
    "before_fork",
    "bind",
    "define",
    "functions",
    "layout",
    "setup",
]

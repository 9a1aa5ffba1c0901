"""All of `wasm_call`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

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

def functions() -> list[str]:
    """Return the names of the C functions whose addresses `setup` takes."""

def layout() -> dict[str, int]:
    """Return the sizes of C structures and the values of C constants that this was written for."""

def setup(
    addresses: Mapping[str, int],
    failure: Callable[[int], BaseException],
    busy: Callable[[str], BaseException],
    guest_error: Callable[[object], BaseException],
    refused: type[BaseException],
    encode: Callable[[Any], bytes],
    decode: Callable[[bytes], Any],
) -> None:
    """Take the addresses of the C functions; nothing else works before.

    `failure` makes an exception of a wasmtime_error_t that it owns from then on; `encode` and
    `decode` are for JSON. Raises KeyError for a missing address.
    """

@final
class Gate:
    """Lets one call at a time into a store, each for `ticks` of 10 ms."""

    def __new__(cls, store: int, context: int, engine: int, ticks: int) -> Gate: ...
    @property
    def broken(self) -> bool:
        """Whether a call ended within the guest: nothing can enter the store again."""

    def allow(self, /, ticks: int) -> None:
        """Let no call take longer than so many ticks, not even the one that is inside."""

    def close(self, /) -> None:
        """Say that the store goes. Raises `busy` if a call is inside."""

    def instantiate(self, /, linker: int, component: int, instance: int) -> None:
        """Write to `instance`; raises as a bound function does."""

def bind(
    gate: Gate, store: object, func: int, params: Sequence[object], result: object
) -> Callable[..., Any]:
    """Return the func as a Python function. `store` is kept while that lives."""

def define(
    instance: int,
    name: str,
    function: Callable[..., Any],
    params: Sequence[object],
    result: object,
) -> None:
    """Define a function of a linker instance."""

def before_fork() -> None:
    """Hold the clock while the process forks."""

def after_fork(in_child: bool) -> None:
    """Let the clock go on; a child, which has no other threads, starts its own."""

def _floor(function: Callable[..., Any], args: Sequence[object], calls: int) -> float:
    """Return seconds a call of the C function behind a bound one, without Python in between."""

"""What a Wasm mod may use."""

from msgspec import Struct


class WasmLimits(Struct, frozen=True):
    """What a mod may use: seconds for each call, bytes of memory in all, how many of the rest.

    A component with more than one memory has an equal part of `memory` for each of `memories`.
    """

    timeout: float = 5.0
    memory: int = 64 * 1024 * 1024
    memories: int = 4
    tables: int = 32
    table_elements: int = 100_000
    instances: int = 64


DEFAULTS = WasmLimits()

"""What a Wasm mod may use."""

from msgspec import Struct


class WasmLimits(Struct, frozen=True):
    """What a mod may use: seconds for each call, bytes in each memory, and how many of the rest."""

    timeout: float = 5.0
    memory: int = 64 * 1024 * 1024
    memories: int = 4
    tables: int = 32
    table_elements: int = 100_000
    instances: int = 64


DEFAULTS = WasmLimits()

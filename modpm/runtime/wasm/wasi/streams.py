"""Streams of bytes: from files, to files, from what a mod prints to its log. None ever waits."""

from collections.abc import Callable
from typing import TypeVar

from modpm.runtime.log import LINE
from modpm.runtime.wasm.wasi.resources import Failed

R = TypeVar("R")

PIECE = 65_536
"""The most bytes that one call reads, and that a stream asks to be given at once."""


class StreamError:
    """What went wrong on a stream; `code` is the file system's word for it."""

    def __init__(self, code: str) -> None:
        self.code = code

    def to_debug_string(self) -> str:
        """Return the code."""
        return self.code


class Pollable:
    """Something to wait for. Everything here is ready: a mod cannot make the game wait."""

    def ready(self) -> bool:
        """Return that it is."""
        return True

    def block(self) -> None:
        """Return at once."""


class Input:
    """Bytes that `read(size, offset)` returns, from `offset` on; without it, none."""

    def __init__(self, read: Callable[[int, int], bytes] | None = None, offset: int = 0) -> None:
        self._read = read
        self._offset = offset

    def read(self, size: int) -> bytes:
        """Return up to that many bytes; raise Failed at the end."""
        if self._read is None:
            raise Failed(("closed", None))
        data = guarded(self._read, min(size, PIECE), self._offset) if size else b""
        if size and not data:
            raise Failed(("closed", None))
        self._offset += len(data)
        return data

    def skip(self, size: int) -> int:
        """Pass over up to that many bytes; return how many."""
        return len(self.read(size))

    def subscribe(self) -> Pollable:
        """Return what is ready when there is more."""
        return Pollable()

    blocking_read = read
    blocking_skip = skip


class Output:
    """Bytes that go to `sink`, at once; it takes all of them, or raises Failed with a code."""

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink

    def check_write(self) -> int:
        """Return how many bytes it wants."""
        return PIECE

    def write(self, data: bytes) -> None:
        """Take the bytes; raise Failed."""
        guarded(self._sink, data)

    def write_zeroes(self, size: int) -> None:
        """Take that many zeroes; raise Failed."""
        self.write(bytes(min(size, PIECE)))

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def splice(self, source: Input, size: int) -> int:
        """Take up to that many bytes of another stream; return how many. Raises Failed."""
        data = source.read(size)
        self.write(data)
        return len(data)

    def subscribe(self) -> Pollable:
        """Return what is ready when there is room."""
        return Pollable()

    blocking_write_and_flush = write
    blocking_write_zeroes_and_flush = write_zeroes
    blocking_flush = flush
    blocking_splice = splice


class Console:
    """What a mod prints, line by line into its log; a line without an end waits for it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._begun = b""

    def write(self, data: bytes) -> None:
        """Say the lines that the bytes complete."""
        *lines, self._begun = (self._begun + data).split(b"\n")
        if len(self._begun) > LINE:
            lines, self._begun = [*lines, self._begun], b""
        for line in lines:
            self._say(line.decode(errors="replace").removesuffix("\r"))


def guarded(function: Callable[..., R], *args: object) -> R:
    """Return what the function does; a code that it raises becomes a stream's error."""
    try:
        return function(*args)
    except Failed as failed:
        raise Failed(("last-operation-failed", StreamError(str(failed.payload)))) from failed

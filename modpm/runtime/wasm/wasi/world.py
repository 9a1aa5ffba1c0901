"""The functions of WASI that belong to no resource: what one instance of a mod sees of a system."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

from modpm.runtime.api import Grants, ModContext
from modpm.runtime.outbox import stream
from modpm.runtime.wasm.wasi.files import Descriptor
from modpm.runtime.wasm.wasi.folders import Space, Tree
from modpm.runtime.wasm.wasi.streams import PIECE, Console, Input, Output, Pollable, StreamError

_SECOND = 1_000_000_000


class World:
    """A system with the folders and the clock that were granted, and seeded random numbers."""

    def __init__(self, mod: str, context: ModContext) -> None:
        self._clock = context.grants.clock
        self._random = stream(context.seed, f"{mod} wasi")
        self._trees = _trees(context.grants)
        self._out = Console(partial(context.log, "info"))
        self._err = Console(partial(context.log, "warn"))

    def functions(self) -> dict[str, Callable[..., object]]:
        """Return them by interface and name."""
        return {
            "cli/environment.get-environment": tuple,
            "cli/environment.get-arguments": tuple,
            "cli/environment.initial-cwd": _nothing,
            "cli/exit.exit": _exit,
            "cli/exit.exit-with-code": _exit,
            "cli/stdin.get-stdin": Input,
            "cli/stdout.get-stdout": lambda: Output(self._out.write),
            "cli/stderr.get-stderr": lambda: Output(self._err.write),
            "cli/terminal-stdin.get-terminal-stdin": _nothing,
            "cli/terminal-stdout.get-terminal-stdout": _nothing,
            "cli/terminal-stderr.get-terminal-stderr": _nothing,
            "clocks/monotonic-clock.now": self._monotonic,
            "clocks/monotonic-clock.resolution": lambda: 1,
            "clocks/monotonic-clock.subscribe-instant": _ready,
            "clocks/monotonic-clock.subscribe-duration": _ready,
            "clocks/wall-clock.now": self._wall,
            "clocks/wall-clock.resolution": lambda: _moment(1),
            "filesystem/preopens.get-directories": self._folders,
            "filesystem/types.filesystem-error-code": _code,
            "io/poll.poll": _poll,
            "random/random.get-random-bytes": self._bytes,
            "random/random.get-random-u64": self._number,
            "random/insecure.get-insecure-random-bytes": self._bytes,
            "random/insecure.get-insecure-random-u64": self._number,
            "random/insecure-seed.insecure-seed": lambda: (self._number(), self._number()),
        }

    def _monotonic(self) -> int:
        return time.monotonic_ns() if self._clock else 0

    def _wall(self) -> dict[str, int]:
        return _moment(time.time_ns() if self._clock else 0)

    def _folders(self) -> list[tuple[Descriptor, str]]:
        return [
            (Descriptor(tree, (), folder=True, writes=tree.space is not None), f"/{tree.name}")
            for tree in self._trees
        ]

    def _bytes(self, size: int) -> bytes:
        if size > PIECE:
            raise MemoryError(f"at most {PIECE:,} random bytes at once")
        return self._random.randbytes(size)

    def _number(self) -> int:
        return self._random.getrandbits(64)


def _trees(grants: Grants) -> tuple[Tree, ...]:
    """Return the granted folders; those that the mod may write in share their space."""
    space = Space([folder.path for folder in grants.folders if folder.writable])
    return tuple(Tree(folder, space if folder.writable else None) for folder in grants.folders)


def _exit(_status: object) -> NoReturn:
    raise RuntimeError("the mod ended itself")


def _nothing() -> None:
    return None


def _ready(_when: int) -> Pollable:
    return Pollable()


def _poll(pollables: Sequence[Pollable]) -> list[int]:
    if not pollables:
        raise ValueError("a poll of nothing")
    return list(range(len(pollables)))


def _code(error: StreamError) -> str:
    return error.code


def _moment(nanoseconds: int) -> dict[str, int]:
    return {"seconds": nanoseconds // _SECOND, "nanoseconds": nanoseconds % _SECOND}

"""Whether modpm can play here: its parts, its folders, and the tools that builds need."""

import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from modpm.folders import cache_root, data_root

if TYPE_CHECKING:
    from modpm.guests.doctor import Toolchain


class Part(Struct, frozen=True):
    """A part of modpm, which works unless there is a `problem`."""

    name: str
    version: str
    problem: str | None = None


class Place(Struct, frozen=True):
    """A folder of the player, which can be written unless there is a `problem`. `free`: bytes."""

    name: str
    folder: str
    free: int
    problem: str | None = None


class Checkup(Struct, frozen=True):
    """What was found. `slow` says why calls into components are not as fast as they could be."""

    parts: tuple[Part, ...]
    places: tuple[Place, ...]
    toolchains: "tuple[Toolchain, ...]"
    slow: str | None

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps modpm from playing, by name."""
        parts = [part.name for part in self.parts if part.problem]
        return (*parts, *(place.name for place in self.places if place.problem))


def checkup(here: Path) -> Checkup:
    """Look at everything; nothing is left behind, no network is asked."""
    from modpm.guests.doctor import toolchains

    return Checkup(
        parts=tuple(_parts()),
        places=(_place("cache", cache_root()), _place("data", data_root())),
        toolchains=toolchains(here),
        slow=_slow(),
    )


def _parts() -> Iterator[Part]:
    from modpm import __version__

    yield Part("modpm", __version__)
    system = f"{platform.system()} {platform.machine()}"
    yield Part("python", f"{platform.python_version()} on {system}")
    yield _part("rhai", "rhai-py", _try_rhai)
    yield _part("turn_call", "modpm-turn-call", _try_turn_call)
    yield _part("wasmtime", "wasmtime", _try_wasmtime)


def _part(name: str, package: str, work: Callable[[], bool]) -> Part:
    """Return a part that was put to work."""
    try:
        found = version(package)
    except PackageNotFoundError:
        return Part(name, "", "not installed")
    try:
        return Part(name, found, None if work() else "it calculates wrongly")
    except Exception as error:
        return Part(name, found, f"{type(error).__name__}: {error}")


def _try_rhai() -> bool:
    import rhai

    return bool(rhai.Engine().eval("40 + 2") == 42)


def _try_turn_call() -> bool:
    from turn_call import Cast, Share

    return Cast([("mod", int, Share())]).call((), 1, 1.0, print)[1] == []


def _try_wasmtime() -> bool:
    from modpm.runtime.wasm.engine import engine

    return engine() is not None


def _slow() -> str | None:
    try:
        from modpm.runtime.wasm import calls
    except Exception as error:  # then wasmtime has a problem, which is told there
        return str(error)
    return calls.reason


def _place(name: str, folder: Path) -> Place:
    """Return a folder, by its nearest parent that is there: it is made when it is needed."""
    from shutil import disk_usage
    from tempfile import TemporaryFile

    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    problem = None
    try:
        with TemporaryFile(dir=there) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        problem = f"it cannot be written: {(error.strerror or str(error)).lower()}"
    return Place(name, str(folder), disk_usage(there).free, problem)

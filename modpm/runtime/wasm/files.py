"""Components from files: checked for what they are, compiled once, shared by all who load them."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from wasmtime import Engine, WasmtimeError
from wasmtime.component import Component

from modpm.errors import InvalidFormat, Io, NotFound
from modpm.runtime.log import LINE
from modpm.runtime.wasm.engine import NEEDS_ASYNC, engine

SIZE = 64 * 1024 * 1024
"""How long a component may be, in bytes."""
COMPONENT = b"\0asm\x0d\0\1\0"
MODULE = b"\0asm\1\0\0\0"


class Compiled(NamedTuple):
    """A component and the engine that it runs in."""

    component: Component
    engine: Engine


_components: dict[bytes, Compiled] = {}


def component(id: str, path: Path) -> Compiled:
    """Return the compiled component in a file; raise NotFound, Io or InvalidFormat."""
    data = read(id, path)
    digest = sha256(data).digest()
    if digest not in _components:
        _components[digest] = _compiled(id, path, data)
    return _components[digest]


def read(id: str, path: Path) -> bytes:
    """Return the bytes of a file that begins as a component does.

    Raises NotFound, Io or InvalidFormat.
    """
    if not path.is_file():
        raise NotFound(mod=id, path=str(path))
    try:
        with path.open("rb") as file:
            data = file.read(len(COMPONENT))
            if reason := _misfit(data):
                raise InvalidFormat(mod=id, path=str(path), reason=reason)
            data += file.read(SIZE)
    except OSError as error:
        raise Io(mod=id, path=str(path), reason=error.strerror or str(error)) from error
    if len(data) > SIZE:
        raise InvalidFormat(mod=id, path=str(path), reason=f"longer than {SIZE:,} bytes")
    return data


def _misfit(start: bytes) -> str | None:
    """Return why a file that begins so is no component, None if it may be one."""
    if start == COMPONENT:
        return None
    if start == MODULE:
        return (
            "a core WebAssembly module, not a component; `modpm build` makes one of it, or "
            "`wasm-tools component embed` and then `wasm-tools component new`"
        )
    if start.startswith(b"\0asm"):
        return "a kind of WebAssembly that modpm does not know"
    if start.lstrip()[:1] == b"(":
        return "WebAssembly as text; `modpm build` makes a component of it"
    return "no WebAssembly component"


def _compiled(id: str, path: Path, data: bytes) -> Compiled:
    last = None
    for asynchronous in (False, True):
        here = engine(asynchronous)
        try:
            return Compiled(Component(here, data), here)
        except WasmtimeError as error:
            last = error
            if NEEDS_ASYNC not in str(error):
                break
    reason = f"no valid component: {first_line(last)}"
    raise InvalidFormat(mod=id, path=str(path), reason=reason) from last


def first_line(error: BaseException | None) -> str:
    """Return what went wrong, without where in the machine."""
    return str(error).strip().split("\n", 1)[0][:LINE] or type(error).__name__

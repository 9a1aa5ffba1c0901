"""Files that should be components: what they are instead, and what wasmtime says of them."""

import re
import stat
from pathlib import Path

from modpm.errors import InvalidFormat, Io, NotFound
from modpm.runtime.log import LINE

SIZE = 64 * 1024 * 1024
"""How long a component may be, in bytes."""
COMPONENT = b"\0asm\x0d\0\1\0"
MODULE = b"\0asm\1\0\0\0"
_TEXT = (b"(", b";;", b"\xef\xbb\xbf(")


def check(id: str, path: Path) -> None:
    """Return if the file begins as a component does; raise NotFound, Io or InvalidFormat."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InvalidFormat(mod=id, path=str(path), reason="not a file")
        with path.open("rb") as file:
            start = file.read(64)
    except FileNotFoundError:
        raise NotFound(mod=id, path=str(path)) from None
    except OSError as error:
        raise Io(mod=id, path=str(path), reason=error.strerror or str(error)) from error
    if reason := _misfit(start):
        raise InvalidFormat(mod=id, path=str(path), reason=reason)
    if status.st_size > SIZE:
        raise InvalidFormat(mod=id, path=str(path), reason=f"longer than {SIZE:,} bytes")


def _misfit(start: bytes) -> str | None:
    """Return why a file that begins so is no component, None if it may be one."""
    if start.startswith(COMPONENT):
        return None
    if start.startswith(MODULE):
        return (
            "a core WebAssembly module, not a component; `modpm build` makes one of it, or "
            "`wasm-tools component embed` and then `wasm-tools component new`"
        )
    if start.startswith(b"\0asm"):
        return "a kind of WebAssembly that modpm does not know"
    if start.lstrip().startswith(_TEXT):
        return "WebAssembly as text; `modpm build` makes a component of it"
    return "no WebAssembly component"


def first_line(error: BaseException | None) -> str:
    """Return what went wrong, without where in the machine."""
    return str(error).strip().split("\n", 1)[0][:LINE] or type(error).__name__


def root_cause(reason: str) -> str:
    """Return the cause of all causes, with which wasmtime ends, numbered if there are several."""
    return re.sub(r"^ *\d+: ", "", reason.strip().splitlines()[-1]).strip()[:LINE]

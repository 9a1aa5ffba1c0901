"""What a script is, told without running any of it."""

from pathlib import Path

from msgspec import Struct

from modpm.errors import InvalidFormat, Io, NotFound
from modpm.runtime.script_errors import load_failed

SOURCE = 1_000_000
"""How long a script may be, in bytes."""
CLOCK = ("timestamp",)
"""What a script may do that was granted the clock: with it a game differs from run to run."""


class ScriptFunction(Struct, frozen=True):
    """A function that a script defines. `doc` is the text of the /// comments before it."""

    name: str
    parameters: tuple[str, ...]
    doc: str | None


class Script(Struct, frozen=True):
    """A script: its size in bytes, its functions by name, the modules that it imports."""

    size: int
    functions: tuple[ScriptFunction, ...]
    imports: tuple[str, ...]


def describe(path: Path, mod: str) -> Script:
    """Return what the script in the file is; raise NotFound, Io, InvalidFormat or LoadFailed."""
    import rhai

    source = read(mod, path)
    try:
        script = rhai.Engine(optimize="none", disable=CLOCK).compile(source, name=path.name)
    except rhai.RhaiError as error:
        raise load_failed(mod, path, error) from error
    functions = (ScriptFunction(f.name, tuple(f.params), f.doc) for f in script.functions)
    return Script(len(source.encode()), tuple(functions), script.imports)


def read(id: str, path: Path) -> str:
    """Return the script in a file; raise NotFound, Io or InvalidFormat."""
    if not path.is_file():
        raise NotFound(mod=id, path=str(path))
    try:
        with path.open("rb") as file:
            source = file.read(SOURCE + 1)
    except OSError as error:
        raise Io(mod=id, path=str(path), reason=error.strerror or str(error)) from error
    if len(source) > SOURCE:
        raise InvalidFormat(mod=id, path=str(path), reason=f"longer than {SOURCE:,} bytes")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"not a text: byte {error.start} is not UTF-8"
        raise InvalidFormat(mod=id, path=str(path), reason=reason) from error

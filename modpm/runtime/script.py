"""What a script is, told without running any of it."""

from pathlib import Path

from msgspec import Struct

from modpm.runtime.rhai import CLOCK, read
from modpm.runtime.script_errors import load_failed


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

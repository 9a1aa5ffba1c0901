"""Which languages can be built here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir

from msgspec import Struct

from modpm.errors import BuildFailed, MissingTool
from modpm.guests import tools
from modpm.guests.languages import RUST


class Toolchain(Struct, frozen=True):
    """What a language is built with. `missing` is what lacks, and `install` the way to it."""

    language: str
    command: str | None = None
    missing: str | None = None
    install: str | None = None


def toolchains(folder: Path) -> tuple[Toolchain, ...]:
    """Return what each language would be built with in the folder; nothing is run but rustc."""
    return tuple(_toolchain(language, find) for language, find in _finders(folder))


def _finders(folder: Path) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    yield "wat", tools.wasm_tools
    yield "c", tools.zig
    # elsewhere, for a rust-toolchain.toml in the folder could make rustup fetch things
    yield "rust", lambda: tools.cargo(RUST, tools.Tools(folder, Path(gettempdir())))
    yield "assemblyscript", lambda: tools.npm(folder, "assemblyscript", "bin/asc.js")
    yield "javascript", lambda: tools.npm(folder, "componentize-qjs", "bin/componentize-qjs")
    yield "python", tools.componentize_py


def _toolchain(language: str, find: Callable[[], list[str]]) -> Toolchain:
    try:
        command = find()
        tools.wasm_tools()  # which all of them end with
        return Toolchain(language, command=" ".join(command))
    except MissingTool as error:
        return Toolchain(language, missing=error.tool, install=error.install)
    except BuildFailed as error:
        return Toolchain(language, missing=f"a {error.tool} that runs", install=error.output)

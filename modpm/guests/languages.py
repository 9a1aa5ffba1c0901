"""The languages: by which file each is known, and the way from its source to a component."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile
from typing import NamedTuple

from modpm.disk import refusals, replacing
from modpm.errors import BuildFailed, NothingToBuild
from modpm.guests import hooks
from modpm.guests.place import TEMPLATES, wit
from modpm.guests.tools import Tools
from modpm.manifest import Manifest

RUST = "wasm32-unknown-unknown"


class Work(NamedTuple):
    """One build: the folder with a copy of the source, the mod's own folder, the tools.

    `system` tells that the mod asks for files or the clock: then its language's library is to
    reach them. Otherwise what asks for them fails when it runs, and the mod loads faster.
    """

    place: Path
    folder: Path
    tools: Tools
    system: bool


class Made(NamedTuple):
    """A component, and the interfaces of modpm:mod that it exports."""

    component: Path
    interfaces: set[str]


class Language(NamedTuple):
    """A language that mods are written in. `source` is the file by which it is known."""

    name: str
    source: str
    build: Callable[[Work], Made]

    def template(self) -> Iterator[tuple[Path, Path]]:
        """Yield the files that a mod begins as, and where each goes: source, library, WIT world."""
        folder = TEMPLATES / self.name
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            if "__pycache__" not in file.parts:
                yield file, file.relative_to(folder)
        yield wit(), Path("modpm", "mod.wit")

    def complete(self, folder: Path) -> None:
        """Add the guest library, and the WIT world that it is written for, unless it is there."""
        if not (folder / "modpm").exists():
            for file, name in self.template():
                if name.parts[0] == "modpm":
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    copyfile(file, folder / name)


def c(work: Work) -> Made:
    """Build with zig's C compiler; the hooks are the functions that the source defines."""
    core = work.place / "core.wasm"
    sources = [str(file.relative_to(work.place)) for file in sorted(work.place.rglob("*.c"))]
    flags = ["--target=wasm32-wasi", "-mexec-model=reactor", "-std=c11", "-O2", "-s", "-Imodpm"]
    work.tools.zig("cc", *flags, "-Wl,-z,stack-size=1048576", *sources, "-o", str(core))
    return _component(work, core, hooks.defined(hooks.exports(work.tools, core)))


def assemblyscript(work: Work) -> Made:
    """Build with asc; it cannot write the names of a world's exports, so they are put in after."""
    text = work.place / "core.wat"
    flags = ["-O3", "--runtime", "incremental", "--use", "abort=modpm/host/aborted"]
    work.tools.node(
        "assemblyscript", "bin/asc.js", "main.ts", "modpm/exports.ts", *flags, "-t", str(text)
    )
    found = hooks.defined(hooks.exports(work.tools, text))
    named = re.sub(r'\(export "(\w+)\$(\w+)"', _full_name, text.read_text(encoding="utf-8"))
    text.write_text(named, encoding="utf-8")
    return _component(work, text, found)


def rust(work: Work) -> Made:
    """Build with cargo; the interfaces are those that the crate exports."""
    output = work.folder / ".modpm" / "target"
    work.tools.cargo(RUST, output, "build", "--release", "--quiet")
    lock = work.folder / "Cargo.lock"
    with refusals(lock), replacing(lock) as file:
        file.write((work.place / "Cargo.lock").read_bytes())
    made = list((output / RUST / "release").glob("*.wasm"))
    if len(made) != 1:
        raise BuildFailed(tool="cargo", output=f"it made {len(made)} modules, not one")
    return _component(work, made[0], hooks.exported(work.tools, made[0]))


def wat(work: Work) -> Made:
    """Build from WebAssembly text; the interfaces are those whose functions it exports."""
    text = work.place / "main.wat"
    return _component(work, text, hooks.exported(work.tools, text))


def javascript(work: Work) -> Made:
    """Build with componentize-qjs; the hooks are the functions that main.js exports."""
    found = hooks.of_javascript((work.place / "main.js").read_text(encoding="utf-8"))
    made = work.place / "mod.wasm"
    files = ["--js", "modpm/exports.js", "--module-root", ".", "--output", str(made)]
    work.tools.node(
        "componentize-qjs",
        "bin/componentize-qjs",
        *("--wit", _world(work, found), "--world", "mod", *files, "--sync", *_stub(work)),
    )
    return Made(made, found)


def python(work: Work) -> Made:
    """Build with componentize-py; the hooks are the functions that main.py defines."""
    try:
        found = hooks.of_python((work.place / "main.py").read_text(encoding="utf-8"))
    except SyntaxError as error:
        place = f"main.py:{error.lineno}:{error.offset}"
        raise BuildFailed(tool="python", output=f"{place}: {error.msg}") from error
    made = work.place / "mod.wasm"
    world = ["--wit-path", _world(work, found), "--world", "mod"]
    options = ["--python-path", ".", "--output", str(made), *_stub(work)]
    work.tools.python(*world, "componentize", *options, "modpm.exports")
    return Made(made, found)


LANGUAGES = (
    Language("c", "main.c", c),
    Language("rust", "Cargo.toml", rust),
    Language("assemblyscript", "main.ts", assemblyscript),
    Language("javascript", "main.js", javascript),
    Language("python", "main.py", python),
    Language("wat", "main.wat", wat),
)


def language(name: str) -> Language:
    """Return the language of that name."""
    return next(language for language in LANGUAGES if language.name == name)


def language_of(folder: Path, manifest: Manifest) -> Language:
    """Return the language that the mod is written in; raise NothingToBuild."""
    found = [language for language in LANGUAGES if (folder / language.source).is_file()]
    if len(found) != 1 or manifest.kind != "wasm":
        raise NothingToBuild(
            mod=manifest.id,
            entry=manifest.entry,
            found=tuple(language.source for language in found),
            known=tuple(language.source for language in LANGUAGES),
        )
    return found[0]


def _stub(work: Work) -> list[str]:
    return [] if work.system else ["--stub-wasi"]


def _world(work: Work, interfaces: set[str]) -> str:
    place = work.place / "world"
    hooks.write_world(interfaces, place, wit())
    return str(place)


def _component(work: Work, core: Path, interfaces: set[str]) -> Made:
    """Make a component of a core module that has these interfaces."""
    embedded, made = work.place / "embedded.wasm", work.place / "mod.wasm"
    encoding = "utf16" if core.with_name("main.ts").exists() else "utf8"
    world = [_world(work, interfaces), "--world", "mod", "--encoding", encoding]
    work.tools.wasm("component", "embed", *world, str(core), "-o", str(embedded))
    work.tools.wasm("component", "new", str(embedded), "-o", str(made))
    return Made(made, interfaces)


def _full_name(export: re.Match[str]) -> str:
    function = export[2].replace("_", "-")
    return f'(export "{hooks.WORLD}/{export[1]}@{hooks.VERSION}#{function}"'

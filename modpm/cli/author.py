"""new, build, check, pack: for those who make mods, loadouts and games."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modpm.cli.app import verb
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.errors import InvalidValue
    from modpm.manifest import Manifest

TEMPLATES = Path(__file__).with_name("templates")
PARTS = {
    "mod": {"mod": ""},
    "game": {"game": ""},
    "loadout": {"loadout": "", "game": "", "mod": "mods/my-mod"},
}
"""For each kind of thing, the templates that it is made of and the folder of each."""

FILES = {"mod.toml": "mod", "loadout.toml": "loadout", "game.toml": "game"}
"""The files that people write, and what each describes."""

folder_here = click.Path(exists=True, file_okay=False, path_type=Path)


LANGUAGES = ("rhai", "c", "rust", "assemblyscript", "javascript", "python", "wat")
"""What a mod can begin in. All but rhai are in `modpm.guests.languages`, which is imported late."""


@verb()
@click.argument("kind", type=click.Choice(list(PARTS)))
@click.argument("name")
@click.option("--lang", type=click.Choice(LANGUAGES), help="What a mod is written in: rhai.")
def new(shell: Shell, kind: str, name: str, lang: str | None) -> None:
    """Start a mod, a loadout or a game in a new folder.

    A new loadout comes with a small game and a mod, so that `modpm run` plays it at once.
    """
    from modpm.fields import id_problem

    folder = Path(name.rpartition("/")[2])
    if problem := id_problem(name):
        raise click.BadParameter(f"{name!r} must be {problem}", param_hint="NAME")
    if lang and kind != "mod":
        raise click.BadParameter(f"a {kind} has no language", param_hint="--lang")
    compiled = lang not in (None, "rhai")
    _make(_compiled(lang) if lang and compiled else _parts(kind), kind, name, folder)
    then = "build" if compiled else "run" if kind == "loadout" else "check"
    shell.note(f"made {folder}", "green")
    shell.note(f"next: modpm -C {folder} {then}")
    shell.document({"folder": str(folder)})


def _parts(kind: str) -> Iterator[tuple[Path, Path]]:
    """Yield the templates of a new thing, and where below its folder each goes."""
    for template, part in PARTS[kind].items():
        for source in (TEMPLATES / template).iterdir():
            yield source, Path(part, source.name)


def _compiled(lang: str) -> Iterator[tuple[Path, Path]]:
    """Yield what a mod in a compiled language begins as."""
    from modpm.guests.languages import language

    yield TEMPLATES / "wasm" / "mod.toml", Path("mod.toml")
    yield from language(lang).template()


def _make(parts: Iterable[tuple[Path, Path]], kind: str, name: str, folder: Path) -> None:
    """Fill a temporary folder and move it into place: all of it or nothing."""
    from tempfile import TemporaryDirectory

    from modpm.errors import AlreadyExists

    if folder.exists():
        raise AlreadyExists(path=str(folder))
    with TemporaryDirectory(dir=Path.cwd(), prefix=".modpm-") as made:
        for source, part in parts:
            _write(source, Path(made, "new", part), kind, name)
        Path(made, "new").rename(folder)


def _write(source: Path, target: Path, kind: str, name: str) -> None:
    """Write a template in the name of the new thing."""
    title = name.rpartition("/")[2].replace("-", " ").replace("_", " ").title()
    text = source.read_text(encoding="utf-8")
    text = text.replace(f"my-{kind}", name).replace(f"My {kind.title()}", title)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")


@verb()
@click.argument("folder", default=".", type=folder_here)
def build(shell: Shell, folder: Path) -> None:
    """Build the mod in FOLDER: its source becomes the WebAssembly component that is its entry.

    The language is told by the file: main.c, main.ts (AssemblyScript), main.js, main.py, main.wat
    or Cargo.toml.
    """
    from modpm.cli.render import size
    from modpm.guests import build as make
    from modpm.session.sources import manifest_of

    manifest = manifest_of(folder)
    built = make(folder, manifest, lambda component: _check_entry(manifest.id, component))
    shell.note(f"built {built.entry} from {built.language} ({size(built.size)})", "green")
    shell.detail(f"it exports {', '.join(built.interfaces)}")
    shell.document({"entry": str(built.entry), "size": built.size, "language": built.language})


@verb()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(shell: Shell, paths: tuple[Path, ...]) -> None:
    """Check mods, loadouts and games: files, or the folders that hold them."""
    checked = [_check(file) for path in paths or (Path(),) for file in _files(path)]
    for row in checked:
        shell.out(f"ok: {row['file']} ({row['kind']} {row['name']})")
    shell.document({"checked": checked})


def _files(path: Path) -> list[Path]:
    """Return the files of `path` that can be checked; raise UsageError if there are none."""
    files = [path / name for name in FILES] if path.is_dir() else [path]
    files = [file for file in files if file.name in FILES and file.is_file()]
    if not files:
        raise click.UsageError(f"{path} has none of {', '.join(FILES)}")
    return files


def _check(file: Path) -> dict[str, str]:
    """Return what the file describes; it is valid in all that can be known without playing it."""
    if file.name == "mod.toml":
        name = _check_mod(file.parent).id
    else:
        from modpm.session.sources import read_text

        name = _parse(file.name, read_text(file), str(file))
    return {"file": str(file), "kind": FILES[file.name], "name": name}


def _parse(name: str, text: str, file: str) -> str:
    """Return the id or name in the text of a file of that name; raise InvalidFile."""
    match name:
        case "mod.toml":
            from modpm.manifest import parse_manifest

            return parse_manifest(text, file).id
        case "loadout.toml":
            from modpm.loadout import parse_loadout

            return parse_loadout(text, file).name
        case _:
            from modpm.game import parse_game

            return parse_game(text, file).id


def _check_mod(folder: Path) -> "Manifest":
    """Return the manifest; raise InvalidFile, or ModError for an entry that does not load."""
    from modpm.session.sources import manifest_of

    manifest = manifest_of(folder)
    for grant in manifest.permissions.files:
        if grant.mode == "read" and not (folder / grant.path).is_dir():
            raise _missing(folder, ("permissions", "files"), grant.path, "folders of the mod")
    if manifest.entry:
        if not (folder / manifest.entry).is_file():
            raise _missing(folder, ("mod", "entry"), manifest.entry, "a file of the mod")
        _check_entry(manifest.id, folder / manifest.entry)
    return manifest


def _check_entry(id: str, entry: Path) -> None:
    """Load the entry and let it go again; raise ModError."""
    from modpm.runtime import ModContext, ModRegistry
    from modpm.runtime.host import all_loaders

    registry = ModRegistry(all_loaders())
    registry.unload(registry.load(entry, ModContext(id)))


def _missing(folder: Path, key: tuple[str, ...], path: str, expected: str) -> "InvalidValue":
    """Return the error for a path that is not in the mod, with the one that was probably meant."""
    from modpm.fault import suggest
    from modpm.place import Place
    from modpm.session.sources import read_text

    file = folder / "mod.toml"
    near = suggest(path, [other.name for other in folder.iterdir() if other != file])
    return Place(read_text(file), str(file), key).invalid(path, expected, near)


@verb()
@click.argument("folder", default=".", type=folder_here)
@click.option("-o", "--output", type=folder_here, help="Where to put it; default: beside FOLDER.")
def pack(shell: Shell, folder: Path, output: Path | None) -> None:
    """Check the mod in FOLDER and pack it: the same bytes on every machine."""
    from modpm.archive.pack import pack as write
    from modpm.cli.render import size
    from modpm.registry.names import file_name

    manifest = _check_mod(folder)
    archive = (output or folder / "..").resolve() / file_name(manifest.id, manifest.version)
    sha256, count = write(folder, archive)
    shell.note(f"packed {archive.name} into {archive.parent} ({size(count)})", "green")
    shell.document({"archive": str(archive), "size": count, "sha256": sha256})

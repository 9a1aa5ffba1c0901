"""The manifest of a mod on disk: its mod.toml, or what a lone file of code says of itself."""

from pathlib import Path

from modpm.document import decode
from modpm.errors import InvalidFile, InvalidFormat, InvalidValue, NotFound
from modpm.manifest import Manifest, parse_manifest
from modpm.session.files import read_bytes

_SUFFIXES = (".rhai", ".wasm")


def manifest_at(path: Path, id: str | None = None) -> Manifest:
    """Return the manifest of a mod's folder, or of a lone file; errors call the mod `id`.

    Raises InvalidFile; NotFound, InvalidFormat, Io or LoadFailed for a file that tells nothing.
    """
    if not path.is_dir():
        return _told(path)
    written = path / "mod.toml"
    if written.is_file():
        return parse_manifest(decode(read_bytes(written), str(written)), str(written))
    return _told(_lone_file(path, id or path.name))


def read_file(path: Path, id: str) -> bytes:
    """Return what a lone mod's file holds; raise NotFound, or InvalidFormat for what is none."""
    from modpm.runtime.script import SOURCE
    from modpm.runtime.wasm.files import SIZE

    if not path.exists():
        raise NotFound(mod=id, path=str(path))
    if path.suffix not in _SUFFIXES or not path.is_file():
        reason = "a mod on disk is a folder with a mod.toml, a .rhai script or a .wasm component"
        raise InvalidFormat(mod=id, path=str(path), reason=reason)
    limit = SOURCE if path.suffix == ".rhai" else SIZE
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise InvalidFormat(mod=id, path=str(path), reason=f"longer than {limit:,} bytes")
    return content


def _lone_file(folder: Path, id: str) -> Path:
    found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    if len(found) != 1 or found[0].suffix not in _SUFFIXES:
        reason = "it has neither a mod.toml nor a lone .rhai script or .wasm component"
        raise InvalidFormat(mod=id, path=str(folder), reason=reason)
    return found[0]


def _told(file: Path) -> Manifest:
    """Ask the mod.

    It may control the whole game: the player named its path. What it says is held to the same rules
    as a mod.toml.
    """
    import tomli_w

    from modpm.runtime import ModContext, ModRegistry
    from modpm.runtime.host import all_loaders

    read_file(file, file.stem)
    loader = ModRegistry(all_loaders())
    handle = loader.load(file, ModContext(plugins=("*",)))
    loader.unload(handle)
    said = handle.metadata
    mod = {"id": file.stem, "version": said.version, "name": said.name, "entry": file.name}
    content = {"manifest-version": 1, "mod": mod, "permissions": {"plugins": ["*"]}}
    try:
        return parse_manifest(tomli_w.dumps(content), file.name)
    except InvalidFile as error:
        raise InvalidFormat(mod=file.stem, path=str(file), reason=_why(error)) from error


def _why(error: InvalidFile) -> str:
    if not isinstance(error, InvalidValue):
        return "get_metadata says what no manifest can"
    key = error.key.removeprefix("mod.")
    if key in ("id", "entry"):
        return f"a mod without a mod.toml is called by its file's name: expected {error.expected}"
    return f"the {key} that get_metadata gives must be {error.expected}, not {error.found!r:.80}"

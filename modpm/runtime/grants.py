"""From what a manifest asks for to the folders and the clock that its mod gets."""

from pathlib import Path

from modpm.archive.rules import broken
from modpm.errors import InvalidFormat, Io
from modpm.manifest import Manifest
from modpm.runtime.api import Folder, Grants


def granted(manifest: Manifest, folder: Path, saves: Path | None) -> Grants:
    """Return what the mod may reach: its folders are there then.

    `folder` has the mod's own files, `saves` is where it may keep others. Raises InvalidFormat for
    a path that is no folder of the mod, or if there are no `saves`; Io.
    """
    asked = manifest.permissions
    files = asked.files if manifest.kind == "wasm" else ()  # scripts have no way to open one
    return Grants(
        tuple(
            Folder(grant.path, _kept(manifest.id, saves, grant.path), writable=True)
            if grant.mode == "write"
            else Folder(grant.path, own_folder(manifest.id, folder, grant.path))
            for grant in files
        ),
        clock=asked.clock,
    )


def own_folder(mod: str, folder: Path, path: str) -> Path:
    """Return a folder among the mod's own files; raise InvalidFormat for what is none."""
    found = _below(mod, folder, path)
    if not found.is_dir():
        raise _wrong(mod, folder, path, "is no folder of the mod")
    return found


def _kept(mod: str, saves: Path | None, path: str) -> Path:
    """Return a folder below the mod's save folder, and make it if need be."""
    if saves is None:
        raise _wrong(mod, Path(mod), path, "would be written, and the game keeps no files of mods")
    found = _below(mod, saves, path)
    try:
        found.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Io(mod=mod, path=str(found), reason=error.strerror or str(error)) from error
    return found


def _below(mod: str, folder: Path, path: str) -> Path:
    """Return the path in the folder; raise InvalidFormat if it leads out of it, or is a link."""
    found = folder
    for part in path.split("/"):
        found /= part
        if broken(path) or found.is_symlink():
            raise _wrong(mod, folder, path, "leads out of its folder")
    return found


def _wrong(mod: str, folder: Path, path: str, what: str) -> InvalidFormat:
    return InvalidFormat(mod=mod, path=str(folder), reason=f"{path!r} in [permissions] {what}")

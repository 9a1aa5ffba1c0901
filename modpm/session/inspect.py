"""What a mod is made of, told without running it: a file, a folder, an archive, or a locked mod."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from modpm.document import decode
from modpm.errors import InvalidFormat, NoLoadout, NotFound, NotInLoadout
from modpm.fault import suggest
from modpm.manifest import Manifest, parse_manifest
from modpm.session.files import read_bytes
from modpm.session.place import STORE, cache_root, find

if TYPE_CHECKING:
    from modpm.runtime.script import Script
    from modpm.runtime.wasm.describe import Description

ARCHIVE = b"PK\x03\x04"


class Inspection(Struct, frozen=True):
    """What was found: a component or a script, or neither for a mod that only sets parameters.

    `manifest` is None for a file that stands alone.
    """

    file: str
    manifest: Manifest | None = None
    component: "Description | None" = None
    script: "Script | None" = None


def inspect(what: str, here: Path, working: Callable[[], object]) -> Inspection:
    """Return what is at the path `what`, or else what the loadout at `here` has by that id.

    Raises NotInLoadout, NotFound, InvalidFile, VerificationError or ModError. `working` is called
    again and again while a component is compiled.
    """
    path = here / what
    if not path.exists():
        path = _locked(what, here)
    if path.is_dir():
        return _mod(path, what, working)
    with path.open("rb") as file:
        packed = file.read(len(ARCHIVE)) == ARCHIVE
    if packed:
        with _unpacked(path) as folder:
            return _mod(folder, what, working)
    return _told(path, what, None, path.stem, working)


def _locked(id: str, here: Path) -> Path:
    """Return the folder of a locked mod in the store."""
    from modpm.session.work import read_lock
    from modpm.store.cas import Store

    try:
        lock = read_lock(find(here))
    except NoLoadout:
        raise NotFound(mod=id, path=str(here / id)) from None
    mods = {mod.id: mod for mod in lock.mods} if lock else {}
    if id not in mods:
        raise NotInLoadout(id=id, suggestion=suggest(id, list(mods)))
    folder = Store(cache_root() / STORE).path(mods[id].sha256)
    if not folder.is_dir():
        raise NotFound(mod=id, path=str(folder), hint="run `modpm sync`")
    return folder


@contextmanager
def _unpacked(archive: Path) -> Iterator[Path]:
    from tempfile import TemporaryDirectory

    from modpm.archive.unpack import unpack

    with TemporaryDirectory(prefix="modpm-") as folder, archive.open("rb") as file:
        unpack(file, str(archive), Path(folder))
        yield Path(folder)


def _mod(folder: Path, what: str, working: Callable[[], object]) -> Inspection:
    """Return what a mod in a folder is; without a mod.toml it is its one file."""
    written = folder / "mod.toml"
    if written.is_file():
        manifest = parse_manifest(decode(read_bytes(written), str(written)), str(written))
        if manifest.entry is None:
            return Inspection(what, manifest)
        return _told(folder / manifest.entry, what, manifest, manifest.id, working)
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    if len(files) != 1:
        raise InvalidFormat(mod=what, path=str(folder), reason="it has no mod.toml")
    return _told(files[0], what, None, files[0].stem, working)


def _told(
    path: Path, what: str, manifest: Manifest | None, id: str, working: Callable[[], object]
) -> Inspection:
    if path.suffix == ".rhai":
        from modpm.runtime import script

        return Inspection(what, manifest, script=script.describe(path, id))
    from modpm.runtime.wasm.describe import describe

    return Inspection(what, manifest, component=describe(path, id, working=working))

"""One mod or game of a registry's folder, read and checked."""

import hashlib
import os
from pathlib import Path

from msgspec import Struct

from modpm.archive.pack import digest, files
from modpm.archive.unpack import read_member
from modpm.disk import opened, refusals
from modpm.document import SIZE_LIMIT, decode
from modpm.errors import CorruptArchive, ManifestMismatch, NotBuilt, StoreError
from modpm.game import Game, parse_game
from modpm.manifest import Manifest, parse_manifest
from modpm.registry.names import file_name, split_name
from modpm.registry.scan import Found
from modpm.versions import spell


class Offer(Struct, frozen=True):
    """What was read. A game has no sha256, and the size of its file."""

    content: Manifest | Game
    sha256: str
    size: int


def read(root: Path, found: Found) -> Offer:
    """Return what `found`, below `root`, offers.

    Raises InvalidFile, CorruptArchive, HostileArchive, ManifestMismatch, NotBuilt or StoreError.
    """
    path = root / found.path
    if found.kind == "archive":
        return _archive(path)
    if found.kind == "folder":
        manifest = parse_manifest(_text(path / "mod.toml"), str(path / "mod.toml"))
        _check_built(path, manifest)
        return Offer(manifest, *digest(path))
    if found.kind == "game":
        text = _text(path)
        return Offer(parse_game(text, str(path)), "", len(text))
    with refusals(path):
        path.stat()
        next(path.iterdir(), None)
    raise StoreError(path=str(path), reason="it could not be read")


def _archive(path: Path) -> Offer:
    with refusals(path), opened(path) as file:
        before = os.fstat(file.fileno())
        data = read_member(file, str(path), "mod.toml", SIZE_LIMIT)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise CorruptArchive(archive=str(path), problem="it changed while it was read")
    inside = str(path / "mod.toml")
    manifest = parse_manifest(decode(data, inside), inside)
    _check_name(path, manifest)
    return Offer(manifest, sha256, before.st_size)


def _check_built(folder: Path, manifest: Manifest) -> None:
    """Raise NotBuilt if the entry is not among the files that a release consists of."""
    if manifest.entry and manifest.entry not in {name for name, _ in files(folder)}:
        raise NotBuilt(mod=manifest.id, path=str(folder), entry=manifest.entry)


def _check_name(path: Path, manifest: Manifest) -> None:
    right = file_name(manifest.id, manifest.version)
    if path.name == right:
        return
    said = split_name(path.name)
    raise ManifestMismatch(
        file=str(path),
        expected=" ".join(said) if said else path.name,
        found=f"{manifest.id} {spell(manifest.version)}",
        hint=f"rename it to {right}",
    )


def _text(path: Path) -> str:
    with refusals(path), opened(path) as file:
        return decode(file.read(SIZE_LIMIT + 1), str(path))

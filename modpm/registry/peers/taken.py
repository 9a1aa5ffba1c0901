"""What was taken over from another manager, and what was not."""

import fnmatch
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from modpm.disk import opened
from modpm.document import SIZE_LIMIT, shaped
from modpm.errors import InvalidFile
from modpm.fields import id_problem
from modpm.manifest import Manifest, ManifestFile, manifest_of
from modpm.place import Place
from modpm.registry.index_file import Entry, write_index

Words = dict[str, Any]
"""A manifest in the words of mod.toml."""


class Loss(Struct, frozen=True, order=True):
    """What could not be taken over: a file, a release or a part of one, and why."""

    where: str
    what: str
    why: str


class Taken(Struct, frozen=True):
    """Counts of what is in the index, and everything that is not."""

    mods: int
    releases: int
    lost: tuple[Loss, ...]


class Unmappable(Exception):
    """Raised with the reason by what cannot be said in the words of mod.toml."""


def id_of(name: str) -> str:
    """Return a name as an id: in small letters, blanks as hyphens; raise Unmappable."""
    id = name.strip().lower().replace(" ", "-")
    if id_problem(id):
        raise Unmappable(f"{name[:100]!r} cannot be an id")
    return id


def below(folder: Path, pattern: str, lost: list[Loss]) -> list[Path]:
    """Return the files below a folder whose names fit, sorted; a folder not to be read is lost."""

    def lose(error: OSError) -> None:
        lost.append(Loss(str(error.filename), "the folder", error.strerror or str(error)))

    walk = os.walk(folder, onerror=lose)
    return sorted(Path(at, n) for at, _, names in walk for n in fnmatch.filter(names, pattern))


def documents(
    found: Iterable[Path], lost: list[Loss], limit: int = SIZE_LIMIT
) -> Iterator[tuple[str, Any]]:
    """Yield the name and the content of each JSON file; what is none is lost."""
    for path in found:
        try:
            with opened(path) as file:
                data = file.read(limit + 1)
            if len(data) > limit:
                raise Unmappable("it is too large")
            yield str(path), msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
        except (OSError, msgspec.DecodeError, RecursionError, Unmappable) as error:
            lost.append(Loss(str(path), "the file", str(error)))


class Shelf:
    """Gathers releases, and makes an index of them."""

    def __init__(self) -> None:
        self.lost: list[Loss] = []
        self._entries: dict[tuple[str, Any], tuple[str, Entry]] = {}
        self._names: dict[str, str] = {}

    def lose(self, where: str, what: str, why: object) -> None:
        """Remember that something is not in the index."""
        self.lost.append(Loss(where, what, str(why)))

    def put(self, where: str, name: str, words: Words, sha256: str | None, size: int) -> None:
        """Put a release of the mod that is called `name` into the index, if it is whole and new."""
        try:
            manifest = _manifest(words, where)
            self._check(where, name, manifest)
        except Unmappable as error:
            self.lose(where, f"{name} {words['mod'].get('version', '')}".rstrip(), error)
            return
        promised = hashlib.sha256(msgspec.json.encode(words, order="deterministic")).hexdigest()
        entry = Entry(words, sha256 or promised, size)
        self._entries[manifest.id, manifest.version] = where, entry

    def write(self, file: Path) -> Taken:
        """Write the index, sorted; return what is in it and what is not. Raises StoreError."""
        ordered = sorted(self._entries.items())
        write_index(file, (entry for _, (_, entry) in ordered))
        return Taken(len(self._names), len(ordered), tuple(sorted(self.lost)))

    def _check(self, where: str, name: str, manifest: Manifest) -> None:
        known = self._names.setdefault(manifest.id, name)
        if known != name:
            raise Unmappable(f"its name differs from {known} in nothing that an id can tell")
        former = self._entries.get((manifest.id, manifest.version))
        if former:
            raise Unmappable(f"the same version is in {former[0]}")


def _manifest(words: Words, where: str) -> Manifest:
    place = Place("", where)
    try:
        return manifest_of(shaped(words, ManifestFile, place), place)
    except InvalidFile as error:
        found = error.data
        raise Unmappable(f"{found.get('key')} must be {found.get('expected')}") from None

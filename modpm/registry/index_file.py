"""An index in one file: what is known of releases that cannot be fetched.

Its first line, the head, tells where in the file each mod is, so that an index of any size opens
at once. Each other line is one release: its manifest in the words of mod.toml, its size and its
sha256, sorted by id and version.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from modpm.disk import refusals, replacing
from modpm.document import shaped
from modpm.errors import InvalidFile, InvalidIndex, MetadataOnly, RegistryNotFound
from modpm.game import Game
from modpm.index import Release
from modpm.manifest import ManifestFile, manifest_of
from modpm.place import Place
from modpm.registry.directory import Problem
from modpm.requirement import Requirement
from modpm.versions import Version

FORMAT = 1
LARGEST = 1 << 26
"""Bytes that the head may have, and the releases of one mod."""

_Place = Annotated[int, Meta(ge=0, le=1 << 40)]
_Length = Annotated[int, Meta(ge=0, le=LARGEST)]


class Entry(Struct, frozen=True):
    """One line: a release. `manifest` is what its mod.toml would hold."""

    manifest: dict[str, Any]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    size: Annotated[int, Meta(ge=0)]


class _Head(Struct, frozen=True, rename="kebab"):
    """The first line. `mods` has the bytes between the head and a mod's lines, and theirs."""

    index_version: int
    mods: dict[str, tuple[_Place, _Length]]
    provides: dict[str, tuple[str, ...]]
    renamed: tuple[str, ...]


class IndexFile:
    """The registry `name` in a file. The lines of a mod are read when it is asked for."""

    fetches = False

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self._file = file
        self._head = _Head(FORMAT, {}, {}, ())
        self._begin = 0
        self._read: dict[str, Sequence[Release]] = {}

    def refresh(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Read the head; raise RegistryNotFound, InvalidIndex or StoreError."""
        with refusals(self._file):
            try:
                with self._file.open("rb") as file:
                    line = file.readline(LARGEST)
            except FileNotFoundError:
                raise RegistryNotFound(name=self.name, location=str(self._file)) from None
        try:
            self._head = msgspec.json.decode(line, type=_Head)
        except (msgspec.DecodeError, RecursionError):
            raise self._invalid(1, f'expected {{"index-version":{FORMAT}}}') from None
        if self._head.index_version != FORMAT:
            raise self._invalid(1, f'expected {{"index-version":{FORMAT}}}')
        self._begin = len(line)
        self._read.clear()

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first.

        Raises StoreError; InvalidIndex, or InvalidFile for what is no manifest.
        """
        if id not in self._read:
            place, length = self._head.mods.get(id, (0, 0))
            found = dict[Version, Release]()
            for line in self._lines(place, length):
                release = self._release(id, place, line)
                if found.setdefault(release.manifest.version, release) is not release:
                    raise self._invalid(self._number(place, line), f"it has `{id}` twice")
            self._read[id] = [found[version] for version in sorted(found, reverse=True)]
        return self._read[id]

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids, sorted, of the mods that provide the virtual `id`."""
        return sorted(self._head.provides.get(id, ()))

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id."""
        return self._head.mods.keys() | self._head.provides.keys()

    def renames(self) -> Mapping[str, Requirement]:
        """Return what replaces each mod whose newest release says that something does."""
        newest = {id: self.releases(id)[:1] for id in sorted(self._head.renamed)}
        return {
            id: by for id, each in newest.items() for r in each if (by := r.manifest.replaced_by)
        }

    def game(self, id: str) -> Game | None:
        """Return None: an index holds no games."""

    def locate(self, id: str, version: Version, sha256: str) -> Path:
        """Raise MetadataOnly."""
        raise MetadataOnly(mods=(id,))

    def problems(self, id: str | None = None) -> tuple[Problem, ...]:
        """Return nothing: what could not be taken over is not in the index."""
        return ()

    def _lines(self, place: int, length: int) -> Sequence[bytes]:
        with refusals(self._file), self._file.open("rb") as file:
            file.seek(self._begin + place)
            found = file.read(length)
        if len(found) < length:
            raise self._invalid(None, "it was cut off")
        return found.splitlines()

    def _release(self, id: str, place: int, line: bytes) -> Release:
        try:
            entry = msgspec.json.decode(line, type=Entry)
            at = Place("", str(self._file))
            manifest = manifest_of(shaped(entry.manifest, ManifestFile, at), at)
        except InvalidFile as error:
            number = self._number(place, line)
            raise type(error)(**error.data | {"line": number, "column": None}) from None
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._invalid(self._number(place, line), str(error)) from None
        if manifest.id != id:
            raise self._invalid(self._number(place, line), f"it should be about `{id}`")
        return Release(manifest, self.name, entry.size, entry.sha256)

    def _number(self, place: int, line: bytes) -> int:
        """Return the number of a line at or after a place."""
        with refusals(self._file), self._file.open("rb") as file:
            before = file.read(self._begin + place).count(b"\n")
            return before + 1 + file.read(LARGEST).split(line, 1)[0].count(b"\n")

    def _invalid(self, line: int | None, problem: str) -> InvalidIndex:
        return InvalidIndex(file=str(self._file), line=line, problem=problem)


def write_index(file: Path, entries: Iterable[Entry]) -> None:
    """Write an index of the entries, which are sorted by id; raise StoreError."""
    mods, size = dict[str, tuple[int, int]](), 0
    provides, renamed = defaultdict[str, set[str]](set), set[str]()
    lines = list[bytes]()
    for entry in entries:
        mod = entry.manifest["mod"]
        id, line = str(mod["id"]), msgspec.json.encode(entry, order="deterministic") + b"\n"
        place, length = mods.get(id, (size, 0))
        mods[id] = place, length + len(line)
        size += len(line)
        lines.append(line)
        for virtual in entry.manifest.get("provides", ()):
            provides[virtual].add(id)
        if "replaced-by" in mod:
            renamed.add(id)
    head = _Head(
        FORMAT,
        mods,
        {id: tuple(sorted(provides[id])) for id in sorted(provides)},
        tuple(sorted(renamed)),
    )
    with refusals(file), replacing(file) as out:
        out.write(msgspec.json.encode(head) + b"\n")
        out.writelines(lines)

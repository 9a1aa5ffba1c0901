"""An index in one file: what is known of releases that cannot be fetched.

The first line is `{"index-version":1}`. Each other line is one release: its manifest in the words
of mod.toml, its size and its sha256, sorted by id and version.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

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
LARGEST = 1 << 30
"""Bytes that an index may have."""


class Entry(Struct, frozen=True):
    """One line: a release. `manifest` is what its mod.toml would hold."""

    manifest: dict[str, Any]
    sha256: str
    size: int


class _Mod(Struct, rename="kebab", gc=False):
    id: str
    replaced_by: Any = None


class _Manifest(Struct, gc=False):
    mod: _Mod
    provides: dict[str, str] = {}


class _Glance(Struct, gc=False):
    """What of a line tells whether it is worth reading."""

    manifest: _Manifest


class IndexFile:
    """The registry `name` in a file. Lines are read when a mod of theirs is asked for."""

    fetches = False

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self._file = file
        self._lines: dict[str, list[tuple[int, bytes]]] = {}
        self._read: dict[str, Sequence[Release]] = {}
        self._providers: dict[str, set[str]] = {}
        self._renamed: set[str] = set()

    def refresh(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Read the file; raise RegistryNotFound, InvalidIndex or StoreError."""
        head, *lines = self._content().splitlines() or [b""]
        self._check(head)
        self._lines, self._providers = defaultdict(list), defaultdict(set)
        decoder = msgspec.json.Decoder(_Glance)
        for number, line in enumerate(lines, 2):
            try:
                seen = decoder.decode(line).manifest
            except (msgspec.DecodeError, RecursionError) as error:
                raise self._invalid(number, str(error)) from None
            self._lines[seen.mod.id].append((number, line))
            for virtual in seen.provides:
                self._providers[virtual].add(seen.mod.id)
            if seen.mod.replaced_by is not None:
                self._renamed.add(seen.mod.id)
        self._read.clear()

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first; raise InvalidIndex."""
        if id not in self._read:
            found = [self._release(*line) for line in self._lines.get(id, ())]
            found.sort(key=lambda release: release.manifest.version, reverse=True)
            self._read[id] = found
        return self._read[id]

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids, sorted, of the mods that provide the virtual `id`."""
        return sorted(self._providers.get(id, ()))

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id."""
        return self._lines.keys() | self._providers.keys()

    def renames(self) -> Mapping[str, Requirement]:
        """Return what replaces each mod whose newest release says that something does."""
        newest = {id: self.releases(id)[0].manifest.replaced_by for id in sorted(self._renamed)}
        return {id: by for id, by in newest.items() if by}

    def game(self, id: str) -> Game | None:
        """Return None: an index holds no games."""

    def locate(self, id: str, version: Version, sha256: str) -> Path:
        """Raise MetadataOnly."""
        raise MetadataOnly(mods=(id,))

    def problems(self, id: str | None = None) -> tuple[Problem, ...]:
        """Return nothing: what could not be taken over is not in the index."""
        return ()

    def _content(self) -> bytes:
        with refusals(self._file):
            try:
                if self._file.stat().st_size > LARGEST:
                    raise self._invalid(None, "it is too large")
                return self._file.read_bytes()
            except FileNotFoundError:
                raise RegistryNotFound(name=self.name, location=str(self._file)) from None

    def _check(self, head: bytes) -> None:
        try:
            found = msgspec.json.decode(head, type=dict[str, int]).get("index-version")
        except msgspec.DecodeError:
            found = None
        if found != FORMAT:
            raise self._invalid(1, f'expected {{"index-version":{FORMAT}}}')

    def _release(self, number: int, line: bytes) -> Release:
        try:
            entry = msgspec.json.decode(line, type=Entry)
            place = Place("", str(self._file))
            manifest = manifest_of(shaped(entry.manifest, ManifestFile, place), place)
        except (msgspec.DecodeError, RecursionError) as error:
            raise self._invalid(number, str(error)) from None
        except InvalidFile as error:
            raise self._invalid(number, str(error)) from None
        return Release(manifest, self.name, entry.size, entry.sha256)

    def _invalid(self, line: int | None, problem: str) -> InvalidIndex:
        return InvalidIndex(file=str(self._file), line=line, problem=problem)


def write_index(file: Path, entries: Iterable[Entry]) -> None:
    """Write an index of the entries, in the order given; raise StoreError."""
    lines = [msgspec.json.encode(entry, order="deterministic") for entry in entries]
    head = b'{"index-version":%d}' % FORMAT
    with refusals(file), replacing(file) as out:
        out.write(b"\n".join([head, *lines, b""]))

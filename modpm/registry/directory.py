"""A folder of packed mods (.zip) and of unpacked mod folders, with an index that is built once."""

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from modpm.errors import (
    DuplicateRelease,
    HashMismatch,
    ManifestMismatch,
    ModpmError,
    RegistryNotFound,
    UnknownRelease,
)
from modpm.game import Game
from modpm.index import Release
from modpm.manifest import Manifest
from modpm.registry import cache as index
from modpm.registry.reading import read
from modpm.registry.refresh import Progress, refresh
from modpm.registry.scan import Found, look
from modpm.registry.words import Words, words
from modpm.requirement import Requirement
from modpm.versions import Version, spell

_T = TypeVar("_T")
_DAMAGE = (sqlite3.DatabaseError, msgspec.DecodeError, ValueError, TypeError, AttributeError)
"""What a row that was damaged raises when it is read."""


class Problem(Struct, frozen=True):
    """What is in the folder but not offered, and why. `ids` are the mods it may be meant as."""

    path: str
    error: ModpmError
    ids: tuple[str, ...] = ()


class DirectoryRegistry:
    """The registry `name` in `folder`; its index lives in the folder `cache`.

    Archives are called as `registry.names` says. What cannot be offered is a `Problem`, and does
    not keep the rest from being offered. A cache that cannot be written costs time only.

    Releases do not change. An archive that was overwritten in place all the same is noticed when
    its mod is asked for: only then does a virtual id that is new in it count.
    """

    fetches = True

    def __init__(self, name: str, folder: Path, cache: Path) -> None:
        self._opened: sqlite3.Connection | None = None
        self.name = name
        self.folder = folder
        place = hashlib.sha256(str(folder.absolute()).encode("utf-8", "surrogatepass")).hexdigest()
        self._file = cache / f"{place[:16]}.sqlite"
        self._providers: Mapping[str, set[str]] | None = None
        self._looked_at: set[str] = set()
        self._whole = False
        self._words = Words()

    def __del__(self) -> None:
        self._close()

    def refresh(self, progress: Progress | None = None) -> None:
        """Bring the index up to date, reading only new and changed files; `progress(done, total)`.

        Raises RegistryNotFound, or InvalidFile for a registry.toml.
        """
        self._refresh(progress or _untold, whole=False)

    def _refresh(self, progress: Progress, whole: bool) -> None:
        self._words = words(self.folder)
        self._looked_at, self._whole = set(), whole
        self._providers = None
        for file in (self._file, self._file, None):
            try:
                self._close()
                self._opened = index.opened(file)
                refresh(self._opened, self.folder, progress, whole)
                return
            except OSError as error:
                raise RegistryNotFound(name=self.name, location=str(self.folder)) from error
            except sqlite3.Error as error:
                if file is None:
                    raise
                self._discard(error)

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first, but none that two files offer differently."""
        self._look_at(id)
        return self._ask(lambda db: self._releases(db, id))

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids, sorted, of the mods that provide the virtual `id`."""
        return sorted(self._all_providers().get(id, ()))

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id."""
        query = "SELECT DISTINCT id FROM files WHERE kind = 'release'"
        return {id for (id,) in self._rows(query)} | self._all_providers().keys()

    def renames(self) -> Mapping[str, Requirement]:
        """Return what replaces each mod whose newest release says that something does."""
        ids = self._rows("SELECT DISTINCT id FROM files WHERE renamed")
        newest = {id: self.releases(id)[:1] for (id,) in ids}
        return {
            id: by for id, each in newest.items() for r in each if (by := r.manifest.replaced_by)
        }

    def game(self, id: str) -> Game | None:
        """Return the newest game definition (a game.toml below the folder) with that id."""
        query = "SELECT content FROM files WHERE kind = 'game' AND id = ? ORDER BY path DESC"
        games = self._ask(
            lambda db: [index.unpack(row[0], Game) for row in db.execute(query, (id,))]
        )
        return max(games, key=lambda game: game.version, default=None)

    def locate(self, id: str, version: Version, sha256: str) -> Path:
        """Return the archive or the unpacked folder of a release, for the store to verify.

        Raises UnknownRelease; HashMismatch if the registry has the release with another hash.
        """
        self._look_at(id)
        spelled = spell(version)
        query = "SELECT sha256, path FROM files WHERE kind = 'release' AND id = ? AND version = ?"
        paths: dict[str, str] = dict(sorted(self._rows(query, id, spelled), reverse=True))
        if sha256 in paths:
            return self.folder / paths[sha256]
        if not paths:
            raise UnknownRelease(name=self.name, id=id, version=spelled)
        raise HashMismatch(what=f"{id} {spelled}", expected=sha256, found=min(paths))

    def problems(self, id: str | None = None) -> tuple[Problem, ...]:
        """Return what is not offered, and why, sorted by path; with `id`, what may be that mod."""
        found = sorted((*self._broken(), *self._duplicates()), key=lambda problem: problem.path)
        return tuple(problem for problem in found if id is None or id in problem.ids)

    def _look_at(self, id: str) -> None:
        """Look, once, whether a mod's archives are those that were read; if not, at everything."""
        if self._whole or id in self._looked_at:
            return
        query = (
            "SELECT files.path, files.stamp FROM files JOIN folders ON folders.path = folder"
            " WHERE kind = 'release' AND id = ?"
        )
        rows = self._rows(query, id)
        self._looked_at.add(id)
        found = ((look(self.folder, path), stamp) for path, stamp in rows)
        if any(one is None or one.stamp != stamp for one, stamp in found):
            self._refresh(_untold, whole=True)

    def _releases(self, db: sqlite3.Connection, id: str) -> Sequence[Release]:
        query = (
            "SELECT version, sha256, size, content FROM files WHERE kind = 'release' AND id = ?"
            " ORDER BY path DESC"
        )
        offered: dict[str, dict[str, Release]] = defaultdict(dict)
        for version, sha256, size, content in db.execute(query, (id,)):
            manifest = index.unpack(content, Manifest)
            yanked = self._words.yanked(id, manifest.version)
            offered[version][sha256] = Release(manifest, self.name, size, sha256, yanked)
        alone = [
            release for same in offered.values() if len(same) == 1 for release in same.values()
        ]
        return sorted(alone, key=lambda release: release.manifest.version, reverse=True)

    def _all_providers(self) -> Mapping[str, set[str]]:
        if self._providers is None:
            self._providers = self._ask(_providers)
        return self._providers

    def _broken(self) -> Iterator[Problem]:
        """Read again what could not be read: its errors are not worth a place in the index."""
        query = "SELECT path, id, content FROM files WHERE kind = 'broken'"
        for path, id, kind in self._rows(query):
            try:
                read(self.folder, Found(path, kind.decode(), "", 0))
            except ModpmError as error:
                inside = error.found.split()[:1] if isinstance(error, ManifestMismatch) else []
                ids = {*inside, *([id] if id else [])}
                yield Problem(path, error, tuple(sorted(ids)))

    def _duplicates(self) -> Iterator[Problem]:
        query = (
            "SELECT id, version, json_group_array(path) FROM files WHERE kind = 'release'"
            " GROUP BY id, version HAVING count(DISTINCT sha256) > 1"
        )
        for id, version, listed in self._rows(query):
            paths = sorted(msgspec.json.decode(listed, type=list[str]))
            files = tuple(str(self.folder / path) for path in paths)
            error = DuplicateRelease(id=id, version=version, files=files)
            yield Problem(paths[0], error, (id,))

    def _rows(self, query: str, *values: str) -> list[Any]:
        return self._ask(lambda db: db.execute(query, values).fetchall())

    def _ask(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        """Ask the index; build it first if need be, and again if it turns out to be damaged."""
        if self._opened is None:
            self.refresh()
        assert self._opened is not None
        try:
            return question(self._opened)
        except _DAMAGE as error:
            self._discard(error)
            self.refresh()
            return question(self._opened)

    def _discard(self, error: Exception) -> None:
        self._close()
        index.discard(self._file, error)

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _providers(db: sqlite3.Connection) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for id, provides in db.execute("SELECT id, provides FROM files WHERE provides != ''"):
        for virtual in provides.split():
            found[virtual].add(id)
    return found


def _untold(done: int, total: int) -> None:
    """Keep the progress to oneself."""

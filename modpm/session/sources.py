"""Everything that a loadout can take mods from: its registries, and the player's own disk."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

from modpm.errors import (
    FileTooLarge,
    InvalidSyntax,
    ManifestMismatch,
    NotFound,
    Offline,
    RegistryNotFound,
)
from modpm.game import Game, parse_game
from modpm.index import CombinedIndex, Index, MemoryIndex, Release
from modpm.loadout import Loadout, Wish
from modpm.lockfile import Lock, LockedMod, Stale
from modpm.manifest import Manifest, Permissions, parse_manifest
from modpm.session.place import GAME
from modpm.store.cas import Store
from modpm.versions import parse_version

if TYPE_CHECKING:
    from modpm.registry.directory import DirectoryRegistry, Problem

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

PATH = "path:"
LARGEST = 64 << 20
"""Bytes that a lock may have; a loadout's own limit is lower."""


def _release(folder: Path, wish: Wish) -> Release:
    from modpm.archive.pack import digest

    assert wish.path is not None
    with as_folder(folder / wish.path, wish.id) as mod:
        manifest = _manifest(mod, folder / wish.path, wish.id)
        sha256, size = digest(mod)
    return Release(manifest=manifest, source=PATH + wish.path, size=size, sha256=sha256)


@contextmanager
def as_folder(path: Path, id: str) -> Iterator[Path]:
    """Give a mod's folder; a bare script gets one of its own for a while."""
    if path.is_dir():
        yield path
    elif path.is_file():
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="modpm-") as folder:
            copyfile(path, Path(folder) / path.name)
            yield Path(folder)
    else:
        raise NotFound(mod=id, path=str(path))


def manifest_of(folder: Path) -> Manifest:
    """Return the manifest of an unpacked mod, bare ones included; raise InvalidFile."""
    return _manifest(folder, folder, None)


def _manifest(mod: Path, shown: Path, id: str | None) -> Manifest:
    written = mod / "mod.toml"
    if written.is_file():
        manifest = parse_manifest(read_text(written), str(shown / "mod.toml"))
    else:
        manifest = _bare(mod)
    if id is not None and manifest.id != id:
        raise ManifestMismatch(file=str(shown), expected=id, found=manifest.id)
    return manifest


def _bare(mod: Path) -> Manifest:
    """Return what a lone script says of itself.

    It may control the whole game: the player named its path.
    """
    from modpm.runtime import RhaiLoader

    [entry] = mod.iterdir()
    loader = RhaiLoader()
    handle = loader.load(entry)
    loader.unload(handle)
    return Manifest(
        id=entry.stem,
        version=parse_version(handle.metadata.version),
        name=handle.metadata.name,
        entry=entry.name,
        permissions=Permissions(plugins=("*",)),
    )


class Sources:
    """The registries of one loadout and its mods on disk, read when they are first needed."""

    def __init__(
        self, folder: Path, loadout: Loadout, cache: Path, progress: Progress, *, offline: bool
    ) -> None:
        self._folder = folder
        self._loadout = loadout
        self._cache = cache
        self._progress = progress
        self._offline = offline

    @cached_property
    def registries(self) -> "Mapping[str, DirectoryRegistry]":
        """The registries by name, up to date; RegistryNotFound if one cannot be read."""
        return {name: self._open(name, at) for name, at in self._loadout.registries.items()}

    def _open(self, name: str, location: str) -> "DirectoryRegistry":
        from modpm.registry.open import open_registry

        if self._offline and "://" in location:
            raise Offline(what=location)
        registry = open_registry(name, location, self._folder, self._cache / "index")
        registry.refresh(partial(self._progress, f"reading {name}"))
        return registry

    @cached_property
    def on_disk(self) -> Mapping[str, Release]:
        """The mods that the loadout names by path, as they are now, by id."""
        named = (wish for wish in self._loadout.mods if wish.path is not None and wish.enabled)
        return {wish.id: _release(self._folder, wish) for wish in named}

    def index(self) -> Index:
        """Return all of it as one index, in which a name from two registries is an error."""
        choice = {w.id: w.registry for w in self._loadout.mods if w.registry is not None}
        choice |= dict.fromkeys(self.on_disk, PATH)
        indexes: dict[str, Index] = {**self.registries, PATH: MemoryIndex(self.on_disk.values())}
        return CombinedIndex(indexes, choice, self._loadout.namespaces)

    def game(self) -> Game | None:
        """Return the game: a game.toml beside the loadout, else what a registry has."""
        beside = self._folder / GAME
        if beside.is_file():
            return parse_game(read_text(beside), GAME)
        if self._loadout.game is None:
            return None
        found = (registry.game(self._loadout.game) for registry in self.registries.values())
        return next((game for game in found if game is not None), None)

    def problems(self, id: str | None = None) -> "tuple[Problem, ...]":
        """Return what the registries had to skip; with `id`, what may have been meant as it."""
        return tuple(p for registry in self.registries.values() for p in registry.problems(id))

    def edited(self, lock: Lock) -> tuple[Stale, ...]:
        """Return the locked mods whose files on the player's disk are others by now."""
        return tuple(
            Stale(mod.id, "content")
            for mod in lock.mods
            if mod.path is not None
            and mod.id in self.on_disk
            and self.on_disk[mod.id].sha256 != mod.sha256
        )

    def fetch(self, mod: LockedMod, store: Store) -> None:
        """Put a locked mod into the store; raise HashMismatch if its source has other bytes."""
        if mod.path is not None:
            with as_folder(self._folder / mod.path, mod.id) as folder:
                store.add_folder(folder, mod.sha256)
            return
        name = str(mod.source)
        if name not in self.registries:
            raise RegistryNotFound(name=name, location="[registries]")
        found = self.registries[name].locate(mod.id, mod.version, mod.sha256)
        if found.is_dir():
            store.add_folder(found, mod.sha256)
        else:
            store.add_archive(found, mod.sha256, mod.size)


def read_text(file: Path) -> str:
    """Return the text of a file; raise FileTooLarge, or InvalidSyntax if it is no text."""
    size = file.stat().st_size
    if size > LARGEST:
        raise FileTooLarge(file=file.name, size=size, limit=LARGEST)
    try:
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InvalidSyntax(file=file.name, problem="it is not UTF-8 text") from error

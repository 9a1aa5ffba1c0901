"""Everything that a loadout can take mods from: its registries, and the player's own disk."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING

from modpm.errors import (
    HashMismatch,
    InvalidFormat,
    Io,
    ManifestMismatch,
    Offline,
    RegistryNotFound,
    StaleLock,
    StoreError,
    UnknownRelease,
)
from modpm.game import Game, parse_game
from modpm.index import PATH, CombinedIndex, Index, MemoryIndex, Release, RenamedIndex
from modpm.loadout import Loadout
from modpm.lockfile import Lock, LockedMod, Stale
from modpm.manifest import Manifest
from modpm.session.bare import manifest_at, read_file
from modpm.session.bare import manifest_at as manifest_of
from modpm.session.files import read_text
from modpm.session.fresh import stamp
from modpm.session.place import GAME, LOCK
from modpm.store.cas import Store
from modpm.versions import spell

__all__ = ["Progress", "Sources", "as_folder", "manifest_of", "read_text"]

if TYPE_CHECKING:
    from modpm.registry.directory import Problem
    from modpm.registry.open import Registry

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@contextmanager
def as_folder(path: Path, id: str) -> Iterator[Path]:
    """Give a mod's folder; a lone file gets one of its own for a while.

    Raises NotFound; InvalidFormat for what is neither.
    """
    if path.is_dir():
        yield path
    else:
        from tempfile import TemporaryDirectory

        script = read_file(path, id)
        with TemporaryDirectory(prefix="modpm-") as folder:
            Path(folder, path.name).write_bytes(script)
            yield Path(folder)


class Sources:
    """The registries of one loadout and its mods on disk, read when they are first needed."""

    def __init__(
        self, folder: Path, loadout: Loadout, cache: Path, progress: Progress, *, offline: bool
    ) -> None:
        self._folder = folder
        self._loadout = loadout
        self._cache = cache
        self.progress = progress
        self._offline = offline
        self.stamps: dict[str, str] = {}
        """What `fresh.stamp` said of each mod on disk before it was read, by path."""

    @cached_property
    def registries(self) -> "Mapping[str, Registry]":
        """The registries by name, up to date; RegistryNotFound if one cannot be read."""
        return {name: self._open(name, at) for name, at in self._loadout.registries.items()}

    def _open(self, name: str, location: str) -> "Registry":
        from modpm.registry.open import open_registry

        if self._offline and "://" in location:
            raise Offline(what=location)
        registry = open_registry(name, location, self._folder, self._cache / "index")
        registry.refresh(partial(self.progress, f"reading {name}"))
        return registry

    @cached_property
    def on_disk(self) -> Mapping[str, Release]:
        """The mods that the loadout names by path, as they are now, by id."""
        named = ((wish.id, wish.path) for wish in self._loadout.mods if wish.enabled)
        return {id: self._release(id, path) for id, path in named if path is not None}

    def _release(self, id: str, path: str) -> Release:
        from modpm.archive.pack import digest

        at = self._folder / path
        self._keep_apart(id, at)
        try:
            with as_folder(at, id) as mod:
                self.stamps[path] = stamp(at)
                manifest = manifest_at(at, id)
                sha256, size = digest(mod)
        except StoreError as error:
            raise Io(mod=id, path=error.path, reason=error.reason) from error
        if manifest.id != id:
            raise ManifestMismatch(file=str(at), expected=id, found=manifest.id)
        return Release(manifest=manifest, source=PATH + path, size=size, sha256=sha256)

    def _keep_apart(self, id: str, path: Path) -> None:
        """Refuse a mod that the loadout, with the lock in which the mod's hash is, is part of."""
        try:
            inside = Path(realpath(self._folder)).relative_to(realpath(path))
        except ValueError:
            return
        if not any(part.startswith(".") for part in inside.parts):
            reason = "the loadout is part of it: keep the loadout elsewhere, or below a .folder"
            raise InvalidFormat(mod=id, path=str(path), reason=reason)

    def index(self) -> Index:
        """Return all of it as one index, by the names that mods have now.

        Raises RegistryNotFound, also for a choice of one that the loadout lacks.
        """
        choice = {w.id: w.registry for w in self._loadout.mods if w.registry is not None}
        choice |= dict.fromkeys(self.on_disk, PATH)
        indexes: dict[str, Index] = {**self.registries, PATH: MemoryIndex(self.on_disk.values())}
        for name in sorted({*choice.values(), *self._loadout.namespaces.values()} - indexes.keys()):
            raise RegistryNotFound(name=name, location="no such name under [registries]")
        return RenamedIndex(CombinedIndex(indexes, choice, self._loadout.namespaces))

    def manifest(self, mod: LockedMod, store: Store) -> Manifest:
        """Return what the author of a locked mod says, from the store or where it is offered."""
        if store.has(mod.sha256):
            return manifest_at(store.path(mod.sha256), mod.id)
        for release in self.index().releases(mod.id):
            if release.sha256 == mod.sha256:
                return release.manifest
        raise UnknownRelease(name=mod.source or PATH, id=mod.id, version=spell(mod.version))

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

    def unfetchable(self, mods: Iterable[LockedMod]) -> tuple[str, ...]:
        """Return the ids of the mods of which registries know the metadata alone."""
        known = {name for name in self._loadout.registries if not self.registries[name].fetches}
        return tuple(mod.id for mod in mods if mod.source in known)

    def fetch(self, mod: LockedMod, store: Store) -> None:
        """Put a locked mod into the store; raise HashMismatch if its source has other bytes."""
        if mod.path is not None:
            if mod.path not in [wish.path for wish in self._loadout.mods]:  # nobody else's word
                reason = Stale(mod.id, "source", locked=mod.path)
                raise StaleLock(file=LOCK, reasons=(reason,))
            at = self._folder / mod.path
            try:
                with as_folder(at, mod.id) as folder:
                    store.add_folder(folder, mod.sha256)
            except HashMismatch as error:
                raise HashMismatch(
                    what=str(at), expected=error.expected, found=error.found
                ) from error
            return
        name = str(mod.source)
        if name not in self.registries:
            raise RegistryNotFound(name=name, location="no such name under [registries]")
        found = self.registries[name].locate(mod.id, mod.version, mod.sha256)
        if found.is_dir():
            store.add_folder(found, mod.sha256)
        else:
            store.add_archive(found, mod.sha256, mod.size)

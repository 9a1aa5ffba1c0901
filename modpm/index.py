"""Where releases come from, as the resolver sees it. No I/O: registries implement `Index`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from modpm.errors import AmbiguousMod
from modpm.manifest import Manifest

PATH = "path:"
"""Begins the `source` of a release that lies on the player's own disk."""


class Release(Struct, frozen=True):
    """One version of one mod that a registry offers.

    `source` is the registry's name, or `PATH` and the path that the loadout gives. `sha256` (hex)
    and `size` (bytes) are those of the archive; an unpacked folder counts as the archive that
    `archive.pack` would make of it.
    """

    manifest: Manifest
    source: str
    size: int
    sha256: str


class Index(Protocol):
    """Releases by mod id."""

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first; none if it is unknown. Raise AmbiguousMod."""
        ...

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids, sorted, of the mods of which some release provides the virtual `id`."""
        ...

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id, for search and for "did you mean"."""
        ...


class MemoryIndex:
    """An index of releases that are at hand, in any order."""

    def __init__(self, releases: Iterable[Release]) -> None:
        self._releases: dict[str, list[Release]] = defaultdict(list)
        self._providers: dict[str, set[str]] = defaultdict(set)
        for release in sorted(releases, key=lambda r: (r.source, r.sha256)):
            self._releases[release.manifest.id].append(release)
            for provision in release.manifest.provides:
                self._providers[provision.id].add(release.manifest.id)
        for offered in self._releases.values():
            offered.sort(key=lambda release: release.manifest.version, reverse=True)

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first."""
        return self._releases.get(id, ())

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids of the mods that provide the virtual `id`."""
        return sorted(self._providers.get(id, ()))

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id."""
        return self._releases.keys() | self._providers.keys()


class CombinedIndex:
    """Several registries as one, by name. What two of them offer needs a choice.

    `mods` says for a mod id, `namespaces` for everything before the slash, which registry is meant:
    then no other may answer to that name, not even as a provider.
    """

    def __init__(
        self,
        indexes: Mapping[str, Index],
        mods: Mapping[str, str] | None = None,
        namespaces: Mapping[str, str] | None = None,
    ) -> None:
        self._indexes = dict(sorted(indexes.items()))
        self._mods = mods or {}
        self._namespaces = namespaces or {}

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`; raise AmbiguousMod if several registries have it."""
        found = {name: index.releases(id) for name, index in self._meant(id).items()}
        offers = {name: releases for name, releases in found.items() if releases}
        if len(offers) > 1:
            raise AmbiguousMod(id=id, registries=tuple(offers))
        return next(iter(offers.values()), ())

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids of the mods that provide the virtual `id`, in whichever registry."""
        return sorted({mod for index in self._meant(id).values() for mod in index.providers(id)})

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id of every registry."""
        return {id for index in self._indexes.values() for id in index.ids()}

    def _meant(self, id: str) -> Mapping[str, Index]:
        namespace, slash, _ = id.partition("/")
        chosen = self._mods.get(id) or (self._namespaces.get(namespace) if slash else None)
        if chosen is None:
            return self._indexes
        return {name: index for name, index in self._indexes.items() if name == chosen}

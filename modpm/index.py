"""Where releases come from, as the resolver sees it. No I/O: registries implement `Index`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from modpm.manifest import Manifest, Provision
from modpm.requirement import Requirement

PATH = "path:"
"""Begins the `source` of a release that lies on the player's own disk."""


class Release(Struct, frozen=True):
    """One version of one mod that a registry offers.

    `source` is the registry's name, or `PATH` and the path that the loadout gives. `sha256` (hex)
    and `size` (bytes) are those of the archive; an unpacked folder counts as the archive that
    `archive.pack` would make of it. A `yanked` release stays where it is locked and is never newly
    chosen; one of a mod that was `renamed` is chosen last.
    """

    manifest: Manifest
    source: str
    size: int
    sha256: str
    yanked: bool = False
    renamed: bool = False


class Index(Protocol):
    """Releases by mod id."""

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first; none if it is unknown."""
        ...

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids, sorted, of the mods of which some release provides the virtual `id`."""
        ...

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id, for search and for "did you mean"."""
        ...

    def renames(self) -> Mapping[str, Requirement]:
        """Return what replaces each mod whose newest release says that something does."""
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

    def renames(self) -> Mapping[str, Requirement]:
        """Return what replaces each mod whose newest release says that something does."""
        newest = {id: offered[0].manifest for id, offered in self._releases.items()}
        return {id: m.replaced_by for id, m in newest.items() if m.replaced_by}


class CombinedIndex:
    """Several registries as one, by name.

    `mods` says for a mod id, `namespaces` for everything before the slash, which registry is meant:
    then no other may answer to that name, not even as a provider. Without such a word all of them
    answer, and whoever chooses such a release has to ask the player.
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
        """Return the releases of `id` in whichever registry, newest first."""
        offers = [index.releases(id) for index in self._meant(id).values()]
        found = [offered for offered in offers if offered]
        if len(found) == 1:
            return found[0]
        every = (release for offered in found for release in offered)
        return sorted(every, key=lambda release: release.manifest.version, reverse=True)

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids of the mods that provide the virtual `id`, in whichever registry."""
        return sorted({mod for index in self._meant(id).values() for mod in index.providers(id)})

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id of every registry."""
        return {id for index in self._indexes.values() for id in index.ids()}

    def renames(self) -> Mapping[str, Requirement]:
        """Return what replaces each mod, by the registry that is meant for it."""
        said = [(name, index.renames()) for name, index in self._indexes.items()]
        return {id: by for name, all in said for id, by in all.items() if name in self._meant(id)}

    def _meant(self, id: str) -> Mapping[str, Index]:
        namespace, slash, _ = id.partition("/")
        chosen = self._mods.get(id) or (self._namespaces.get(namespace) if slash else None)
        if chosen is None:
            return self._indexes
        return {name: index for name, index in self._indexes.items() if name == chosen}


class RenamedIndex:
    """An index in which a mod that others were renamed to stands in for them.

    It provides each of them, as the newest version that they had, and is preferred to them.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._renames = index.renames()
        self._former: dict[str, dict[str, Requirement]] = defaultdict(dict)
        for id in self._renames:
            by = self._last(id)
            if by.id != id:
                self._former[by.id][id] = by

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first, with what they stand in for."""
        found = self._index.releases(id)
        if id in self._former:
            found = [self._standing_in(release) for release in found]
        if id in self._renames:
            found = [replace(release, renamed=True) for release in found]
        return found

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids, sorted, of the mods that provide `id`, or are what it is called now."""
        found = self._index.providers(id)
        return sorted({*found, self._last(id).id} - {id}) if id in self._renames else found

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id."""
        return self._index.ids()

    def renames(self) -> Mapping[str, Requirement]:
        """Return what replaces each mod, at the end of all renaming."""
        return {id: self._last(id) for id in self._renames}

    def _last(self, id: str) -> Requirement:
        """Return what a mod was renamed to in the end; where that is a circle, its last mod."""
        seen, by = {id}, self._renames[id]
        while by.id in self._renames and by.id not in seen:
            seen.add(by.id)
            by = self._renames[by.id]
        return by

    def _standing_in(self, release: Release) -> Release:
        manifest = release.manifest
        provided = {provision.id: provision for provision in manifest.provides}
        for id, by in self._former[manifest.id].items():
            if by.range.contains(manifest.version, prereleases=True):
                newest = self._index.releases(id)[0].manifest.version
                provided.setdefault(id, Provision(id, newest))
        every = tuple(provided[id] for id in sorted(provided))
        return replace(release, manifest=replace(manifest, provides=every))

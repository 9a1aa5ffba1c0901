"""Where releases come from, as the resolver sees it. No I/O: registries implement `Index`."""

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct

from modpm.manifest import Manifest


class Release(Struct, frozen=True):
    """One version of one mod that a registry offers.

    `source` is the registry's name, or "path:" and the path that the loadout gives. `sha256` (hex) and
    `size` (bytes) are those of the archive; an unpacked folder counts as the archive that
    `store.pack` would make of it.
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

"""Who must load before whom, and who says so."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from modpm.loadout import Loadout
from modpm.manifest import Manifest
from modpm.resolve.problem import Resolution


class Source(StrEnum):
    """Who asks that one mod loads before another. The last two are soft; the last yields first."""

    DEPENDENCY = "dependency"
    OPTIONAL = "optional dependency"
    PLAYER = "player"
    AUTHOR = "author"


class Edge(Struct, frozen=True, order=True, gc=False):
    """`first` loads before `then`. `by` is the mod that says so, or None for the loadout."""

    first: str
    then: str
    source: Source
    by: str | None = None


def edges(resolution: Resolution, loadout: Loadout) -> tuple[Edge, ...]:
    """Return who must load before whom, and who says so: from the manifests and the player's rules.

    A dependency on a virtual id is an edge from the mod that was chosen to answer it; an
    after/before that names a virtual id concerns every mod that provides it.
    """
    manifests = {id: release.manifest for id, release in resolution.releases.items()}
    named = _named(manifests)
    found = [Edge(rule.first, rule.then, Source.PLAYER) for rule in loadout.order]
    for id, manifest in manifests.items():
        found += _stated(manifest, named)
        for first in resolution.dependencies.get(id, ()):
            if _loads_first(manifests[first], manifest):
                found.append(Edge(first, id, Source.DEPENDENCY, id))
        for wanted in resolution.optional.get(id, ()):
            found.append(Edge(wanted, id, Source.OPTIONAL, id))
    return tuple(found)


def _loads_first(manifest: Manifest, asking: Manifest) -> bool:
    """Return whether a mod has to load before one whose dependency it answers."""
    if all(dependency.ordered for dependency in asking.dependencies):
        return True
    names = {manifest.id, *(provision.id for provision in manifest.provides)}
    answered = [d for d in asking.dependencies if names.intersection(r.id for r in d.alternatives)]
    return not answered or any(dependency.ordered for dependency in answered)


def _named(manifests: Mapping[str, Manifest]) -> Mapping[str, Collection[str]]:
    """Return the mods that a name in an after/before stands for."""
    named = defaultdict[str, set[str]](set, {id: {id} for id in manifests})
    for id, manifest in manifests.items():
        for provision in manifest.provides:
            named[provision.id].add(id)
    return named


def _stated(manifest: Manifest, named: Mapping[str, Collection[str]]) -> Iterator[Edge]:
    """Yield the author's own after and before; a mod is never asked to load before itself."""
    id = manifest.id
    for name in manifest.after:
        yield from (Edge(o, id, Source.AUTHOR, id) for o in named.get(name, ()) if o != id)
    for name in manifest.before:
        yield from (Edge(id, o, Source.AUTHOR, id) for o in named.get(name, ()) if o != id)

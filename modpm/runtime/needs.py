"""What mods need of one another, before and after one of them is another version."""

from collections.abc import Iterable, Mapping, Set

from modpm.errors import LoadFailed
from modpm.manifest import Manifest
from modpm.requirement import Dependency
from modpm.versions import spell

Manifests = Mapping[str, Manifest | None]
"""Who is there, by id; None for what has no manifest."""


def depends(manifest: Manifest, names: Set[str]) -> bool:
    """Return whether a mod depends, if only optionally, on one of these names."""
    needs = {one.id for need in manifest.dependencies for one in need.alternatives}
    needs |= {one.id for one in manifest.optional_dependencies}
    return not needs.isdisjoint(names)


def check(before: Manifests, after: Manifests) -> None:
    """Raise LoadFailed for a mod that changed its id, or that lacks what it had before."""
    for id, manifest in after.items():
        if manifest and manifest.id != id:
            reason = f"its id would be {manifest.id}, and a reload keeps the id"
            raise LoadFailed(mod=id, reason=reason)
        for dependency in manifest.dependencies if manifest else ():
            if _met(dependency, before.values()) and not _met(dependency, after.values()):
                raise LoadFailed(mod=id, reason=f"it needs {_spelled(dependency, after)}")


def _met(dependency: Dependency, manifests: Iterable[Manifest | None]) -> bool:
    there = [(m.id, m.version) for m in manifests if m]
    there += [(one.id, one.version) for m in manifests if m for one in m.provides]
    return any(
        id == wanted.id and wanted.range.contains(version, True)
        for wanted in dependency.alternatives
        for id, version in there
    )


def _spelled(dependency: Dependency, manifests: Manifests) -> str:
    """Return what is needed, and what there would be instead."""
    wanted = dependency.alternatives[0]
    there = manifests.get(wanted.id)
    would = f", and that would be {spell(there.version)}" if there else ""
    return f"{wanted.id} {wanted.range.text}{would}"

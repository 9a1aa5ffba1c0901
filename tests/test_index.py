"""Indexes: newest first, and never an answer by whoever shouts first."""

import pytest

from modpm.errors import AmbiguousMod
from modpm.index import CombinedIndex, MemoryIndex, Release
from modpm.manifest import Manifest, Provision
from modpm.versions import parse_version, spell


def release(id: str, version: str, *provides: str) -> Release:
    """Return a release that provides virtual ids."""
    one = parse_version("1.0.0")
    manifest = Manifest(
        id=id,
        version=parse_version(version),
        name=id,
        provides=tuple(Provision(name, one) for name in provides),
    )
    return Release(manifest, "default", 1, "0" * 64)


def versions(index: CombinedIndex | MemoryIndex, id: str) -> list[str]:
    """Return the versions that an index offers."""
    return [spell(release.manifest.version) for release in index.releases(id)]


def test_newest_first() -> None:
    """Releases come by version, whatever order they were given in."""
    index = MemoryIndex(release("ui", v) for v in ("1.9.0", "1.10.0", "2.0.0-rc.1", "2.0.0"))
    assert versions(index, "ui") == ["2.0.0", "2.0.0-rc.1", "1.10.0", "1.9.0"]


def test_unknown() -> None:
    """An unknown id has no releases and no providers."""
    index = MemoryIndex([])
    assert (list(index.releases("ui")), list(index.providers("ui"))) == ([], [])


def test_providers() -> None:
    """Providers of a virtual id are sorted, each once, and the id is among the ids."""
    index = MemoryIndex(
        [
            release("b", "1.0.0", "audio"),
            release("b", "2.0.0", "audio"),
            release("a", "1.0.0", "audio"),
        ]
    )
    assert index.providers("audio") == ["a", "b"]
    assert set(index.ids()) == {"a", "b", "audio"}


BOTH = {
    "main": MemoryIndex([release("acme/ui", "1.0.0"), release("only", "1.0.0")]),
    "other": MemoryIndex([release("acme/ui", "9.0.0"), release("fake", "1.0.0", "acme/ui")]),
}


def test_a_name_in_one_registry() -> None:
    """What only one registry offers needs no choice."""
    assert versions(CombinedIndex(BOTH), "only") == ["1.0.0"]


def test_a_name_in_two_registries() -> None:
    """What two registries offer is an error that names both."""
    with pytest.raises(AmbiguousMod) as error:
        CombinedIndex(BOTH).releases("acme/ui")
    assert error.value.registries == ("main", "other")


@pytest.mark.parametrize(
    ("mods", "namespaces", "version"),
    [
        ({"acme/ui": "main"}, {}, "1.0.0"),
        ({}, {"acme": "other"}, "9.0.0"),
        ({"acme/ui": "main"}, {"acme": "other"}, "1.0.0"),
    ],
)
def test_a_choice(mods: dict[str, str], namespaces: dict[str, str], version: str) -> None:
    """The loadout's word for a mod counts before its word for a namespace."""
    assert versions(CombinedIndex(BOTH, mods, namespaces), "acme/ui") == [version]


def test_a_choice_silences_stand_ins() -> None:
    """Where a registry was chosen for a name, no other registry may provide that name."""
    assert CombinedIndex(BOTH).providers("acme/ui") == ["fake"]
    assert CombinedIndex(BOTH, {"acme/ui": "main"}).providers("acme/ui") == []


def test_a_namespace_needs_a_slash() -> None:
    """A mod without a namespace is not in the namespace of its own name."""
    assert versions(CombinedIndex(BOTH, {}, {"only": "other"}), "only") == ["1.0.0"]

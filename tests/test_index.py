"""Indexes: newest first, and never an answer by whoever shouts first."""

import pytest

from modpm.index import CombinedIndex, Index, MemoryIndex, Release, RenamedIndex
from modpm.manifest import Manifest, Provision
from modpm.requirement import Requirement
from modpm.versions import parse_range, parse_version, spell


def release(id: str, version: str, *provides: str, now: str | None = None) -> Release:
    """Return a release that provides virtual ids; `now` is what its mod is called from now on."""
    one = parse_version("1.0.0")
    name, _, range = (now or "").partition(" ")
    manifest = Manifest(
        id=id,
        version=parse_version(version),
        name=id,
        replaced_by=Requirement(name, parse_range(range or "*")) if now else None,
        provides=tuple(Provision(name, one) for name in provides),
    )
    return Release(manifest, "default", 1, "0" * 64)


def versions(index: Index, id: str) -> list[str]:
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
    """What two registries offer is the word of both, newest first: choosing it takes a choice."""
    assert versions(CombinedIndex(BOTH), "acme/ui") == ["9.0.0", "1.0.0"]


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


def stands_in(index: Index, id: str) -> list[str]:
    """Return what each release of a mod provides, newest release first."""
    return [
        " ".join(f"{p.id}@{spell(p.version)}" for p in release.manifest.provides)
        for release in index.releases(id)
    ]


def renamed(*releases: Release) -> RenamedIndex:
    """Return an index of these releases."""
    return RenamedIndex(MemoryIndex(releases))


def test_a_renamed_mod() -> None:
    """The new mod stands in for the old as the newest version it had; the old is chosen last."""
    index = renamed(
        release("old", "1.0.0"), release("old", "1.9.0", now="new"), release("new", "2.0.0")
    )
    assert stands_in(index, "new") == ["old@1.9.0"]
    assert list(index.providers("old")) == ["new"]
    assert [release.renamed for release in index.releases("old")] == [True, True]
    assert not index.releases("new")[0].renamed


def test_a_name_that_was_taken_back() -> None:
    """Only the newest release's word counts."""
    index = renamed(
        release("old", "1.0.0", now="new"), release("old", "1.1.0"), release("new", "2.0.0")
    )
    assert (stands_in(index, "new"), list(index.providers("old"))) == ([""], [])


def test_only_some_versions_replace() -> None:
    """With a range, other versions of the new mod stand in for nothing."""
    index = renamed(
        release("old", "1.0.0", now="new >=2"), release("new", "2.0.0"), release("new", "1.0.0")
    )
    assert stands_in(index, "new") == ["old@1.0.0", ""]


def test_renamed_twice() -> None:
    """The last name stands in for all that came before."""
    index = renamed(
        release("a", "1.0.0", now="b"), release("b", "2.0.0", now="c"), release("c", "3.0.0")
    )
    assert stands_in(index, "c") == ["a@1.0.0 b@2.0.0"]
    assert {id: by.id for id, by in index.renames().items()} == {"a": "c", "b": "c"}


def test_names_in_a_circle() -> None:
    """Mods that name each other end somewhere, and nothing hangs."""
    index = renamed(release("a", "1.0.0", now="b"), release("b", "1.0.0", now="a"))
    assert {id: by.id for id, by in index.renames().items()} == {"a": "a", "b": "b"}
    assert (list(index.providers("a")), stands_in(index, "a")) == ([], [""])


def test_an_author_who_provides_the_old_name() -> None:
    """What the new mod's author says of the old name stands."""
    index = renamed(release("old", "1.5.0", now="new"), release("new", "2.0.0", "old"))
    assert stands_in(index, "new") == ["old@1.0.0"]

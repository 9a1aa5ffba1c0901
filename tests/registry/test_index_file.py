"""An index in one file: what can be known of releases that cannot be fetched."""

from pathlib import Path

import pytest

from modpm.errors import InvalidFile, InvalidIndex, MetadataOnly, RegistryNotFound
from modpm.registry.index_file import Entry, IndexFile, write_index
from modpm.versions import parse_version, spell

SHA = "ab" * 32


def entry(id: str, version: str, **more: object) -> Entry:
    """Return an entry; `more` are tables of mod.toml."""
    mod = {"id": id, "version": version, **more.pop("mod", {})}  # type: ignore[dict-item]
    return Entry({"manifest-version": 1, "mod": mod, **more}, SHA, 7)


def opened(folder: Path, *entries: Entry) -> IndexFile:
    """Return the registry of these entries, as a new command opens it."""
    write_index(folder / "x.index", entries)
    registry = IndexFile("peers", folder / "x.index")
    registry.refresh()
    return registry


def test_what_was_written_is_offered(tmp_path: Path) -> None:
    """Releases come newest first, from that registry, with the size and hash that were written."""
    registry = opened(
        tmp_path,
        entry("ui", "1.0.0", dependencies={"core": "^1"}),
        entry("ui", "1.10.0"),
        entry("ui", "1.9.0", provides={"hud": "1.0.0"}),
    )
    found = registry.releases("ui")
    assert [spell(release.manifest.version) for release in found] == ["1.10.0", "1.9.0", "1.0.0"]
    assert {(r.source, r.size, r.sha256) for r in found} == {("peers", 7, SHA)}
    assert [d.alternatives[0].id for d in found[-1].manifest.dependencies] == ["core"]
    assert (list(registry.providers("hud")), registry.releases("no")) == (["ui"], [])
    assert set(registry.ids()) == {"ui", "hud"}


def test_renames(tmp_path: Path) -> None:
    """Only what the newest release says of its name counts."""
    named = {"replaced-by": "new"}
    registry = opened(
        tmp_path,
        entry("old", "1.0.0", mod=named),
        entry("back", "1.0.0", mod=named),
        entry("back", "1.1.0"),
    )
    assert {id: by.id for id, by in registry.renames().items()} == {"old": "new"}


def test_nothing_can_be_fetched(tmp_path: Path) -> None:
    """There are no bytes behind an index."""
    registry = opened(tmp_path, entry("ui", "1.0.0"))
    with pytest.raises(MetadataOnly) as error:
        registry.locate("ui", parse_version("1.0.0"), SHA)
    assert error.value.mods == ("ui",)


HEAD = '{"index-version":1,"mods":{"ui":[%d,%d]},"provides":{},"renamed":[]}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        '{"index-version":1}',
        HEAD.replace(":1,", ":2,", 1) % (0, 9),
        HEAD % (-1, 9),
        HEAD % (0, -9),
        HEAD % (10**30, 9),
        HEAD % (0, 10**30),
        "[" * 100_000,
    ],
)
def test_what_is_no_index(tmp_path: Path, text: str) -> None:
    """A file that is none, or whose head tells of places where nothing can be."""
    (tmp_path / "x").write_text(text)
    with pytest.raises(InvalidIndex) as error:
        IndexFile("peers", tmp_path / "x").refresh()
    assert error.value.line == 1


RELEASE = (
    f'{{"sha256":"{SHA}","size":1,"manifest":'
    '{"manifest-version":1,"mod":{"id":"%s","version":"%s"}}}'
)


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '{"manifest"',
        "[" * 100_000,
        '{"manifest":{"mod":{"id":"ui","x":' + "[" * 100_000,
        RELEASE.replace('"manifest-version":1,', "") % ("ui", "1.0.0"),
        RELEASE % ("ui", "x"),
        RELEASE % ("other", "1.0.0"),
        RELEASE.replace(f'"sha256":"{SHA}",', "") % ("ui", "1.1.0"),
        RELEASE.replace(SHA, SHA.upper()) % ("ui", "1.1.0"),
        RELEASE.replace('"size":1', '"size":-1') % ("ui", "1.1.0"),
    ],
)
def test_a_release_that_is_not_valid(tmp_path: Path, line: str) -> None:
    """A line is held to the rules of mod.toml when its mod is asked for, and told by its number."""
    lines = ["{}", RELEASE % ("ui", "1.0.0"), line, ""]
    size = len("\n".join(lines[1:]))
    (tmp_path / "x").write_text("\n".join([HEAD % (3, size), *lines]), newline="")
    registry = IndexFile("peers", tmp_path / "x")
    registry.refresh()
    with pytest.raises((InvalidIndex, InvalidFile)) as error:
        registry.releases("ui")
    assert error.value.data["line"] == 4


def test_one_version_twice(tmp_path: Path) -> None:
    """Nobody could say which of them is meant."""
    registry = opened(tmp_path, entry("ui", "1.0.0"), entry("ui", "1.0.0"))
    with pytest.raises(InvalidIndex, match="twice"):
        registry.releases("ui")


def test_an_index_that_was_cut_off(tmp_path: Path) -> None:
    """Also at the end of a line: the newest releases would be missing, and nobody would know."""
    registry = opened(tmp_path, entry("ui", "1.0.0"), entry("ui", "2.0.0"))
    whole = (tmp_path / "x.index").read_bytes().splitlines(keepends=True)
    (tmp_path / "x.index").write_bytes(b"".join(whole[:-1]))
    with pytest.raises(InvalidIndex, match="cut off"):
        registry.releases("ui")


def test_a_file_that_went_away(tmp_path: Path) -> None:
    """A file that is gone when it is read is a registry that is not there."""
    with pytest.raises(RegistryNotFound):
        IndexFile("peers", tmp_path / "x").refresh()

"""Factorio's info.json in our words."""

import json
from pathlib import Path
from typing import Any

import pytest

from modpm.registry.index_file import IndexFile
from modpm.registry.peers.factorio import take
from modpm.registry.peers.taken import Taken

BELTS = {"name": "Belts Plus", "version": "1.02.3", "title": "Belts", "factorio_version": "1.1"}


def taken(tmp_path: Path, *infos: Any) -> tuple[Taken, IndexFile]:
    """Return what becomes of these info.json, and the index."""
    (tmp_path / "all.json").write_text(json.dumps(list(infos)))
    found = take(tmp_path / "all.json", tmp_path / "out.index")
    registry = IndexFile("factorio", tmp_path / "out.index")
    registry.refresh()
    return found, registry


def related(*dependencies: str) -> dict[str, Any]:
    """Return info.json with these dependencies."""
    return {**BELTS, "dependencies": list(dependencies)}


def test_names_and_versions(tmp_path: Path) -> None:
    """A name becomes an id in small letters, a version three numbers."""
    found, registry = taken(tmp_path, BELTS)
    (release,) = registry.releases("belts-plus")
    manifest = release.manifest
    assert (manifest.name, str(manifest.version), manifest.entry) == ("Belts", "1.2.3", None)
    assert manifest.game is not None
    assert (manifest.game.id, manifest.game.range.text) == ("factorio", "=1.1")
    assert (found.mods, found.releases, found.lost) == (1, 1, ())


def test_prefixes(tmp_path: Path) -> None:
    """Each prefix has a relation of ours; ~ is a dependency that asks for no order."""
    _, registry = taken(
        tmp_path, related("a >= 1.2", "~ b", "? c<2", "(?) d = 1.0.0", "! e", "!f > 1.1")
    )
    manifest = registry.releases("belts-plus")[0].manifest
    needs = [
        (d.alternatives[0].id, d.alternatives[0].range.text, d.ordered)
        for d in manifest.dependencies
    ]
    assert needs == [("a", ">=1.2.0", True), ("b", "*", False)]
    optional = {r.id: r.range.text for r in manifest.optional_dependencies}
    assert optional == {"c": "<2.0.0", "d": "=1.0.0"}
    assert {r.id: r.range.text for r in manifest.conflicts} == {"e": "*", "f": ">1.1.0"}


@pytest.mark.parametrize(
    ("series", "base", "range"),
    [
        ("1.1", "base", "=1.1"),
        ("1.1", "base >= 1.1.30", "=1.1, >=1.1.30"),
        ("0.18", "base", ">=0.18, <=1.0"),
        ("2.0", "~ base > 2.0.7", "=2.0, >2.0.7"),
    ],
)
def test_the_game(tmp_path: Path, series: str, base: str, range: str) -> None:
    """The series and a dependency on base both bound the game's version."""
    _, registry = taken(tmp_path, {**related(base), "factorio_version": series})
    game = registry.releases("belts-plus")[0].manifest.game
    assert game is not None
    assert game.range.text == range


def test_the_same_mod_twice(tmp_path: Path) -> None:
    """Two bounds on one mod both count."""
    _, registry = taken(tmp_path, related("a >= 1.0", "a < 2.0"))
    (need,) = registry.releases("belts-plus")[0].manifest.dependencies
    assert need.alternatives[0].range.text == ">=1.0.0, <2.0.0"


def test_what_the_portal_tells(tmp_path: Path) -> None:
    """Answers of the portal, for one mod or many, hold the info.json of each release."""
    releases = [
        {"version": v, "info_json": {"factorio_version": "1.1", "dependencies": ["a"]}}
        for v in ("1.0.0", "1.1.0")
    ]
    page = {"results": [{"name": "x", "title": "X", "releases": [*releases, {"version": "9"}]}]}
    found, registry = taken(tmp_path, page["results"][0])
    (tmp_path / "page.json").write_text(json.dumps(page))
    assert take(tmp_path / "page.json", tmp_path / "out.index").releases == 2
    assert [str(r.manifest.version) for r in registry.releases("x")] == ["1.1.0", "1.0.0"]
    assert [(loss.what, loss.why) for loss in found.lost] == [
        ("x", "a release without its info_json")
    ]


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({**BELTS, "name": "Überholt"}, "cannot be an id"),
        ({**BELTS, "version": "1.2.3.4"}, "no version"),
        ({**BELTS, "factorio_version": "new"}, "no version of the game"),
        ({**BELTS, "title": "a\x1bb"}, "text without control characters"),
        (related("a ≥ 1"), "cannot be an id"),
        (related("+ a"), "cannot be an id"),
        (related("a >= x"), "no known form"),
        (related("! base"), "no dependency on it"),
        (related("! Belts Plus"), "about the mod itself"),
        ({**BELTS, "dependencies": [3]}, "no known form"),
        (7, "no table"),
    ],
)
def test_what_cannot_be_taken_over(tmp_path: Path, info: object, why: str) -> None:
    """A release that would be another in our words is left out, and listed with the reason."""
    found, registry = taken(tmp_path, {**BELTS, "name": "whole"}, info)
    assert list(registry.ids()) == ["whole"]
    assert [why in loss.why for loss in found.lost] == [True]


def test_names_that_are_one_id(tmp_path: Path) -> None:
    """Of two mods that an id cannot tell apart one is left out; the same release counts once."""
    found, registry = taken(tmp_path, BELTS, {**BELTS, "name": "belts-plus"}, BELTS)
    assert len(registry.releases("belts-plus")) == 1
    assert [loss.why.split(" ")[:2] for loss in found.lost] == [["the", "same"], ["its", "name"]]


def test_a_folder(tmp_path: Path) -> None:
    """In a folder every info.json counts, and one that is no JSON is listed."""
    for name, text in {"a": json.dumps(BELTS), "b": "{", "c": "[" * 100_000}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "info.json").write_text(text)
    found = take(tmp_path, tmp_path / "out.index")
    assert (found.releases, [Path(loss.where).parent.name for loss in found.lost]) == (
        1,
        ["b", "c"],
    )

"""CKAN's metadata in our words."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from modpm.registry.index_file import IndexFile
from modpm.registry.peers.ckan import take
from modpm.registry.peers.taken import Taken

ORBIT = {"identifier": "BetterOrbits", "version": "1.4", "name": "Better Orbits"}
TOOL = {"identifier": "PatchTool", "version": "4.1.2"}


def taken(tmp_path: Path, *releases: Any) -> tuple[Taken, IndexFile]:
    """Return what becomes of these .ckan files, and the index."""
    for number, content in enumerate(releases):
        (tmp_path / f"{number}.ckan").write_text(json.dumps(content))
    found = take(tmp_path, tmp_path / "out.index")
    registry = IndexFile("ckan", tmp_path / "out.index")
    registry.refresh()
    return found, registry


def test_identity(tmp_path: Path) -> None:
    """The id is in small letters, hash and size are the archive's, and CKAN's version is told."""
    sha256 = "AB" * 32
    download = {"download_hash": {"sha256": sha256}, "download_size": 12}
    found, registry = taken(tmp_path, {**ORBIT, **download})
    (release,) = registry.releases("betterorbits")
    assert (release.sha256, release.size) == (sha256.lower(), 12)
    assert (release.manifest.name, str(release.manifest.version)) == ("Better Orbits", "1.4.0")
    assert release.manifest.description == "BetterOrbits 1.4 of CKAN"
    assert found == Taken(1, 1, ())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_a_pipe_is_lost(tmp_path: Path) -> None:
    """Whoever read it would wait for ever."""
    os.mkfifo(tmp_path / "pipe.ckan")
    found, _ = taken(tmp_path, TOOL)
    assert found.releases == 1
    assert [Path(loss.where).name for loss in found.lost] == ["pipe.ckan"]


def test_a_folder_that_may_not_be_read_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a right to everything is refused here too."""
    (tmp_path / "secret").mkdir()
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).name == "secret":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, _ = taken(tmp_path, TOOL)
    assert [(Path(loss.where).name, loss.what) for loss in found.lost] == [("secret", "the folder")]


def test_relationships(tmp_path: Path) -> None:
    """Each relationship has one of ours, and none of them asks for an order."""
    relations = {
        "depends": [
            {"name": "PatchTool", "min_version": "4.0", "max_version": "5"},
            {"any_of": [{"name": "Small"}, {"name": "Large", "version": "2"}]},
        ],
        "recommends": [{"name": "Sky"}],
        "suggests": [{"any_of": [{"name": "Sun"}, {"name": "Moon"}]}],
        "conflicts": [{"name": "OldOrbits"}, {"name": "PatchTool", "max_version": "3"}],
        "provides": ["Orbits"],
        "supports": [{"name": "Anything"}],
    }
    _, registry = taken(tmp_path, {**ORBIT, **relations}, TOOL)
    manifest = registry.releases("betterorbits")[0].manifest
    needs = {
        " | ".join(f"{r.id} {r.range.text}" for r in d.alternatives): d.ordered
        for d in manifest.dependencies
    }
    assert needs == {"patchtool >=4.0.0, <=5.0.0": False, "small * | large =2.0.0": False}
    assert [r.id for d in manifest.recommends for r in d.alternatives] == ["sky"]
    assert [r.id for r in manifest.suggests] == ["moon", "sun"]
    assert {r.id: r.range.text for r in manifest.conflicts} == {
        "oldorbits": "*",
        "patchtool": "<=3.0.0",
    }
    assert [(p.id, str(p.version)) for p in manifest.provides] == [("orbits", "0.0.0")]


@pytest.mark.parametrize(
    ("fields", "range"),
    [
        ({}, "*"),
        ({"ksp_version": "any"}, "*"),
        ({"ksp_version": "1.12"}, "=1.12"),
        ({"ksp_version_min": "1.8", "ksp_version_max": "1.12.5"}, ">=1.8, <=1.12.5"),
        ({"ksp_version": "1.4.2.2110"}, "=1.4.2"),
    ],
)
def test_the_game(tmp_path: Path, fields: dict[str, str], range: str) -> None:
    """An incomplete version stands for all that begin with it, in both schemes."""
    _, registry = taken(tmp_path, {**ORBIT, **fields})
    game = registry.releases("betterorbits")[0].manifest.game
    assert game is not None
    assert (game.id, game.range.text) == ("ksp", range)


def test_replaced(tmp_path: Path) -> None:
    """What replaces a mod is what it is called now."""
    by = {"replaced_by": {"name": "PatchTool", "min_version": "4"}}
    _, registry = taken(tmp_path, {**ORBIT, **by}, TOOL)
    assert {id: (by.id, by.range.text) for id, by in registry.renames().items()} == {
        "betterorbits": ("patchtool", ">=4.0.0")
    }


def test_versions_of_any_kind(tmp_path: Path) -> None:
    """Ranges follow the versions of the mod that they are about, whatever those look like."""
    tools = [{**TOOL, "version": v} for v in ("v0.9", "1.0.1.1", "1:0.1")]
    need = {"depends": [{"name": "PatchTool", "min_version": "1.0.1"}]}
    _, registry = taken(tmp_path, {**ORBIT, **need}, *tools)
    (dependency,) = registry.releases("betterorbits")[0].manifest.dependencies
    said = {r.manifest.description: str(r.manifest.version) for r in registry.releases("patchtool")}
    assert said == {
        "PatchTool 1.0.1.1 of CKAN": "1.0.0",
        "PatchTool v0.9 of CKAN": "2.0.0",
        "PatchTool 1:0.1 of CKAN": "3.0.0",
    }
    assert dependency.alternatives[0].range.text == ">=1.0.0"


@pytest.mark.parametrize(
    ("fields", "what", "why"),
    [
        ({"depends": [{"name": "Ä"}]}, "BetterOrbits 1.4", "depends: 'Ä' cannot be an id"),
        ({"depends": ["PatchTool"]}, "BetterOrbits 1.4", "depends: PatchTool names no mod"),
        ({"depends": [{"name": "BetterOrbits"}]}, "BetterOrbits 1.4.0", "the id of another mod"),
        ({"conflicts": [{}]}, "BetterOrbits 1.4", "conflicts: {} names no mod"),
        ({"ksp_version": "next"}, "BetterOrbits 1.4", "no version of the game"),
        ({"identifier": ""}, "the file", "no identifier"),
    ],
)
def test_a_release_that_cannot_be_taken_over(
    tmp_path: Path, fields: dict[str, Any], what: str, why: str
) -> None:
    """Without a dependency or a conflict a release would lie: it is left out and listed."""
    found, registry = taken(tmp_path, {**ORBIT, **fields}, TOOL)
    assert list(registry.ids()) == ["patchtool"]
    assert [(loss.what, why in loss.why) for loss in found.lost] == [(what, True)]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"recommends": [{"name": "Ä"}]}, "recommends"),
        ({"suggests": [{"any_of": [{"name": "Ä"}]}]}, "suggests"),
        ({"provides": ["Ä"]}, "provides"),
        ({"replaced_by": {"name": "Ä"}}, "replaced_by"),
        ({"conflicts": [{"name": "BetterOrbits"}]}, "conflicts"),
    ],
)
def test_a_part_that_cannot_be_taken_over(
    tmp_path: Path, fields: dict[str, Any], kind: str
) -> None:
    """What only advises is left out and listed; the release is taken over."""
    found, registry = taken(tmp_path, {**ORBIT, **fields})
    assert len(registry.releases("betterorbits")) == 1
    assert [loss.what for loss in found.lost] == [f"{kind} of BetterOrbits 1.4"]

"""From the permissions in a manifest to folders on the disk."""

from pathlib import Path

import pytest

from modpm.errors import InvalidFormat
from modpm.manifest import FileGrant, Manifest, Permissions
from modpm.runtime.api import NOTHING, Folder, Grants
from modpm.runtime.grants import granted
from modpm.versions import parse_version


def asking(*files: tuple[str, str], clock: bool = False, entry: str = "mod.wasm") -> Manifest:
    """Return the manifest of a mod that asks for those folders: (path, mode)."""
    grants = tuple(FileGrant(path, mode) for path, mode in files)  # type: ignore[arg-type]
    permissions = Permissions(files=grants, clock=clock)
    version = parse_version("1.0.0")
    return Manifest("acme/x", version, "X", entry=entry, permissions=permissions)


def test_nothing_is_granted_that_is_not_asked_for(tmp_path: Path) -> None:
    """A mod that asks for nothing gets nothing, and no folder is made for it."""
    assert granted(asking(), tmp_path, tmp_path / "saves") == NOTHING
    assert not (tmp_path / "saves").exists()


def test_reading_is_in_the_mods_folder_and_writing_in_the_save_folder(tmp_path: Path) -> None:
    """The mode says where; the folder to write in is made."""
    (tmp_path / "mod" / "data" / "maps").mkdir(parents=True)
    asked = asking(("data/maps", "read"), ("notes", "write"), clock=True)
    saves = tmp_path / "saves"
    maps = Folder("data/maps", tmp_path / "mod" / "data" / "maps")
    notes = Folder("notes", saves / "notes", writable=True)
    assert granted(asked, tmp_path / "mod", saves) == Grants((maps, notes), clock=True)
    assert (saves / "notes").is_dir()


def test_a_script_gets_no_folders(tmp_path: Path) -> None:
    """Rhai opens no files, so that there is nothing to make or to look for."""
    asked = asking(("data", "read"), ("notes", "write"), entry="main.rhai")
    assert granted(asked, tmp_path, tmp_path / "saves") == NOTHING


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize("path", ["..", "../x", "/tmp", "a/../../x", "C:x", "a\\b", "con", "a."])
def test_a_path_stays_below_its_folder_whatever_the_manifest_says(
    tmp_path: Path, path: str, mode: str
) -> None:
    """A game may make a manifest without `parse_manifest`; the rules hold for it too."""
    with pytest.raises(InvalidFormat, match="leads out of its folder"):
        granted(asking((path, mode)), tmp_path / "mod", tmp_path / "saves")


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_link_leads_out_of_the_folder(tmp_path: Path, mode: str) -> None:
    """Even one that somebody put there before."""
    for name in ("mod", "saves"):
        (tmp_path / name).mkdir()
        try:
            (tmp_path / name / "data").symlink_to(tmp_path)
        except OSError:
            pytest.skip("this system lets nobody make links")
    with pytest.raises(InvalidFormat, match="leads out of its folder"):
        granted(asking(("data/sub", mode)), tmp_path / "mod", tmp_path / "saves")


def test_a_folder_to_read_must_be_there(tmp_path: Path) -> None:
    """A file is no folder either."""
    (tmp_path / "file").touch()
    for path in ("nowhere", "file"):
        with pytest.raises(InvalidFormat, match="is no folder of the mod"):
            granted(asking((path, "read")), tmp_path, None)


def test_a_game_need_not_keep_files(tmp_path: Path) -> None:
    """Without a place for them, a mod that wants to write does not load."""
    with pytest.raises(InvalidFormat, match="keeps no files of mods"):
        granted(asking(("notes", "write")), tmp_path, None)

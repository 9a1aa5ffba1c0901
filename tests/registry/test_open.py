"""What a loadout may say about where a registry is."""

from pathlib import Path

import pytest

from modpm.errors import RegistryNotFound, UnsupportedRegistry
from modpm.registry.directory import DirectoryRegistry
from modpm.registry.index_file import IndexFile
from modpm.registry.open import open_registry


def test_a_folder_is_relative_to_the_loadout(tmp_path: Path) -> None:
    """A registry can travel with the loadout."""
    (tmp_path / "mods").mkdir()
    registry = open_registry("main", "mods", tmp_path, tmp_path / "cache")
    assert isinstance(registry, DirectoryRegistry)
    assert (registry.name, registry.folder) == ("main", tmp_path / "mods")


def test_a_folder_may_be_below_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde is the player's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "mods").mkdir()
    registry = open_registry("main", "~/mods", Path("/x"), tmp_path)
    assert isinstance(registry, DirectoryRegistry)
    assert registry.folder == tmp_path / "mods"


def test_a_file_is_an_index(tmp_path: Path) -> None:
    """A file is one index of many releases; what it holds is read when the registry is."""
    (tmp_path / "peers.index").touch()
    assert isinstance(open_registry("main", "peers.index", tmp_path, tmp_path), IndexFile)


@pytest.mark.parametrize("location", ["nowhere", "file.txt/mods", "~no-such-user/mods"])
def test_what_is_no_folder_is_not_found(tmp_path: Path, location: str) -> None:
    """The error says which registry, and where the loadout says it is."""
    (tmp_path / "file.txt").touch()
    with pytest.raises(RegistryNotFound) as failed:
        open_registry("main", location, tmp_path, tmp_path)
    assert failed.value.data == {"hint": None, "name": "main", "location": location}


@pytest.mark.parametrize("location", ["https://mods.example", "HTTP://mods.example/x", "s3://b"])
def test_addresses_are_not_read_yet(tmp_path: Path, location: str) -> None:
    """An address is told apart from a folder that is missing."""
    with pytest.raises(UnsupportedRegistry) as failed:
        open_registry("main", location, tmp_path, tmp_path)
    assert failed.value.scheme == location.split(":")[0].lower()

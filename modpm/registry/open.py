"""From what a loadout says about a registry to the registry."""

import re
from pathlib import Path
from typing import TypeAlias

from modpm.errors import RegistryNotFound, UnsupportedRegistry
from modpm.registry.directory import DirectoryRegistry
from modpm.registry.index_file import IndexFile

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


Registry: TypeAlias = DirectoryRegistry | IndexFile


def open_registry(name: str, location: str, base: Path, cache: Path) -> Registry:
    """Return the registry at `location`: a folder or an index, relative to `base` or below "~".

    Raises RegistryNotFound; UnsupportedRegistry for addresses: this version reads files only.
    """
    if address := _SCHEME.match(location):
        scheme = address[1].lower()
        raise UnsupportedRegistry(name=name, location=location, scheme=scheme)
    try:
        folder = base / Path(location).expanduser()
    except RuntimeError:  # there is no such user
        folder = base / location
    if folder.is_file():
        return IndexFile(name, folder)
    if not folder.is_dir():
        raise RegistryNotFound(name=name, location=location)
    return DirectoryRegistry(name, folder, cache)

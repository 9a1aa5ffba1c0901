"""From what a loadout says about a registry to the registry."""

import re
from pathlib import Path

from modpm.errors import RegistryNotFound, UnsupportedRegistry
from modpm.registry.directory import DirectoryRegistry

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def open_registry(name: str, location: str, base: Path, cache: Path) -> DirectoryRegistry:
    """Return the registry at `location`: a folder, relative to `base` or below "~".

    Raises RegistryNotFound; UnsupportedRegistry for addresses: this version reads folders only.
    """
    if address := _SCHEME.match(location):
        scheme = address[1].lower()
        raise UnsupportedRegistry(name=name, location=location, scheme=scheme)
    try:
        folder = base / Path(location).expanduser()
    except RuntimeError:  # there is no such user
        folder = base / location
    if not folder.is_dir():
        raise RegistryNotFound(name=name, location=location)
    return DirectoryRegistry(name, folder, cache)

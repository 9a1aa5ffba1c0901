"""Where a loadout and modpm's own files are."""

import os
from pathlib import Path

from modpm.errors import NoLoadout

GAME = "game.toml"
LOADOUT = "loadout.toml"
LOCK = "loadout.lock"
STATE = ".modpm"
STORE = "store"


def find(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, with a loadout.toml; raise NoLoadout."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / LOADOUT).is_file():
            return folder
    raise NoLoadout(folder=str(start))


def cache_root() -> Path:
    """Return the folder of store and indexes: MODPM_CACHE, else the platform's cache folder."""
    if chosen := os.environ.get("MODPM_CACHE"):
        return Path(chosen).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("modpm", appauthor=False)

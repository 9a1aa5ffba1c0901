"""Where a loadout and modpm's own files are."""

import os
from pathlib import Path

from modpm.errors import NoLoadout

GAME = "game.toml"
LOADOUT = "loadout.toml"
LOCK = "loadout.lock"
STATE = ".modpm"
STORE = "store"
SAVES = "saves"


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


def saves_root(folder: Path, name: str) -> Path:
    """Return where the mods of the loadout `name` in `folder` keep files, a folder for each.

    It is below MODPM_DATA, else the platform's folder for data: emptying the cache leaves it.
    """
    import re
    from hashlib import sha256

    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "loadout"
    place = sha256(str(folder.resolve()).encode(errors="surrogateescape")).hexdigest()[:8]
    return _data_root() / SAVES / f"{words}-{place}"


def _data_root() -> Path:
    if chosen := os.environ.get("MODPM_DATA"):
        return Path(chosen).absolute()
    from platformdirs import user_data_path

    return user_data_path("modpm", appauthor=False)

"""Where a loadout and modpm's own files are."""

from pathlib import Path

from modpm.errors import NoLoadout
from modpm.folders import cache_root as cache_root
from modpm.folders import data_root

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


def saves_root(folder: Path, name: str) -> Path:
    """Return where the mods of the loadout `name` in `folder` keep files, a folder for each.

    It is below MODPM_DATA, else the platform's folder for data: emptying the cache leaves it.
    """
    import re
    from hashlib import sha256

    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "loadout"
    place = sha256(str(folder.resolve()).encode(errors="surrogateescape")).hexdigest()[:8]
    return data_root() / SAVES / f"{words}-{place}"

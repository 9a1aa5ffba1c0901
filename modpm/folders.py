"""The player's own folders: what can be fetched or made again, and what cannot."""

import os
from pathlib import Path


def cache_root() -> Path:
    """Return the folder of store, indexes and compiled code: MODPM_CACHE, else the platform's."""
    if chosen := os.environ.get("MODPM_CACHE"):
        return Path(chosen).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("modpm", appauthor=False)


def data_root() -> Path:
    """Return the folder of what no command removes: MODPM_DATA, else the platform's."""
    if chosen := os.environ.get("MODPM_DATA"):
        return Path(chosen).absolute()
    from platformdirs import user_data_path

    return user_data_path("modpm", appauthor=False)

"""What a game decides about its mods, once, when it is built."""

from pathlib import Path

from msgspec import Struct


class ModSystemConfig(Struct, frozen=True):
    """Where the mods are, and how they are treated.

    `auto_load` loads all mods in `mod_dir` when the game starts: scripts, components, and folders
    with a mod.toml, in natural order; bare ones may control every plugin. `hot_reload` keeps up
    with what changes there. `seed` is that of every mod's random numbers.
    """

    mod_dir: Path | None = None
    hot_reload: bool = False
    auto_load: bool = False
    seed: int = 0

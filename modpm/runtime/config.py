"""What a game decides about its mods, once, when it is built."""

from pathlib import Path
from typing import Literal

from msgspec import Struct


class ModSystemConfig(Struct, frozen=True):
    """Where the mods are, and how they are treated.

    `auto_load` loads all mods in `mod_dir` when the game starts: scripts, components, and folders
    with a mod.toml, in natural order; bare ones may control every plugin. `hot_reload` keeps up
    with what changes there. `seed` is that of every mod's random numbers.

    `turn` is how many seconds all mods together have between two updates, `goodbye` how many those
    that leave have for `on_shutdown`, unloaded or when the game ends. A mod that fails is started
    anew `retries` times, and then it is out for good. A mod whose dependency failed hears of it, or
    fails too.
    """

    mod_dir: Path | None = None
    hot_reload: bool = False
    auto_load: bool = False
    seed: int = 0
    turn: float = 10.0
    goodbye: float = 5.0
    retries: int = 0
    dependents: Literal["hear", "fail"] = "hear"


DEFAULTS = ModSystemConfig()

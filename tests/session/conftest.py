"""A loadout in the arena: a real folder with a registry, and a cache of its own."""

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from modpm.requirement import Requirement
from modpm.session import Session
from modpm.session.fresh import mods_in_place, state_file
from modpm.versions import parse_range

ARENA = Path(__file__).parents[1] / "scenarios" / "arena"

HEAD = """\
[loadout]
name = "friday"
game = "arena"

[registries]
default = "registry"

"""


class Player:
    """Somebody with a loadout. Texts of [mods] and other tables come after `HEAD`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder.parent / "cache"

    @property
    def session(self) -> Session:
        """A new session, as each command has."""
        return Session(self.folder, cache=self.cache)

    @property
    def file(self) -> Path:
        """loadout.toml."""
        return self.folder / "loadout.toml"

    @property
    def lock(self) -> Path:
        """loadout.lock."""
        return self.folder / "loadout.lock"

    def wants(self, tables: str, head: str = HEAD) -> None:
        """Write the loadout anew."""
        self.file.write_text(head + tables, encoding="utf-8")

    def edit_lock(self, old: str, new: str) -> None:
        """Replace a text that is in the lock."""
        text = self.lock.read_text(encoding="utf-8")
        assert old in text
        self.lock.write_text(text.replace(old, new), encoding="utf-8")

    def mod(self, path: str, id: str = "me/x", script: str = "fn on_init() {}") -> Path:
        """Write a mod's folder; return it."""
        folder = self.folder / path
        folder.mkdir(parents=True)
        head = 'manifest-version = 1\n[mod]\nversion = "1.0.0"\nname = "X"\nentry = "main.rhai"\n'
        (folder / "mod.toml").write_text(f'{head}id = "{id}"\n', encoding="utf-8")
        (folder / "main.rhai").write_text(script, encoding="utf-8")
        return folder

    def files(self) -> Mapping[str, bytes | None]:
        """What must not change when a command fails."""
        kept = (self.file, self.lock, state_file(self.folder))
        return {file.name: file.read_bytes() if file.is_file() else None for file in kept}

    def in_place(self) -> bool:
        """Whether a sync would see at a glance that there is nothing to do."""
        return mods_in_place(self.folder, self.cache) is not None

    def settle(self) -> None:
        """Sync until that shows: what changed within the last moments is looked at again."""
        for _ in range(50):
            self.session.sync()
            if self.in_place():
                return
            time.sleep(0.02)
        raise AssertionError("a sync after a sync always has something to do")

    def locked(self) -> Mapping[str, str]:
        """The locked versions by id."""
        lock = self.session.need_lock()
        return {mod.id: str(mod.version) for mod in lock.mods}


@pytest.fixture
def player(tmp_path: Path) -> Player:
    """A player with an empty loadout."""
    shutil.copytree(ARENA, tmp_path / "play")
    player = Player(tmp_path / "play")
    player.wants("[mods]\n")
    return player


@pytest.fixture
def wish() -> Callable[[str], Requirement]:
    """Make a requirement of a text such as acme/core@^1."""

    def made(text: str) -> Requirement:
        id, _, range = text.partition("@")
        return Requirement(id, parse_range(range or "*"))

    return made

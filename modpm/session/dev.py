"""A mod under development, played in a loadout that nobody writes down."""

import os
from pathlib import Path
from typing import Unpack

from msgspec.structs import replace

from modpm.errors import NoGame, NotGranted, UnknownMod
from modpm.loadout import Loadout, Wish
from modpm.lockfile import requests
from modpm.session.answer import answer
from modpm.session.bare import manifest_at
from modpm.session.cast import Cast, cast, compiled
from modpm.session.options import Options
from modpm.session.place import GAME, LOADOUT, find, saves_root
from modpm.session.session import Session
from modpm.versions import parse_range


class DevSession(Session):
    """The mod at `mod` in the loadout of `folder`, or alone in the game there.

    Only the store is written: the loadout and its lock stay as they are.
    """

    def __init__(self, folder: Path, mod: Path, **options: Unpack[Options]) -> None:
        super().__init__(folder, **options)
        self.id = manifest_at(mod).id
        self._path = _from(folder, mod)

    @classmethod
    def of(cls, mod: Path, loadout: Path | None, **options: Unpack[Options]) -> "DevSession":
        """Return the session of a mod in a loadout, or in the game nearest to the mod.

        Raises NoLoadout or NoGame.
        """
        return cls(find(loadout) if loadout else _game_above(mod), mod, **options)

    def loadout(self) -> Loadout:
        """Return the loadout with the mod in it; raise InvalidFile."""
        there = (self.folder / LOADOUT).is_file()
        loadout = super().loadout() if there else Loadout(name="dev")
        others = [wish for wish in loadout.mods if wish.id != self.id]
        wish = Wish(self.id, parse_range("*"), path=self._path, prereleases=True)
        return replace(loadout, mods=(*others, wish))

    def cast(self, *, locked: bool = False, frozen: bool = False) -> Cast:
        """Resolve, fetch, and return who plays; what is locked stays where it fits.

        The mod itself gets what it asks for, others only what the lock grants. Raises UnknownGame,
        NotGranted.
        """
        loadout = self.loadout()
        sources, former = self._sources(loadout), self.locked()
        try:
            lock = answer(loadout, former, sources, self._deadline()).lock
        except UnknownMod as error:
            if not loadout.registries:
                error.hint = "name a loadout whose registries offer it: --loadout FOLDER"
            raise
        asked = tuple(r for r in requests(former, lock) if r.id != self.id)
        if refused := asked and self._agree(asked):
            raise NotGranted(requests=refused)
        for mod in lock.mods:
            if not self.store.has(mod.sha256):
                sources.fetch(mod, self.store)
        saves = saves_root(self.folder, f"dev {loadout.name}")
        players = cast(loadout, sources.game(), lock, self.store, saves)
        for player in players.mods:
            compiled(player, self.cache)
        return players


def _game_above(mod: Path) -> Path:
    """Return the nearest folder above the mod with a game.toml: one inside is part of the mod."""
    for folder in mod.absolute().parents:
        if (folder / GAME).is_file():
            return folder
    raise NoGame(mod=str(mod))


def _from(folder: Path, path: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive of Windows
        return path.absolute().as_posix()

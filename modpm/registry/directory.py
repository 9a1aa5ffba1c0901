"""A folder of packed mods (.zip) and of unpacked mod folders, with an index that is built once."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from modpm.game import Game
from modpm.index import Release


class DirectoryRegistry:
    """The registry `name` in `folder`; its index lives in `cache` and is refreshed for what changed."""

    def __init__(self, name: str, folder: Path, cache: Path) -> None:
        raise NotImplementedError

    def refresh(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Bring the index up to date, reading only new and changed files; `progress(done, total)`."""
        raise NotImplementedError

    def releases(self, id: str, /) -> Sequence[Release]:
        """Return the releases of `id`, newest first."""
        raise NotImplementedError

    def providers(self, id: str, /) -> Sequence[str]:
        """Return the ids of the mods that provide the virtual `id`."""
        raise NotImplementedError

    def ids(self) -> Collection[str]:
        """Return every mod id and virtual id."""
        raise NotImplementedError

    def game(self, id: str) -> Game | None:
        """Return the game definition (a game.toml in a sub-folder) with that id, the newest version."""
        raise NotImplementedError

    def locate(self, release: Release) -> Path:
        """Return the archive or the unpacked folder of a release, for the store to take in and verify."""
        raise NotImplementedError

"""A cast that follows its files while it plays: the mods on disk, the loadout and the game."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic

from msgspec.structs import replace

from modpm.errors import InvalidFile, ModpmError
from modpm.manifest import Manifest
from modpm.runtime import Host
from modpm.runtime.host import Mod
from modpm.runtime.watch import Watcher
from modpm.session.bare import manifest_at
from modpm.session.cast import Cast, compiled
from modpm.session.place import GAME, LOADOUT, LOCK
from modpm.session.session import Session
from modpm.session.sources import as_folder
from modpm.store.cas import Store

FREE = (
    *("name", "entry", "api", "priority", "authors", "description", "license", "homepage"),
    *("repository", "tags", "icon", "settings", "suggests"),
)
"""What a manifest can say otherwise while the same mods fit together in the same order."""


PATIENCE = 0.2
"""Seconds without a change before what is wrong is told: it may be half-written."""
BREATH = 0.5
"""Seconds after which a wait for news is begun anew: on Windows Ctrl-C does not end one."""


class Live:
    """What becomes of a session's cast, found out in a thread of its own; close it in the end."""

    def __init__(self, session: Session, cast: Cast) -> None:
        self._session = session
        self._cast = cast
        self._told = ""
        self._news: SimpleQueue[Cast | Exception] = SimpleQueue()
        self._on_disk: dict[str, Path] = {}
        self._ready = False
        self._watcher = Watcher(self._paths, self._look)

    def news(self, seconds: float) -> Cast | Exception | None:
        """Wait so long at most for another cast, or for why there is none; None if nothing came.

        An error is told once, until there is another, or the files are as they should be.
        """
        with suppress(Empty):
            return self._news.get(timeout=seconds)
        return None

    def close(self) -> None:
        """Watch no more."""
        self._watcher.close()

    def _paths(self) -> list[Path]:
        """Return what to watch; the mods of a loadout that cannot be read are those before."""
        folder = self._session.folder
        with suppress(InvalidFile, OSError):
            wishes = self._session.loadout().mods
            self._on_disk = {
                wish.id: folder / wish.path for wish in wishes if wish.enabled and wish.path
            }
        return [*(folder / name for name in (LOADOUT, LOCK, GAME)), *self._on_disk.values()]

    def _look(self, watcher: Watcher) -> None:
        """Take what is there now: mods whose files changed first, then all that needs a sync."""
        session = self._session
        try:
            retake = retaken(self._cast, self._on_disk, session.store, session.cache)
            if self._taken(retake, watcher) and self._taken(session.cast(), watcher):
                self._told = ""
            self._stand_by()
        except Exception as error:
            told = f"{error!r} {error}"
            if told != self._told and watcher.settled(PATIENCE):
                self._told = told
                self._news.put(error)

    def _stand_by(self) -> None:
        """Get ready to compile, once, if there will be something."""
        if self._ready or all(mod.manifest.kind != "wasm" for mod in self._cast.mods):
            return
        from modpm.runtime.wasm import compiler

        self._ready = True
        compiler.stand_by()

    def _taken(self, cast: Cast, watcher: Watcher) -> bool:
        """Hand over a cast that is other than the last; return False if it is half-written."""
        last = self._cast
        if (cast.mods, cast.rules, cast.game) == (last.mods, last.rules, last.game):
            return True
        if any(_empty(mod) for mod in cast.mods if mod not in last.mods) or not watcher.settled():
            return False
        self._cast = cast
        self._news.put(cast)
        return True


def follow(
    host: Host, live: Live, ticks: int | None, pace: float, tell: Callable[[Exception], object]
) -> None:
    """Let the host tick every `pace` seconds, `ticks` times or for ever, and follow the news.

    `tell` hears why something cannot be taken; what was before goes on.
    """
    due = monotonic()
    for _ in count() if ticks is None else range(ticks):
        host.tick()
        due = max(due + pace, monotonic())
        for news in _until(live, due):
            if error := taken(host, news):
                tell(error)


def taken(host: Host, news: Cast | Exception) -> ModpmError | OSError | None:
    """Let the host go on with another cast; return why there is none, or raise what is a bug."""
    match news:
        case Cast():
            host.change(news.mods, news.rules, news.game)
        case ModpmError() | OSError():
            return news
        case _:
            raise news
    return None


def _until(live: Live, due: float) -> Iterator[Cast | Exception]:
    left = BREATH
    while left > 0:
        left = due - monotonic()
        if news := live.news(max(0.0, min(left, BREATH))):
            left = BREATH
            yield news


def retaken(cast: Cast, on_disk: Mapping[str, Path], store: Store, cache: Path) -> Cast:
    """Return the cast with the mods on disk as they are now, without a look at anything else.

    A mod whose manifest has to be answered by a new lock is as it was.
    """
    mods = (
        _retaken(mod, on_disk[mod.id], store, cache) if mod.id in on_disk else mod
        for mod in cast.mods
    )
    return replace(cast, mods=tuple(mods))


def _retaken(mod: Mod, path: Path, store: Store, cache: Path) -> Mod:
    from modpm.archive.pack import digest

    with as_folder(path, mod.id) as folder:
        sha256, _ = digest(folder)
        if store.path(sha256) == mod.folder:
            return mod
        manifest = manifest_at(folder, mod.id)
        if not _same_lock(mod.manifest, manifest):
            return mod
        taken = replace(mod, manifest=manifest, folder=store.add_folder(folder, sha256))
    compiled(taken, cache)
    return taken


def _empty(mod: Mod) -> bool:
    """Return whether the mod's code was cut off at its beginning: editors do that first."""
    entry = mod.folder / (mod.manifest.entry or "mod.toml")
    return entry.is_file() and entry.stat().st_size == 0


def _same_lock(one: Manifest, other: Manifest) -> bool:
    return one == replace(other, **{name: getattr(one, name) for name in FREE})

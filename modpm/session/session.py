"""init, add, remove, lock, sync: each reads everything, then writes everything, or nothing.

What only some commands need is imported there: a sync of what is locked resolves and edits nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from msgspec import Struct
from msgspec.structs import replace

from modpm.errors import AlreadyExists, MissingLock, StaleLock
from modpm.loadout import Loadout, Wish, parse_loadout
from modpm.lockfile import Change, Lock, changes, dumps, loads, stale
from modpm.order import Edge
from modpm.requirement import Requirement
from modpm.session import fresh
from modpm.session.place import LOADOUT, LOCK, STATE, STORE, cache_root, find
from modpm.session.sources import Progress, Sources, read_text
from modpm.store.cas import Damage, Store
from modpm.store.state import exclusive, write_text
from modpm.versions import parse_range, spell

if TYPE_CHECKING:
    from modpm.registry.directory import Problem
    from modpm.runtime import Host, LogRecord
    from modpm.session.play import RunReport


class Outcome(Struct, frozen=True):
    """What a command did, or with `dry_run` would do.

    `changed` tells that the lock is another than before, `dropped` are soft order edges that a
    cycle cost, `problems` what a registry had to skip, `fetched` the mods new to the store.
    """

    lock: Lock
    changed: bool = False
    changes: tuple[Change, ...] = ()
    dropped: tuple[Edge, ...] = ()
    problems: "tuple[Problem, ...]" = ()
    fetched: tuple[str, ...] = ()


class Options(TypedDict, total=False):
    """What `Session` takes besides its folder."""

    cache: Path | None
    offline: bool
    progress: Progress
    waiting: Callable[[], None] | None


def quiet(_what: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Session:
    """The loadout in `folder`.

    `cache` holds the store and the indexes; default: the player's own. `progress` hears of what
    takes long, `waiting` that another command has the loadout.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cache: Path | None = None,
        offline: bool = False,
        progress: Progress = quiet,
        waiting: Callable[[], None] | None = None,
    ) -> None:
        self.folder = folder
        self.cache = cache or cache_root()
        self.store = Store(self.cache / STORE)
        self._offline = offline
        self._progress = progress
        self._waiting = waiting

    @classmethod
    def find(cls, start: Path, **options: Unpack[Options]) -> Self:
        """Return the session of the nearest loadout from `start` upwards; raise NoLoadout."""
        return cls(find(start), **options)

    @staticmethod
    def init(folder: Path, *, name: str, game: str | None = None) -> Path:
        """Write an empty loadout.toml into `folder`; return its path. Raises AlreadyExists."""
        file = folder / LOADOUT
        if file.exists():
            raise AlreadyExists(path=str(file))
        import tomlkit

        loadout = tomlkit.table().add("name", name)
        if game is not None:
            loadout.add("game", game)
        document = tomlkit.document().add("loadout", loadout).add("mods", tomlkit.table())
        write_text(file, tomlkit.dumps(document))
        return file

    # --- reading ----------------------------------------------------------------------------------

    def loadout(self) -> Loadout:
        """Return the loadout; raise InvalidFile."""
        return parse_loadout(self._text(), LOADOUT)

    def locked(self) -> Lock | None:
        """Return the lock, or None if there is no file; raise InvalidLock or NewerLock."""
        file = self.folder / LOCK
        return loads(read_text(file), LOCK) if file.exists() else None

    def verify(self) -> tuple[Damage, ...]:
        """Hash all files of the locked mods again; return what differs. Raises MissingLock."""
        return tuple(
            damage for mod in self.need_lock().mods for damage in self.store.verify(mod.sha256)
        )

    def need_lock(self) -> Lock:
        """Return the lock; raise MissingLock if there is none."""
        lock = self.locked()
        if lock is None:
            raise MissingLock(file=LOCK)
        return lock

    # --- changing ---------------------------------------------------------------------------------

    def lock(
        self, *, locked: bool = False, dry_run: bool = False, recommends: bool = True
    ) -> Outcome:
        """Resolve the loadout and write its lock; `locked` raises StaleLock if that changes it."""
        with self._alone():
            loadout, former = self.loadout(), self.locked()
            sources = self._sources(loadout)
            if locked and former is None:
                raise MissingLock(file=LOCK)
            outcome = self._answer(loadout, former, sources, recommends)
            if locked and former and outcome.changed:
                reasons = outcome.changes or stale(former, loadout, sources.game())
                raise StaleLock(file=LOCK, reasons=reasons)
            if outcome.changed and not dry_run:
                self._write(LOCK, dumps(outcome.lock))
            return outcome

    def sync(self, *, locked: bool = False, frozen: bool = False, dry_run: bool = False) -> Outcome:
        """Bring the store in line with the lock, and before that the lock with the loadout.

        `locked` raises StaleLock instead of changing the lock, `frozen` takes it without a look at
        the wishes, `dry_run` writes nothing.
        """
        with self._alone():
            loadout, former = self.loadout(), self.locked()
            sources = self._sources(loadout)
            if frozen:
                outcome = Outcome(lock=self.need_lock())
            else:
                outcome = self._current(loadout, former, sources, locked)
            return self._settle(outcome, sources, dry_run, answers=not frozen)

    def add(
        self,
        wishes: Sequence[Requirement],
        *,
        path: str | None = None,
        registry: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Wish for more mods, lock and fetch. A range of "*" becomes "^" and the chosen version."""
        from modpm.session import edit

        wanted = [Wish(w.id, w.range, path=path, registry=registry) for w in wishes]
        with self._alone():
            text = edit.with_wishes(self._text(), wanted)
            outcome = self._change(text, dry_run=True)
            chosen = {mod.id: mod.version for mod in outcome.lock.mods}
            pinned = [
                replace(wish, range=parse_range(f"^{spell(chosen[wish.id])}"))
                for wish in wanted
                if wish.range.text == "*" and path is None and wish.id in chosen
            ]
            return self._change(edit.with_wishes(text, pinned), dry_run)

    def remove(self, ids: Sequence[str], *, dry_run: bool = False) -> Outcome:
        """Wish for fewer mods, and lock; what only they needed goes too. Raises NotInLoadout."""
        from modpm.session.edit import without

        with self._alone():
            return self._change(without(self._text(), ids), dry_run)

    def run(
        self,
        *,
        ticks: int = 0,
        locked: bool = False,
        frozen: bool = False,
        on_log: "Callable[[LogRecord], object] | None" = None,
    ) -> "RunReport":
        """Sync, then play the loadout for that many turns; `on_log` hears the mods as they speak.

        A mod that fails is in the report; it raises nothing.
        """
        from modpm.session.play import play

        return play(self.host(locked=locked, frozen=frozen), ticks, on_log)

    def host(self, *, locked: bool = False, frozen: bool = False) -> "Host":
        """Sync, then return the host for a game to embed, not yet started. Raises UnknownGame."""
        from modpm.session.play import host

        if fresh.mods_in_place(self.folder, self.cache) is None:
            self.sync(locked=locked, frozen=frozen)
        loadout = self.loadout()
        return host(loadout, self.need_lock(), self._sources(loadout), self.store)

    # --- parts ------------------------------------------------------------------------------------

    def _change(self, text: str, dry_run: bool) -> Outcome:
        """Lock, fetch, then write a loadout with that text; write nothing if anything fails."""
        loadout = parse_loadout(text, LOADOUT)
        sources = self._sources(loadout)
        outcome = self._answer(loadout, self.locked(), sources)
        return self._settle(outcome, sources, dry_run, text)

    def _current(
        self, loadout: Loadout, former: Lock | None, sources: Sources, locked: bool
    ) -> Outcome:
        """Return the lock as it is if it answers the loadout, else a new one."""
        if former is not None:
            reasons = stale(former, loadout, sources.game()) + sources.edited(former)
            if not reasons:
                return Outcome(lock=former)
            if locked:
                raise StaleLock(file=LOCK, reasons=reasons)
        elif locked:
            raise MissingLock(file=LOCK)
        return self._answer(loadout, former, sources)

    def _answer(
        self, loadout: Loadout, former: Lock | None, sources: Sources, recommends: bool = True
    ) -> Outcome:
        from modpm.session.answer import answer

        found = answer(loadout, former, sources, recommends)
        return Outcome(
            lock=found.lock,
            changed=former is None or dumps(former) != dumps(found.lock),
            changes=changes(former, found.lock),
            dropped=found.dropped,
            problems=sources.problems(),
        )

    def _settle(
        self,
        outcome: Outcome,
        sources: Sources,
        dry_run: bool,
        text: str | None = None,
        answers: bool = True,
    ) -> Outcome:
        """Fetch what is missing, and only then write the loadout's text, the lock and the state.

        `answers` tells that the lock is known to answer the loadout, which the state remembers.
        """
        missing = [mod for mod in outcome.lock.mods if not self.store.has(mod.sha256)]
        if not dry_run:
            for done, mod in enumerate(missing):
                self._progress("fetching", done, len(missing))
                sources.fetch(mod, self.store)
            if text is not None:
                self._write(LOADOUT, text)
            if outcome.changed:
                self._write(LOCK, dumps(outcome.lock))
            if answers:
                self._remember(outcome.lock)
        return replace(outcome, fetched=tuple(mod.id for mod in missing))

    def _remember(self, lock: Lock) -> None:
        paths = [mod.path for mod in lock.mods if mod.path is not None]
        hashes = [mod.sha256 for mod in lock.mods]
        self._write(f"{STATE}/.gitignore", "*\n")
        write_text(
            fresh.state_file(self.folder),
            fresh.state(self.folder, self.cache / STORE, hashes, paths),
        )

    def _write(self, name: str, text: str) -> None:
        file = self.folder / name
        if not (file.exists() and read_text(file) == text):
            write_text(file, text)

    def _text(self) -> str:
        return read_text(self.folder / LOADOUT)

    def _sources(self, loadout: Loadout) -> Sources:
        return Sources(self.folder, loadout, self.cache, self._progress, offline=self._offline)

    def _alone(self) -> AbstractContextManager[None]:
        """Keep other commands on this loadout waiting."""
        return exclusive(self.folder / STATE / "lock", waiting=self._waiting)

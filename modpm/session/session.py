"""What can be done to a loadout: init, add, remove, lock, sync, run, verify."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from msgspec.structs import replace

from modpm.errors import AlreadyExists, MissingLock, Redecided, StoreError, Unsatisfiable
from modpm.loadout import Loadout, Wish
from modpm.lockfile import Lock
from modpm.requirement import Requirement
from modpm.session import fresh
from modpm.session.deadline import Deadline
from modpm.session.options import Options, nobody, quiet
from modpm.session.outcome import Outcome as Outcome
from modpm.session.place import LOADOUT, LOCK, STATE, STORE, cache_root, find, saves_root
from modpm.session.sources import Progress, Sources
from modpm.session.work import Agree, Work, read_loadout, read_lock
from modpm.store.cas import Damage, Store
from modpm.store.state import exclusive, write_text
from modpm.versions import parse_range, spell

if TYPE_CHECKING:
    from modpm.conflict.view import Conflict
    from modpm.resolve.problem import Fix
    from modpm.runtime import GamePlugin, Host, LogRecord, ModSystemConfig
    from modpm.runtime.plan import Plan
    from modpm.session.before import Before
    from modpm.session.cast import Cast
    from modpm.session.live_host import LiveHost
    from modpm.session.newer import Newer
    from modpm.session.play import RunReport
    from modpm.session.preview import Preview
    from modpm.session.settle import Choice, Settlement
    from modpm.session.views import View
    from modpm.session.why import Why


class Session:
    """The loadout in `folder`.

    `cache` holds the store and the indexes; default: the player's own. `progress` hears of what
    takes long, `waiting` that another command has the loadout. `agree` is called before a mod gets
    more than the lock grants it, and returns what is refused: then the command raises NotGranted.
    A command that chooses versions for more than `timeout` seconds raises Undecided.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cache: Path | None = None,
        offline: bool = False,
        progress: Progress = quiet,
        waiting: Callable[[], None] | None = None,
        agree: Agree = nobody,
        timeout: float = 30,
    ) -> None:
        self.folder = folder
        self.cache = cache or cache_root()
        self.store = Store(self.cache / STORE)
        self._offline = offline
        self._progress = progress
        self._waiting = waiting
        self._agree = agree
        self._timeout = timeout

    @classmethod
    def find(cls, start: Path, **options: Unpack[Options]) -> Self:
        """Return the session of the nearest loadout from `start` upwards; raise NoLoadout."""
        return cls(find(start), **options)

    @staticmethod
    def init(folder: Path, *, name: str, game: str | None = None) -> Path:
        """Write an empty loadout.toml into `folder`; return its path.

        Raises AlreadyExists; InvalidFile if a loadout cannot have that name or game.
        """
        file = folder / LOADOUT
        if file.exists():
            raise AlreadyExists(path=str(file))
        from modpm.session.edit import new

        text = new(name, game)
        write_text(file, text)
        return file

    # --- reading ----------------------------------------------------------------------------------

    def loadout(self) -> Loadout:
        """Return the loadout; raise InvalidFile."""
        return read_loadout(self.folder)

    def locked(self) -> Lock | None:
        """Return the lock, or None if there is no file; raise InvalidLock or NewerLock."""
        return read_lock(self.folder)

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

    def conflicts(self) -> "View":
        """Return what mods disagree about by the lock; decided by the loadout as it is now.

        Raises MissingLock.
        """
        from modpm.session.views import view

        current = fresh.mods_in_place(self.folder, self.cache) is not None
        loadout = self.loadout()
        return view(self.need_lock(), loadout, self._sources(loadout), current=current)

    def claimed(self, name: str) -> "Conflict":
        """Return what mods claim of a parameter by a plan, contested or not.

        Raises MissingLock, UnknownGame.
        """
        from modpm.session.views import planned

        self.sync(frozen=True)  # fetches, and changes nothing
        players = self.locked_cast()
        return planned(name, players, self.plan(players), self.loadout())

    def preview(self, wish: Requirement) -> "Preview":
        """Return what one more mod would change, before it is installed."""
        from modpm.session.preview import preview

        with self._work(True) as work:
            return preview(work, [Wish(wish.id, wish.range)])

    def why(self, name: str) -> "Why":
        """Return why a mod is in the loadout; raise MissingLock or NotInLoadout."""
        from modpm.session.why import why

        return why(self.need_lock(), self.loadout(), name)

    def why_not(self, wish: Requirement) -> Outcome:
        """Return what one more wish would come to; raise ResolutionError if it cannot be met.

        The fixes of an Unsatisfiable are for `add`.
        """
        from modpm.session.why import why_not

        with self._work(writes_nothing=True) as work:
            return why_not(work, Wish(wish.id, wish.range))

    def fixes(self) -> "tuple[Fix, ...]":
        """Return what helps a loadout that has no answer, cheapest first; nothing if it has one.

        Raises Unsatisfiable if nothing is known to help.
        """
        with self._work(writes_nothing=True) as work:
            try:
                work.resolve(work.text)
            except Unsatisfiable as error:
                if error.fixes:
                    return error.fixes
                raise
        return ()

    def newer(self) -> "tuple[Newer, ...]":
        """Return the locked mods of which there is something newer; raise ResolutionError."""
        from modpm.session.newer import newer

        loadout = self.loadout()
        return newer(self.need_lock(), loadout, self._sources(loadout), self._deadline())

    def before(self, one: str, other: str) -> "Before":
        """Return which of two mods loads first, and why; raise MissingLock or NotInLoadout."""
        from modpm.session.before import before

        sources = self._sources(self.loadout())
        return before(self.need_lock(), one, other, lambda mod: sources.manifest(mod, self.store))

    # --- changing ---------------------------------------------------------------------------------

    def lock(
        self, *, locked: bool = False, dry_run: bool = False, recommends: bool = True
    ) -> Outcome:
        """Resolve, fetch, plan, and write the lock; `locked` raises StaleLock if that changes it.

        A plan loads the mods without a game, to learn what they claim when they start.
        """
        with self._work(dry_run) as work:
            return work.lock(locked=locked, dry_run=dry_run, recommends=recommends)

    def sync(self, *, locked: bool = False, frozen: bool = False, dry_run: bool = False) -> Outcome:
        """Bring the store in line with the lock, and before that the lock with the loadout.

        `locked` raises StaleLock instead of changing the lock, `frozen` takes it without a look at
        the wishes, `dry_run` writes nothing.
        """
        with self._work(dry_run or frozen) as work:
            return work.sync(locked=locked, frozen=frozen, dry_run=dry_run)

    def add(
        self,
        wishes: Sequence[Requirement],
        *,
        path: str | None = None,
        registry: str | None = None,
        fix: "Fix | None" = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Wish for more mods, lock and fetch. A range of "*" becomes "^" and the chosen version."""
        from modpm.session import edit

        wanted = [Wish(w.id, w.range, path=path, registry=registry) for w in wishes]
        with self._work(dry_run) as work:
            text = edit.mended(edit.with_wishes(work.text, wanted), fix)
            chosen = {mod.id: mod.version for mod in work.resolve(text).lock.mods}
            pinned = [
                replace(wish, range=parse_range(f"^{spell(chosen[wish.id])}"))
                for wish in wanted
                if wish.range.text == "*" and path is None and wish.id in chosen
            ]
            return work.change(edit.with_wishes(text, pinned), dry_run)

    def remove(
        self, ids: Sequence[str], *, fix: "Fix | None" = None, dry_run: bool = False
    ) -> Outcome:
        """Wish for fewer mods, and lock; what only they needed goes too. Raises NotInLoadout."""
        from modpm.session.edit import mended, without

        with self._work(dry_run) as work:
            return work.change(mended(without(work.text, ids), fix), dry_run)

    def fix(self, fix: "Fix", *, dry_run: bool = False) -> Outcome:
        """Change the loadout as one of the fixes of an Unsatisfiable says, and lock.

        What else a command changes is not in its fixes: give it one by its own `fix`. Raises
        GameTooOld for what only the player can do.
        """
        from modpm.session.edit import mended

        with self._work(dry_run) as work:
            return work.change(mended(work.text, fix), dry_run)

    def update(
        self, ids: Sequence[str] | None = None, *, fix: "Fix | None" = None, dry_run: bool = False
    ) -> Outcome:
        """Lock anew, and let some mods, or for None all, go to the newest versions that fit.

        Raises NotInLoadout.
        """
        from modpm.session.edit import mended

        with self._work(dry_run) as work:
            free = None if ids is None else work.known(ids)
            return work.change(mended(work.text, fix), dry_run, free=free)

    def settle(self, name: str, choice: "Choice", *, dry_run: bool = False) -> "Settlement":
        """Write the player's choice on a parameter, and lock; say what that changes."""
        from modpm.session.settle import settle

        with self._work(dry_run) as work:
            return settle(work, name, choice, dry_run)

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
        from modpm.runtime.host import all_loaders
        from modpm.session.play import play

        players = self.cast(locked=locked, frozen=frozen)
        return play(players, players.host(all_loaders(self.cache)), ticks, on_log)

    def host(
        self,
        *,
        locked: bool = False,
        frozen: bool = False,
        config: "ModSystemConfig | None" = None,
        parts: "Sequence[GamePlugin]" = (),
    ) -> "Host":
        """Sync, then return the host for a game to embed, not yet started.

        `parts` are the game's own; the seed is the loadout's, whatever `config` says. Raises
        UnknownGame.
        """
        from modpm.runtime.config import DEFAULTS
        from modpm.runtime.host import all_loaders

        players = self.cast(locked=locked, frozen=frozen)
        return players.host(all_loaders(self.cache), config or DEFAULTS, parts)

    def live_host(
        self, *, config: "ModSystemConfig | None" = None, parts: "Sequence[GamePlugin]" = ()
    ) -> "LiveHost":
        """Sync, then return a host that can keep up with the loadout's files, not yet started."""
        from modpm.runtime.config import DEFAULTS
        from modpm.session.live_host import LiveHost

        return LiveHost(self, self.cast(), config or DEFAULTS, parts)

    def cast(self, *, locked: bool = False, frozen: bool = False) -> "Cast":
        """Sync, then return who plays, and by what rules; `frozen` plans first.

        Raises UnknownGame; Redecided if a plan does not come to what the lock holds.
        """
        if locked or fresh.mods_in_place(self.folder, self.cache) is None:
            self.sync(locked=locked, frozen=frozen)
        players = self.locked_cast()
        if frozen and (changes := players.redecided(self.plan(players).claims)):
            raise Redecided(file=LOCK, changes=changes)
        return players

    def locked_cast(self) -> "Cast":
        """Return who plays by the lock as it is, whose mods are in the store."""
        from modpm.session.cast import cast

        loadout = self.loadout()
        game, saves = self._sources(loadout).game(), saves_root(self.folder, loadout.name)
        return cast(loadout, game, self.need_lock(), self.store, saves)

    def plan(self, players: "Cast") -> "Plan":
        """Load the mods without a game, and return what they claim when they start."""
        from modpm.runtime.host import all_loaders

        return players.plan(all_loaders(self.cache), self._progress)

    # --- parts ------------------------------------------------------------------------------------

    def _sources(self, loadout: Loadout) -> Sources:
        return Sources(self.folder, loadout, self.cache, self._progress, offline=self._offline)

    @contextmanager
    def _work(self, writes_nothing: bool) -> Iterator[Work]:
        """Give a command its work; other commands on this loadout wait if it may write."""
        state = self.folder / STATE
        if state.is_symlink():
            raise StoreError(path=str(state), reason="it is a link", hint="remove it")
        alone = exclusive(state / "lock", waiting=self._waiting)
        with nullcontext() if writes_nothing else alone:
            yield Work(
                self.folder,
                self.cache,
                self._progress,
                self._sources,
                self._agree,
                self._deadline(),
            )

    def _deadline(self) -> Deadline:
        return Deadline(self._timeout, self._progress)

"""One command on a loadout: it reads everything, then writes everything, or nothing.

What only some commands need is imported there: a sync of what is locked resolves and edits nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.claims import spelled
from modpm.errors import MissingLock, NotGranted, StaleLock, StoreError
from modpm.loadout import Loadout, parse_loadout
from modpm.lockfile import Change, Lock, Request, Stale, changes, dumps, loads, requests, stale
from modpm.order import Edge
from modpm.session import fresh
from modpm.session.bare import manifest_at
from modpm.session.files import read_text, write_all
from modpm.session.place import LOADOUT, LOCK, STATE, STORE
from modpm.session.sources import Progress, Sources
from modpm.store.cas import Store

if TYPE_CHECKING:
    from modpm.registry.directory import Problem


class Outcome(Struct, frozen=True):
    """What a command did, or with `dry_run` would do.

    `newer` is the format of the lock that was there if this modpm does not know all of it.
    `changed` tells that the lock is another than before, `dropped` are soft order edges that a
    cycle cost, `problems` what a registry had to skip, `fetched` the mods new to the store. `asked`
    is what the player was asked to grant.
    """

    lock: Lock
    changed: bool = False
    changes: tuple[Change, ...] = ()
    dropped: tuple[Edge, ...] = ()
    problems: "tuple[Problem, ...]" = ()
    fetched: tuple[str, ...] = ()
    newer: str | None = None
    asked: tuple[Request, ...] = ()


Agree = Callable[[tuple[Request, ...]], tuple[Request, ...]]
"""Called with what mods ask for; returns what of it the player does not grant."""


def read_loadout(folder: Path) -> Loadout:
    """Return the loadout in `folder`; raise InvalidFile."""
    return parse_loadout(read_text(folder / LOADOUT), LOADOUT)


def read_lock(folder: Path) -> Lock | None:
    """Return the lock in `folder`, or None if there is no file; raise InvalidLock or NewerLock."""
    file = folder / LOCK
    return loads(read_text(file), LOCK) if file.exists() else None


class Work:
    """One command at work in `folder`; `sources` gives what a loadout can take mods from."""

    def __init__(
        self,
        folder: Path,
        cache: Path,
        progress: Progress,
        sources: Callable[[Loadout], Sources],
        agree: Agree,
    ) -> None:
        self._seen: dict[str, str | None] = fresh.look(folder)  # first: later edits must be noticed
        self._folder = folder
        self._cache = cache
        self._root = cache / STORE
        self._store = Store(self._root)
        self._progress = progress
        self._sources = sources
        self._agree = agree
        self.text = read_text(folder / LOADOUT)
        self.former = read_lock(folder)

    def lock(self, *, locked: bool, dry_run: bool, recommends: bool) -> Outcome:
        """Resolve the loadout and write its lock; `locked` raises StaleLock if that changes it."""
        loadout = parse_loadout(self.text, LOADOUT)
        sources = self._sources(loadout)
        if locked:
            self._need_lock()
        outcome = self._answer(loadout, sources, recommends)
        if locked and self.former and outcome.changed:
            reasons = outcome.changes or stale(self.former, loadout, sources.game())
            raise StaleLock(file=LOCK, reasons=reasons or _edited(self.former, outcome.lock))
        if outcome.changed and not dry_run:
            self._ask(outcome)
            write_all({self._folder / LOCK: dumps(outcome.lock)})
        return outcome

    def sync(self, *, locked: bool, frozen: bool, dry_run: bool) -> Outcome:
        """Bring the store in line with the lock, and before that the lock with the loadout."""
        loadout = parse_loadout(self.text, LOADOUT)
        sources = self._sources(loadout)
        if frozen:
            return self._settle(Outcome(lock=self._need_lock()), sources, dry_run)
        outcome = self._current(loadout, sources, locked)
        return self._settle(outcome, sources, dry_run, self.text)

    def change(self, text: str, dry_run: bool) -> Outcome:
        """Lock, fetch, then write a loadout with that text."""
        loadout = parse_loadout(text, LOADOUT)
        sources = self._sources(loadout)
        return self._settle(self._answer(loadout, sources), sources, dry_run, text)

    def _need_lock(self) -> Lock:
        if self.former is None:
            raise MissingLock(file=LOCK)
        return self.former

    def _current(self, loadout: Loadout, sources: Sources, locked: bool) -> Outcome:
        """Return the lock as it is if it answers the loadout, else a new one."""
        former = self._need_lock() if locked else self.former
        if former is not None:
            reasons = stale(former, loadout, sources.game()) + sources.edited(former)
            if not reasons:
                return Outcome(lock=former, newer=former.newer)
            if locked:
                raise StaleLock(file=LOCK, reasons=reasons)
        return self._answer(loadout, sources)

    def _answer(self, loadout: Loadout, sources: Sources, recommends: bool = True) -> Outcome:
        from modpm.session.answer import answer

        former = self.former
        found = answer(loadout, former, sources, recommends)
        return Outcome(
            lock=found.lock,
            changed=former is None or dumps(former) != dumps(found.lock),
            changes=changes(former, found.lock),
            asked=requests(former, found.lock),
            dropped=found.dropped,
            problems=sources.problems(),
            newer=former.newer if former else None,
        )

    def _ask(self, outcome: Outcome) -> None:
        """Raise NotGranted if the player does not agree to what mods ask for."""
        refused = self._agree(outcome.asked) if outcome.asked else ()
        if refused:
            raise NotGranted(requests=refused)

    def _settle(
        self, outcome: Outcome, sources: Sources, dry_run: bool, answered: str | None = None
    ) -> Outcome:
        """Ask, fetch, compile, and only then write the loadout, the lock and the state.

        `answered` is the text that the lock is known to answer, which the state remembers.
        """
        if not dry_run:
            self._ask(outcome)
        missing = [mod for mod in outcome.lock.mods if not self._store.has(mod.sha256)]
        if not dry_run:
            for done, mod in enumerate(missing):
                self._progress("fetching", done, len(missing))
                sources.fetch(mod, self._store)
            self._compile(outcome.lock)
            if answered is not None:
                self._write(answered, outcome)
                self._remember(outcome.lock, sources)
        return replace(outcome, fetched=tuple(mod.id for mod in missing))

    def _compile(self, lock: Lock) -> None:
        """Have the code of the Wasm mods ready for play; raise ModError for what has none."""
        mods = [mod for mod in lock.mods if mod.kind == "wasm"]
        for done, mod in enumerate(mods):
            from modpm.runtime.wasm.aot import prepare

            folder = self._store.path(mod.sha256)
            entry = folder / str(manifest_at(folder, mod.id).entry)
            working = partial(self._progress, "compiling", done, len(mods))
            prepare(entry, mod.id, cache=self._cache, working=working)

    def _write(self, text: str, outcome: Outcome) -> None:
        texts = {LOADOUT: text} if text != self.text else {}
        if outcome.changed:
            texts[LOCK] = dumps(outcome.lock)
        written = write_all({self._folder / name: text for name, text in texts.items()})
        self._seen |= {path.name: fresh.digest(content) for path, content in written.items()}

    def _remember(self, lock: Lock, sources: Sources) -> None:
        """Write what lets the next sync see that nothing changed; a disk may refuse it."""
        state = fresh.state(self._seen, sources.stamps, self._root, [m.sha256 for m in lock.mods])
        texts = {self._folder / STATE / ".gitignore": "*\n", fresh.state_file(self._folder): state}
        with suppress(StoreError, OSError):
            if not any(path.is_symlink() for path in texts):  # a shared folder may hold anything
                write_all(texts)


def _edited(lock: Lock, right: Lock) -> tuple[Stale, ...]:
    """Return which parts of a lock are not as modpm would write them."""
    mods = [Stale(mod.id, "content") for mod in lock.mods if mod not in right.mods]
    decisions = [
        Stale(spelled(decision.at), "decision", locked=decision.strategy)
        for decision in lock.decisions
        if decision not in right.decisions
    ]
    return (*mods, *decisions)

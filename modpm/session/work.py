"""One command on a loadout: it reads everything, then writes everything, or nothing.

What only some commands need is imported there: a sync of what is locked resolves and edits nothing.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from modpm.errors import (
    LockError,
    MetadataOnly,
    MissingLock,
    NotGranted,
    Redecided,
    StaleLock,
    StoreError,
)
from modpm.game import Game
from modpm.loadout import Loadout, Wish, parse_loadout
from modpm.lockfile import Lock, Request, Stale, changes, dumps, loads, requests, stale
from modpm.session import fresh
from modpm.session.bare import manifest_at
from modpm.session.deadline import Deadline
from modpm.session.files import read_text, write_all
from modpm.session.outcome import Outcome, decided, edited
from modpm.session.place import LOADOUT, LOCK, STATE, STORE, saves_root
from modpm.session.sources import Progress, Sources
from modpm.store.cas import Store

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
        deadline: Deadline,
    ) -> None:
        self._seen: dict[str, str | None] = fresh.look(folder)  # first: later edits must be noticed
        self._folder = folder
        self._cache = cache
        self._root = cache / STORE
        self._store = Store(self._root)
        self._progress = progress
        self._sources = sources
        self._agree = agree
        self._deadline = deadline
        self.text = read_text(folder / LOADOUT)
        self.former = read_lock(folder)

    def lock(self, *, locked: bool, dry_run: bool, recommends: bool) -> Outcome:
        """Resolve, fetch, plan, write the lock; `locked` raises LockError if that changes it."""
        loadout = parse_loadout(self.text, LOADOUT)
        sources = self._sources(loadout)
        former = self._need_lock() if locked else None
        outcome = self._answer(loadout, sources, recommends)
        if former and outcome.lock.decided(former.decisions) != former:
            raise self._stale(outcome, loadout, sources)
        outcome = self._ready(outcome, loadout, sources, dry_run)
        if former and outcome.changed:
            raise self._stale(outcome, loadout, sources)
        if outcome.changed and not dry_run:
            write_all({self._folder / LOCK: dumps(outcome.lock)})
        return outcome

    def sync(self, *, locked: bool, frozen: bool, dry_run: bool) -> Outcome:
        """Bring the store in line with the lock, and before that the lock with the loadout."""
        loadout = parse_loadout(self.text, LOADOUT)
        sources = self._sources(loadout)
        if frozen:
            outcome = self._fetch(Outcome(lock=self._need_lock()), sources, dry_run)
            if outcome.unfetchable and not dry_run:
                raise MetadataOnly(mods=outcome.unfetchable)
            return outcome
        former = self._need_lock() if locked else self.former
        reasons = self._reasons(former, loadout, sources) if former else ()
        if locked and reasons:
            raise StaleLock(file=LOCK, reasons=reasons)
        if former is None or reasons:
            outcome = self._ready(self._answer(loadout, sources), loadout, sources, dry_run)
        else:
            outcome = self._fetch(Outcome(former, newer=former.newer), sources, dry_run)
        if outcome.unfetchable and not dry_run:
            raise MetadataOnly(mods=outcome.unfetchable)
        if locked and not dry_run:
            planned = self._plan(outcome, loadout, sources)
            if planned.redecided:
                raise Redecided(file=LOCK, changes=planned.redecided)
        return self._write(outcome, sources, dry_run, self.text)

    def game(self, loadout: Loadout) -> Game | None:
        """Return the game of a loadout."""
        return self._sources(loadout).game()

    def change(
        self,
        text: str,
        dry_run: bool,
        finish: Callable[[Outcome], str] | None = None,
        free: Collection[str] | None = (),
    ) -> Outcome:
        """Lock, fetch, plan, then write a loadout with that text.

        `finish` may give, once the outcome is known, another text that the same lock answers. Mods
        that are `free`, or for None all, need not stay as locked.
        """
        loadout = parse_loadout(text, LOADOUT)
        sources = self._sources(loadout)
        outcome = self._answer(loadout, sources, free=free)
        outcome = self._ready(outcome, loadout, sources, dry_run)
        return self._write(outcome, sources, dry_run, finish(outcome) if finish else text)

    def resolve(self, text: str) -> Outcome:
        """Return what a loadout with that text comes to, by what manifests declare."""
        loadout = parse_loadout(text, LOADOUT)
        return self._answer(loadout, self._sources(loadout))

    def known(self, ids: Iterable[str]) -> Collection[str]:
        """Return the ids of locked mods that go by these names; raise NotInLoadout."""
        former = self._need_lock()
        return [former.mod(id).id for id in ids]

    def suppose(self, wish: Wish) -> Outcome:
        """Return what the loadout came to with one more wish; raise ResolutionError if to nothing.

        The wish counts beside one for the same mod.
        """
        loadout = parse_loadout(self.text, LOADOUT)
        loadout = replace(loadout, mods=(*loadout.mods, wish))
        return self._answer(loadout, self._sources(loadout))

    def _need_lock(self) -> Lock:
        if self.former is None:
            raise MissingLock(file=LOCK)
        return self.former

    def _reasons(self, lock: Lock, loadout: Loadout, sources: Sources) -> tuple[Stale, ...]:
        """Return why the lock has to change before it answers the loadout."""
        return stale(lock, loadout, sources.game()) + sources.edited(lock)

    def _answer(
        self,
        loadout: Loadout,
        sources: Sources,
        recommends: bool = True,
        free: Collection[str] | None = (),
    ) -> Outcome:
        """Return the answer; what is locked stays, save the mods that are `free`, for None all."""
        from modpm.session.answer import answer

        former = self.former
        kept = former.without(free) if former and free is not None else None
        before = parse_loadout(self.text, LOADOUT).mods
        asked = {wish.id for wish in loadout.mods if wish not in before}
        found = answer(loadout, kept, sources, self._deadline, recommends, asked)
        outcome = Outcome(
            lock=found.lock,
            changes=changes(former, found.lock),
            asked=requests(former, found.lock),
            dropped=found.dropped,
            problems=sources.problems(),
            newer=former.newer if former else None,
            claims=found.claims,
            renamed=found.renamed,
        )
        return decided(outcome, found.lock.decisions, former, loadout, sources.game())

    def _stale(self, outcome: Outcome, loadout: Loadout, sources: Sources) -> LockError:
        """Return why the lock that is there is not what the loadout asks for now."""
        former = self._need_lock()
        reasons = outcome.changes or stale(former, loadout, sources.game())
        if reasons or not outcome.redecided:
            return StaleLock(file=LOCK, reasons=reasons or edited(former, outcome.lock))
        return Redecided(file=LOCK, changes=outcome.redecided)

    def _ready(
        self, outcome: Outcome, loadout: Loadout, sources: Sources, dry_run: bool
    ) -> Outcome:
        """Fetch what an answer names, and see what it will claim.

        A dry run can only see that of mods which are there, with all that they ask for; of others
        it tells what their manifests change.
        """
        outcome = self._fetch(outcome, sources, dry_run)
        if outcome.unfetchable:
            return replace(outcome, redecided=(), outdated=())
        if dry_run and (outcome.fetched or outcome.asked):
            from modpm.session.preview import redecided

            told = redecided(outcome, self.former, loadout, sources.game())
            return replace(outcome, redecided=told, outdated=())
        return self._plan(outcome, loadout, sources)

    def _fetch(self, outcome: Outcome, sources: Sources, dry_run: bool) -> Outcome:
        """Ask the player to agree, fetch, and have code ready for play; or say what is missing."""
        missing = [mod for mod in outcome.lock.mods if not self._store.has(mod.sha256)]
        unfetchable = sources.unfetchable(missing) if missing else ()
        missing = [mod for mod in missing if mod.id not in unfetchable]
        if not dry_run:
            self._ask(outcome)
            for done, mod in enumerate(missing):
                self._progress("fetching", done, len(missing))
                sources.fetch(mod, self._store)
            self._compile(outcome.lock)
        fetched = tuple(mod.id for mod in missing)
        return replace(outcome, fetched=fetched, unfetchable=unfetchable)

    def _ask(self, outcome: Outcome) -> None:
        """Raise NotGranted if the player does not agree to what mods ask for."""
        refused = self._agree(outcome.asked) if outcome.asked else ()
        if refused:
            raise NotGranted(requests=refused)

    def _plan(self, outcome: Outcome, loadout: Loadout, sources: Sources) -> Outcome:
        """Return the outcome with what is decided on all that the fetched mods claim."""
        game = sources.game()
        if game is None:
            return outcome
        from modpm.conflict.decide import check_exclusive
        from modpm.runtime.host import all_loaders
        from modpm.session.cast import cast

        saves = saves_root(self._folder, loadout.name)
        players = cast(loadout, game, outcome.lock, self._store, saves)
        plan = players.plan(all_loaders(self._cache), self._progress)
        decisions = players.decisions(plan.claims)
        check_exclusive(decisions)
        planned = replace(outcome, plan=plan, claims=players.all_claims(plan.claims))
        return decided(planned, decisions, self.former, loadout, game)

    def _compile(self, lock: Lock) -> None:
        """Have the code of the Wasm mods ready for play; raise ModError for what has none."""
        mods = [mod for mod in lock.mods if mod.kind == "wasm"]
        for done, mod in enumerate(mods):
            from modpm.runtime.wasm.aot import prepare

            folder = self._store.path(mod.sha256)
            manifest = manifest_at(folder, mod.id)
            working = partial(self._progress, "compiling", done, len(mods))
            entry = folder / str(manifest.entry)
            prepare(entry, mod.id, manifest.api, cache=self._cache, working=working)

    def _write(self, outcome: Outcome, sources: Sources, dry_run: bool, text: str) -> Outcome:
        """Write the loadout, the lock that answers it, and the state; return the outcome."""
        if dry_run:
            return outcome
        texts = {LOADOUT: text} if text != self.text else {}
        if outcome.changed:
            texts[LOCK] = dumps(outcome.lock)
        written = write_all({self._folder / name: text for name, text in texts.items()})
        self._seen |= {path.name: fresh.digest(content) for path, content in written.items()}
        self._remember(outcome.lock, sources)
        return outcome

    def _remember(self, lock: Lock, sources: Sources) -> None:
        """Write what lets the next sync see that nothing changed; a disk may refuse it."""
        state = fresh.state(self._seen, sources.stamps, self._root, [m.sha256 for m in lock.mods])
        texts = {self._folder / STATE / ".gitignore": "*\n", fresh.state_file(self._folder): state}
        with suppress(StoreError, OSError):
            if not any(path.is_symlink() for path in texts):  # a shared folder may hold anything
                write_all(texts)

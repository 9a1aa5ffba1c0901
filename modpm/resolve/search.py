"""The search: guesses, draws every conclusion, and learns from each contradiction.

It is PubGrub's algorithm on sets of versions as numbers: a contradiction is traced back through its
causes to a clause that would have ruled out the last guess that matters, which is then taken back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop

from modpm.resolve.clause import Clause, clauses
from modpm.resolve.problem import Tick
from modpm.resolve.trail import Trail
from modpm.resolve.universe import ABSENT, ROOT, Choice, Need, Term, Universe

Read = Callable[[int, int], Universe]
"""Called with a mod's number and its chosen version; returns what is new by that."""

_Pairs = dict[int, list[tuple[int, int, Clause]]]
"""For one mod, by what it must not be any more: another mod, what that may still be, and why."""


class Search(Trail):
    """Finds a version of every mod of a universe that is needed, with what these need.

    `without` are mods to leave out. `refutation` is the clause without terms, once there is one:
    then there is no answer.
    """

    def __init__(
        self,
        universe: Universe,
        tick: Tick,
        without: Iterable[int] = (),
        read: Read | None = None,
    ) -> None:
        super().__init__()
        self.refutation: Clause | None = None
        self._read = read
        self._tick = tick
        self._fixed = 0  # guesses that are not taken back
        self._late: list[tuple[int, Clause]] = []  # what was read after some guesses: how many
        self._pairs: list[_Pairs] = []
        self._watching: list[list[tuple[Clause, int]]] = []
        self._choices: list[Need] = []
        left_out = [Clause([(number, universe.mods[number].reached)]) for number in without]
        self._settle(self._grow(universe, left_out) or self._follow())

    def add(self, *terms: Term) -> bool:
        """Choose a version in each set, and all that these need, on top of what was added before.

        False, and nothing changes, if that cannot be.
        """
        before = self._fixed
        fits = self._hold(terms) and self.complete()
        if fits:
            self._fixed = len(self._guesses)
        else:
            self._fixed = before
            self._undo(before)
            self._settle(self._revive() or self._follow())
        return fits

    def ways(self, need: Need) -> Sequence[Term]:
        """Return what is left of the options of a need, the preferred first."""
        left = [(n, self.domains[n] & versions) for n, versions in need.options]
        options = [option for option in left if option[1]]
        return sorted(options, key=lambda option: not option[1] & self._mods[option[0]].locked)

    def complete(self) -> bool:
        """Choose all that is needed; False if there is no way that keeps what was added."""
        while self.refutation is None:
            guess = self._next()
            if guess is None:
                return True
            self._guess(*guess)
            if not self._settle(self._follow()):
                return False
        return False

    def chosen(self) -> Choice:
        """Return what has to be there."""
        return {n: domain for n, domain in enumerate(self.domains) if not domain & ABSENT}

    def _next(self) -> Term | None:
        """Return what to guess next, None if nothing is needed any more."""
        while self._ready:
            number = heappop(self._ready)[1]
            self._queued.discard(number)
            domain = self.domains[number]
            if not domain & ABSENT and domain & domain - 1:
                return number, self._mods[number].preferred(domain)
        return next(map(self._option, filter(self._unmet, self._choices)), None)

    def _unmet(self, need: Need) -> bool:
        domains = self.domains
        if need.parent != ROOT and domains[need.parent] & ~need.said:
            return False
        return all(domains[number] & ~versions for number, versions in need.options)

    def _option(self, need: Need) -> Term:
        number, versions = self.ways(need)[0]
        return number, self._mods[number].preferred(versions)

    def _hold(self, terms: Iterable[Term]) -> bool:
        for number, versions in terms:
            if not self.domains[number] & versions:
                return False
            if self.domains[number] & ~versions:
                self._guess(number, versions)
                self._fixed = len(self._guesses)
                if not self._settle(self._follow()):
                    return False
        return True

    def _guess(self, number: int, versions: int) -> None:
        self._tick()
        self._guesses.append(len(self._trail))
        self._narrow(number, versions, None)

    def _settle(self, conflict: Clause | None) -> bool:
        """Learn from contradictions until there are none; False if no guess can be taken back."""
        while conflict is not None:
            self._tick()
            clause, number, level = self._learn(conflict)
            if not clause.terms:
                self.refutation = clause
            if not clause.terms or level < self._fixed:
                return False
            self._undo(level)
            if clause is not conflict:
                self._enter(clause)
            conflict = self._state(clause, number) or self._revive() or self._follow()
        return True

    def _grow(self, more: Universe, given: Iterable[Clause] = ()) -> Clause | None:
        """Take more mods and rules into account from now on; return a clause that is broken."""
        for mod in more.mods:
            self._meet(mod)
            self._pairs.append(defaultdict(list))
            self._watching.append([])
        self._choices += (need for need in more.needs if len(need.options) > 1)
        fresh = sorted((*given, *clauses(more, self._whole)), key=lambda one: len(one.terms) > 1)
        for clause in fresh:
            self._enter(clause)
        self._late += [(len(self._guesses), clause) for clause in fresh if self._guesses]
        return next(filter(None, map(self._examine, fresh)), None)

    def _revive(self) -> Clause | None:
        """Draw the conclusions anew that were lost with guesses but do not depend on them."""
        level, again = len(self._guesses), list[Clause]()
        while self._late and self._late[-1][0] > level:
            again.append(self._late.pop()[1])
        self._late += [(level, clause) for clause in again if level]
        return next(filter(None, map(self._examine, again)), None)

    def _enter(self, clause: Clause) -> None:
        """Take a clause into account from now on."""
        terms = clause.terms
        if len(terms) == 2:
            for (one, held), (other, ruled) in (terms, terms[::-1]):
                keep = self._whole[other] & ~ruled
                self._pairs[one][self._whole[one] & ~held].append((other, keep, clause))
        elif len(terms) > 2:
            if self._trail:
                *_, clause.watched[1], clause.watched[0] = sorted(
                    range(len(terms)), key=lambda place: self._held(*terms[place])
                )
            for slot, place in enumerate(clause.watched):
                self._watching[terms[place][0]].append((clause, slot))

    def _examine(self, clause: Clause) -> Clause | None:
        """Draw the conclusion from a clause if there is one; return it if it is broken."""
        open = [number for number, ruled in clause.terms if self.domains[number] & ~ruled]
        return self._state(clause, open[0] if open else None) if len(open) < 2 else None

    def _state(self, clause: Clause, number: int | None = None) -> Clause | None:
        """Draw the conclusion from a clause all of whose terms but one hold; else it is broken."""
        for one, ruled in clause.terms:
            if number in (None, one) and self.domains[one] & ~ruled:
                if self.domains[one] & ruled:
                    self._narrow(one, self._whole[one] & ~ruled, clause)
                return None
        return clause

    def _follow(self) -> Clause | None:
        """Draw every conclusion from the trail; return the clause that is broken, if one is."""
        while self._drawn < len(self._trail):
            number, before, *_ = self._trail[self._drawn]
            self._drawn += 1
            now = self.domains[number]
            for gone, pairs in self._pairs[number].items():
                if before & gone and not now & gone:
                    for other, keep, clause in pairs:
                        domain = self.domains[other]
                        if not domain & keep:
                            return clause
                        if domain & ~keep:
                            self._narrow(other, keep, clause)
            broken = self._watch(number) or self._hear(number)
            if broken is not None:
                return broken
        return None

    def _hear(self, number: int) -> Clause | None:
        """Read a mod's version once that is chosen; return a clause that is then broken."""
        domain = self.domains[number]
        if self._read is None or domain & ABSENT or domain & domain - 1:
            return None
        return self._grow(self._read(number, domain))

    def _watch(self, number: int) -> Clause | None:
        """Draw conclusions from the long clauses that wait for a mod; return a broken one."""
        watching = self._watching[number]
        self._watching[number] = kept = []
        broken = None
        for place, (clause, slot) in enumerate(watching):
            terms, watched = clause.terms, clause.watched
            if self.domains[number] & ~terms[watched[slot]][1]:
                kept.append((clause, slot))
                continue
            other, ruled = terms[watched[1 - slot]]
            domain = self.domains[other]
            if domain & ruled and self._moved(clause, slot):
                continue
            kept.append((clause, slot))
            if domain & ruled:
                if not domain & ~ruled:
                    broken = clause
                    kept += watching[place + 1 :]
                    break
                self._narrow(other, self._whole[other] & ~ruled, clause)
        return broken

    def _moved(self, clause: Clause, slot: int) -> bool:
        """Watch another term of a clause that does not hold yet, if there is one."""
        for place, (number, versions) in enumerate(clause.terms):
            if self.domains[number] & ~versions and place not in clause.watched:
                clause.watched[slot] = place
                self._watching[number].append((clause, slot))
                return True
        return False

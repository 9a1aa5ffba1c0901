"""The search: guesses, draws every conclusion, and learns from each contradiction.

It is PubGrub's algorithm on sets of versions as numbers: a contradiction is traced back through its
causes to a clause that would have ruled out the last guess that matters, which is then taken back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from modpm.resolve.clause import Clause, clauses, resolved
from modpm.resolve.problem import Tick
from modpm.resolve.universe import ABSENT, ROOT, Choice, Need, Term, Universe

_Pairs = dict[int, list[tuple[int, int, Clause]]]
"""For one mod, by what it must not be any more: another mod, what that may still be, and why."""


class Search:
    """What may become of every mod of a universe, by number, in `domains`; it only gets less.

    `without` are mods to leave out. `refutation` is the clause without terms, once there is one:
    then there is no answer.
    """

    def __init__(self, universe: Universe, tick: Tick, without: Iterable[int] = ()) -> None:
        self.domains = [mod.domain for mod in universe.mods]
        self.refutation: Clause | None = None
        self._mods = universe.mods
        self._tick = tick
        self._whole = tuple(self.domains)
        self._trail: list[tuple[int, int, int, Clause | None]] = []  # mod, before, level, why
        self._places: list[list[int]] = [[] for _ in universe.mods]  # on the trail, by mod
        self._guesses: list[int] = []  # the places of guesses on the trail
        self._fixed = 0  # guesses that are not taken back
        self._drawn = 0  # how much of the trail has been followed
        self._ready: list[tuple[int, int]] = []  # a heap of mods to choose a version of
        self._queued = set[int]()
        self._pairs: list[_Pairs] = [defaultdict(list) for _ in universe.mods]
        self._watching: list[list[tuple[Clause, int]]] = [[] for _ in universe.mods]
        self._choices = [need for need in universe.needs if len(need.options) > 1]
        given = [*clauses(universe), *(Clause([(n, universe.mods[n].reached)]) for n in without)]
        for clause in given:
            self._enter(clause)
        facts = (clause for clause in given if len(clause.terms) < 2)
        self._settle(next(filter(None, map(self._state, facts)), None) or self._follow())

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

    def _narrow(self, number: int, keep: int, why: Clause | None) -> None:
        before = self.domains[number]
        self.domains[number] = before & keep
        self._places[number].append(len(self._trail))
        self._trail.append((number, before, len(self._guesses), why))
        if before & ABSENT and not keep & ABSENT:
            self._queue(number)

    def _queue(self, number: int) -> None:
        if number not in self._queued:
            self._queued.add(number)
            heappush(self._ready, (self._mods[number].rank, number))

    def _undo(self, level: int) -> None:
        """Take back all guesses but the first `level`, and what followed from them."""
        if level == len(self._guesses):
            return
        length = self._guesses[level]
        for number, before, *_ in reversed(self._trail[length:]):
            self._places[number].pop()
            if not before & ABSENT and self.domains[number] & self.domains[number] - 1 == 0:
                self._queue(number)
            self.domains[number] = before
        del self._trail[length:], self._guesses[level:]
        self._drawn = length

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
                self._enter(clause, number)
            conflict = self._state(clause, number) or self._follow()
        return True

    def _enter(self, clause: Clause, first: int | None = None) -> None:
        """Take a clause into account from now on; of a learnt one, `first` is what it is about."""
        terms = clause.terms
        if len(terms) == 2:
            for (one, held), (other, ruled) in (terms, terms[::-1]):
                keep = self._whole[other] & ~ruled
                self._pairs[one][self._whole[one] & ~held].append((other, keep, clause))
        elif len(terms) > 2:
            if first is not None:
                about = next(n for n, term in enumerate(terms) if term[0] == first)
                last = max((self._held(*t), n) for n, t in enumerate(terms) if n != about)
                clause.watched = [about, last[1]]
            for slot, place in enumerate(clause.watched):
                self._watching[terms[place][0]].append((clause, slot))

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
            broken = self._watch(number)
            if broken is not None:
                return broken
        return None

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

    def _held(self, number: int, versions: int) -> int:
        """Return the place on the trail since which a mod is in a set."""
        places, trail = self._places[number], self._trail
        return next(place for place in reversed(places) if trail[place][1] & ~versions)

    def _learn(self, conflict: Clause) -> tuple[Clause, int, int]:
        """Return what a broken clause teaches, about which mod, and how many guesses still stand.

        Then all of its terms hold but that one.
        """
        terms, causes = dict(conflict.terms), [(ROOT, conflict)]
        held = {number: self._held(number, versions) for number, versions in terms.items()}
        number, level = ROOT, 0
        while terms:
            number = max(held, key=held.__getitem__)
            _, _, now, why = self._trail[held[number]]
            level = max((self._trail[held[n]][2] for n in terms if n != number), default=0)
            if why is None:
                break
            known = dict(why.terms)
            joined = terms[number] | known[number]
            if joined != self._whole[number]:
                level = max(level, self._trail[self._held(number, joined)][2])
            if level < now:
                break
            terms = resolved(terms, known, number, self._whole[number])
            causes.append((number, why))
            for n in known:
                held.pop(n, None)
                if n in terms:
                    held[n] = self._held(n, terms[n])
        learnt = conflict if len(causes) == 1 else Clause(tuple(terms.items()), causes=causes)
        return learnt, number, level

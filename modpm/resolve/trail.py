"""What was concluded, in order and why: what guesses are taken back by, and learnt from."""

from heapq import heappush

from modpm.resolve.clause import Clause, resolved
from modpm.resolve.universe import ABSENT, ROOT, Mod


class Trail:
    """What may become of every mod, by number, in `domains`; it only gets less until it is undone.

    Mods that have to be there and have more than one version left wait in `_ready`.
    """

    def __init__(self) -> None:
        self.domains: list[int] = []
        self._mods: list[Mod] = []
        self._whole: list[int] = []
        self._trail: list[tuple[int, int, int, Clause | None]] = []  # mod, before, level, why
        self._places: list[list[int]] = []  # on the trail, by mod
        self._guesses: list[int] = []  # the places of guesses on the trail
        self._drawn = 0  # how much of the trail has been followed
        self._ready: list[tuple[int, int]] = []  # a heap of mods to choose a version of
        self._queued = set[int]()

    def _meet(self, mod: Mod) -> None:
        """Take a mod into account from now on."""
        self._mods.append(mod)
        self._whole.append(mod.domain)
        self.domains.append(mod.domain)
        self._places.append([])

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

    def _held(self, number: int, versions: int) -> int:
        """Return the place on the trail since which a mod is in a set; its end if it is not."""
        places, trail = self._places[number], self._trail
        if self.domains[number] & ~versions:
            return len(trail)
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

"""The search for releases that fit together: it guesses, concludes, and learns from contradictions.

Conflict-driven clause learning (Marques-Silva and Sakallah 1996) with watched literals, over one
variable a release. It guesses only what an unmet need asks for, the preferred option first, so that
what nobody needs stays out. It finds an answer if there is one, or a proof that there is none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from modpm.resolve.universe import ROOT, Need, Saying, Universe

ROUNDS = 20_000
"""Contradictions after which the search gives up."""
_CALM = 50  # contradictions after which needs are met by how hard they are, not in order


class Clause(list[int]):
    """Literals of which one is true: a release's number + 1, negative if it is out.

    `why` is what was said, or the clauses that it follows from; None where two are of one mod.
    """

    __slots__ = ("why",)

    def __init__(self, literals: Iterable[int], why: "Saying | Sequence[Clause] | None") -> None:
        super().__init__(literals)
        self.why = why


class Engine:
    """What is known of the releases of a universe while an answer is searched.

    Lists that are indexed by a literal have the negative ones at their end, as Python counts.
    """

    def __init__(self, universe: Universe) -> None:
        size = len(universe.releases) + 1  # the last variable is the loadout
        self._universe = universe
        self._root = size
        self._value = [0] * (2 * size + 1)
        self._level = [0] * (size + 1)
        self._reason: list[Clause | None] = [None] * (size + 1)
        self._weight = defaultdict[str, float](lambda: 1.0)
        self._watches = defaultdict[int, list[Clause]](list)
        self._foes = defaultdict[int, list[tuple[int, Saying]]](list)
        self._needs = defaultdict[int, list[Need]](list)
        self._trail: list[int] = []
        self._drawn = 0  # how much of the trail has been drawn conclusions from
        self._agenda: list[Need] = []
        self._met = 0  # how much of the agenda is known to be met
        self._guesses: list[tuple[int, int, int]] = []  # trail, agenda, met: as they were before
        self._contradictions = 0
        self._broken: Clause | None = None
        self._read()

    # --- asking -----------------------------------------------------------------------------------

    def solve(self, rounds: int = ROUNDS, wanted: int | None = None) -> bool | None:
        """Choose what is needed, the release `wanted` too: True if it worked, False if it cannot.

        None means that so many contradictions did not tell.
        """
        first = 0 if wanted is None else wanted + 1
        self._cancel(0)
        for _ in range(rounds):
            broken = self._broken or self._draw()
            while broken is None:
                guess = first if first and self._value[first] < 1 else self._guess()
                if not guess:
                    return True
                if self._value[guess] < 0:
                    return False
                self._guesses.append((len(self._trail), len(self._agenda), self._met))
                self._set(guess, None)
                broken = self._draw()
            if not self._guesses:
                self._broken = broken
                return False
            self._learn(broken)
        return None

    def fix(self, chosen: Iterable[int]) -> bool:
        """Take these releases for granted; return whether that is possible."""
        self._cancel(0)
        for number in sorted(chosen):
            if self._value[number + 1] == 0:
                self._set(number + 1, None)
            self._broken = self._broken or self._draw()
            if self._broken or self._value[number + 1] < 0:
                return False
        return True

    def chosen(self) -> frozenset[int]:
        """Return the releases that are in."""
        return frozenset(literal - 1 for literal in self._trail if 0 < literal < self._root)

    def meets(self, need: Need) -> bool:
        """Return whether an option of the need is in."""
        value = self._value
        return any(value[option + 1] > 0 for option in need.options)

    def options(self, need: Need) -> list[int]:
        """Return the options of a need that may still be chosen."""
        return [option for option in need.options if self._value[option + 1] >= 0]

    def said(self) -> frozenset[Saying]:
        """Return what was said that leaves no answer, after `solve` found that there is none."""
        found, seen = set[Saying](), set[int]()
        todo: list[Clause | None] = [self._broken]
        while todo:
            clause = todo.pop()
            if clause is None or id(clause) in seen:
                continue
            seen.add(id(clause))
            todo += (self._reason[abs(literal)] for literal in clause if self._value[literal])
            if isinstance(clause.why, Saying):
                found.add(clause.why)
            elif clause.why is not None:
                todo += clause.why
        return frozenset(found)

    # --- concluding -------------------------------------------------------------------------------

    def _read(self) -> None:
        for need in self._universe.needs:
            if need.parent not in need.options:
                parent = self._root if need.parent == ROOT else need.parent + 1
                self._needs[parent].append(need)
                self._add(Clause((-parent, *(o + 1 for o in need.options)), need.saying))
        for ban in self._universe.bans:
            for foe in ban.foes:
                self._foes[ban.parent + 1].append((foe + 1, ban.saying))
                self._foes[foe + 1].append((ban.parent + 1, ban.saying))
        if self._value[self._root] == 0:
            self._set(self._root, None)
        else:
            self._broken = self._reason[self._root]

    def _add(self, clause: Clause) -> None:
        for literal in clause[:2]:
            self._watches[-literal].append(clause)
        if len(clause) == 1 and not self._imply(clause):
            self._broken = clause

    def _imply(self, clause: Clause) -> bool:
        """Let the first literal be true, as all others are false; False if it is false too."""
        if self._value[clause[0]] == 0:
            self._set(clause[0], clause)
        return self._value[clause[0]] > 0

    def _set(self, literal: int, reason: Clause | None) -> None:
        self._value[literal], self._value[-literal] = 1, -1
        self._level[abs(literal)] = len(self._guesses)
        self._reason[abs(literal)] = reason
        self._trail.append(literal)

    def _draw(self) -> Clause | None:
        """Draw every conclusion; return the clause that is broken by them, if one is."""
        while self._drawn < len(self._trail):
            literal = self._trail[self._drawn]
            self._drawn += 1
            broken = self._watched(literal) or (self._entered(literal) if literal > 0 else None)
            if broken:
                return broken
        return None

    def _watched(self, literal: int) -> Clause | None:
        """Look at the clauses that watch for the literal, which makes one of theirs false."""
        value, watches = self._value, self._watches
        watching, kept = watches[literal], list[Clause]()
        watches[literal] = kept
        for place, clause in enumerate(watching):
            if clause[0] == -literal and len(clause) > 1:
                clause[0], clause[1] = clause[1], clause[0]
            if value[clause[0]] < 1:
                other = next((n for n in range(2, len(clause)) if value[clause[n]] >= 0), 0)
                if other:
                    clause[1], clause[other] = clause[other], clause[1]
                    watches[-clause[1]].append(clause)
                    continue
                if not self._imply(clause):
                    kept += watching[place:]
                    return clause
            kept.append(clause)
        return None

    def _entered(self, literal: int) -> Clause | None:
        """Keep out what cannot be with a release that is in, and note what it needs."""
        for other, why in self._excluded(literal):
            if self._value[-other] < 1:
                clause = Clause((-other, -literal), why)
                if not self._imply(clause):
                    return clause
        self._agenda += self._needs[literal]
        return None

    def _excluded(self, literal: int) -> Iterator[tuple[int, Saying | None]]:
        if literal != self._root:
            id = self._id(literal - 1)
            yield from ((n + 1, None) for n in self._universe.siblings[id] if n != literal - 1)
        yield from self._foes[literal]
        for need in self._needs[literal]:
            ids = {self._id(option) for option in need.options}
            if len(ids) == 1:  # whichever it is, it is of that mod
                others = set(self._universe.siblings[ids.pop()]).difference(need.options)
                yield from ((n + 1, need.saying) for n in sorted(others))

    # --- guessing and learning --------------------------------------------------------------------

    def _guess(self) -> int:
        """Return the preferred option of a need that is not met; 0 if there is none."""
        agenda = self._agenda
        while self._met < len(agenda) and self.meets(agenda[self._met]):
            self._met += 1
        if self._met == len(agenda):
            return 0
        need = agenda[self._met]
        if self._contradictions > _CALM:
            unmet = (need for need in agenda[self._met :] if not self.meets(need))
            need = min(unmet, key=self._ease)
        return next(option + 1 for option in need.options if self._value[option + 1] == 0)

    def _ease(self, need: Need) -> float:
        return len(self.options(need)) / self._weight[self._id(need.options[0])]

    def _learn(self, broken: Clause) -> None:
        """Add what follows from a contradiction, and go back to where it says something new.

        That is the cut at the first literal that all ways from the last guess lead through.
        """
        self._contradictions += 1
        now, seen = len(self._guesses), set[int]()
        learned, why = [0], [broken]
        place, open_ = len(self._trail), 0
        clause, literal = broken, 0
        while True:
            for other in clause:
                variable = abs(other)
                if other != literal and variable not in seen:
                    seen.add(variable)
                    self._bump(variable)
                    if self._level[variable] == now:
                        open_ += 1
                    elif self._level[variable]:
                        learned.append(other)
                    elif given := self._reason[variable]:
                        why.append(given)
            while abs(self._trail[place - 1]) not in seen:
                place -= 1
            place, literal, open_ = place - 1, self._trail[place - 1], open_ - 1
            if not open_:
                break
            reason = self._reason[abs(literal)]
            assert reason is not None  # only the guess has none, and all ways lead through it
            clause = reason
            why.append(clause)
        learned[0] = -literal
        self._keep(Clause(learned, why))

    def _keep(self, clause: Clause) -> None:
        if len(clause) > 1:
            last = max(range(1, len(clause)), key=lambda n: self._level[abs(clause[n])])
            clause[1], clause[last] = clause[last], clause[1]
        self._cancel(self._level[abs(clause[1])] if len(clause) > 1 else 0)
        self._add(clause)
        if len(clause) > 1:
            self._imply(clause)

    def _id(self, number: int) -> str:
        return self._universe.releases[number].manifest.id

    def _bump(self, variable: int) -> None:
        if variable != self._root:
            self._weight[self._id(variable - 1)] += 1

    def _cancel(self, level: int) -> None:
        """Take back all guesses above a level, and what was concluded from them."""
        if level < len(self._guesses):
            length, agenda, self._met = self._guesses[level]
            for literal in self._trail[length:]:
                self._value[literal] = self._value[-literal] = 0
            del self._trail[length:], self._agenda[agenda:], self._guesses[level:]
            self._drawn = length

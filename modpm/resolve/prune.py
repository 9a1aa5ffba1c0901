"""What follows without guessing: releases that no answer has, and those that every answer has."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from modpm.resolve.universe import ROOT, Need, Universe

IN, OPEN, OUT = 1, 0, -1


class State:
    """What is known of every release of a universe, by number: IN, OUT or still OPEN in `known`.

    `trail` are the numbers that are not OPEN in the order in which they became known;
    `weight` counts, by mod, how often it was part of a contradiction.
    """

    def __init__(self, universe: Universe) -> None:
        size = len(universe.releases)
        self.universe = universe
        self.known = [OPEN] * size
        self.trail: list[int] = []
        self.weight = defaultdict[str, int](lambda: 1)
        self._id = [release.manifest.id for release in universe.releases]
        self._of: list[list[Need]] = [[] for _ in range(size + 1)]  # the last is ROOT's
        self._with: list[list[Need]] = [[] for _ in range(size)]
        self._foes: list[list[int]] = [[] for _ in range(size)]
        for need in universe.needs:
            if need.parent not in need.options:
                self._of[need.parent].append(need)
                for option in need.options:
                    self._with[option].append(need)
        for ban in universe.bans:
            self._foes[ban.parent] += ban.foes
            for foe in ban.foes:
                self._foes[foe].append(ban.parent)

    def settle(self) -> bool:
        """Draw every conclusion from the rules alone; False if they contradict each other."""
        pending: list[tuple[int, int]] = []
        return all(self._weigh(n, pending) for own in self._of for n in own) and self._draw(pending)

    def assume(self, number: int, value: int) -> bool:
        """Set one release IN or OUT and draw every conclusion; False on a contradiction."""
        return self._draw([(number, value)])

    def undo(self, length: int) -> None:
        """Forget all but the first `length` entries of the trail."""
        for number in self.trail[length:]:
            self.known[number] = OPEN
        del self.trail[length:]

    def unmet(self) -> Iterator[Need]:
        """Yield the needs of the loadout and of what is IN that nothing which is IN answers."""
        for parent in (ROOT, *self.trail):
            if parent == ROOT or self.known[parent] == IN:
                for need in self._of[parent]:
                    if not any(self.known[option] == IN for option in need.options):
                        yield need

    def chosen(self) -> frozenset[int]:
        """Return what is IN."""
        return frozenset(n for n in self.trail if self.known[n] == IN)

    def open(self, need: Need) -> list[int]:
        """Return the options of a need that are not OUT."""
        return [option for option in need.options if self.known[option] != OUT]

    def _draw(self, pending: list[tuple[int, int]]) -> bool:
        known = self.known
        while pending:
            number, value = pending.pop()
            if known[number] == value:
                continue
            if known[number] == -value:
                self.weight[self._id[number]] += 1
                return False
            known[number] = value
            self.trail.append(number)
            if value == IN:
                pending += [(foe, OUT) for foe in self._rivals(number)]
            for need in self._of[number] if value == IN else self._with[number]:
                if not self._weigh(need, pending):
                    return False
        return True

    def _rivals(self, number: int) -> Iterable[int]:
        yield from self._foes[number]
        yield from (n for n in self.universe.siblings[self._id[number]] if n != number)

    def _weigh(self, need: Need, pending: list[tuple[int, int]]) -> bool:
        """Add to `pending` what follows from a need by itself; False if it can no longer be met."""
        known, parent = self.known, need.parent
        asked = parent == ROOT or known[parent] == IN
        if not asked and known[parent] == OUT:
            return True
        left = self.open(need)
        if not left:
            if asked:
                self._blame(need)
                return False
            pending.append((parent, OUT))
        elif asked and not any(known[option] == IN for option in left):
            self._narrow(left, pending)
        return True

    def _narrow(self, left: list[int], pending: list[tuple[int, int]]) -> None:
        """One of `left` must be chosen: alone it is; if all are of one mod, its others are not."""
        id = self._id[left[0]]
        if len(left) == 1:
            pending.append((left[0], IN))
        elif all(self._id[option] == id for option in left):
            allowed = set(left)
            others = self.universe.siblings[id]
            pending += [(n, OUT) for n in others if n not in allowed and self.known[n] != OUT]

    def _blame(self, need: Need) -> None:
        for option in need.options:
            self.weight[self._id[option]] += 1


def prune(universe: Universe) -> State | None:
    """Return what follows from the rules alone; None if they contradict each other."""
    state = State(universe)
    return state if state.settle() else None

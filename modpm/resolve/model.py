"""The open part of a universe in resolvelib's words: keys, and candidates for each.

Each mod is a key whose candidates are its releases and ABSENT; a conflict allows ABSENT, a
dependency does not. A need that several mods can meet is a key of its own, with a candidate for
each mod.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from modpm.resolve.prune import IN, OUT, State
from modpm.resolve.universe import ROOT

ABSENT = "absent"

Key = str | tuple[int, ...]
Choice = int | str
"""A release's number, ABSENT, or for a key with several mods the mod's id."""


class Want(Struct, frozen=True):
    """What may be chosen for a key."""

    key: Key
    allowed: frozenset[Choice]


class Candidate(Struct, frozen=True, eq=False):
    """One choice for a key, and what it wants in turn."""

    key: Key
    choice: Choice
    wants: tuple[Want, ...] = ()


class Model:
    """The open part of a universe in resolvelib's words."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._universe = state.universe
        self._wants = self._collect()
        self._candidates: dict[Key, tuple[Candidate, ...]] = {}
        self._places: dict[Key, int] = {}

    def rounds(self) -> int:
        """Return how many rounds are worth it; the next proposer is better at what takes more."""
        return 100 + 2 * len(self._universe.siblings)

    def roots(self) -> Sequence[Want]:
        """Return what the loadout wants, and what has to be chosen because of it."""
        known = self._state.known
        forced = [n for n in self._state.trail if known[n] == IN]
        return [*self._wants[ROOT], *(Want(self._universe.id(n), frozenset({n})) for n in forced)]

    def candidates(self, key: Key) -> tuple[Candidate, ...]:
        """Return the candidates of a key, the preferred first; ABSENT is that where allowed."""
        if key not in self._candidates:
            made = self._releases(key) if isinstance(key, str) else self._mods(key)
            self._candidates[key] = tuple(made)
        return self._candidates[key]

    def place(self, key: Key) -> int:
        """Return a number that grows with every new key."""
        return self._places.setdefault(key, len(self._places))

    def _releases(self, id: str) -> Iterator[Candidate]:
        yield Candidate(id, ABSENT)
        for number in self._universe.siblings[id]:
            if self._state.known[number] != OUT:
                yield Candidate(id, number, tuple(self._wants.get(number, ())))

    def _mods(self, options: tuple[int, ...]) -> Iterator[Candidate]:
        for id, numbers in self._by_mod(options).items():
            yield Candidate(options, id, (Want(id, frozenset(numbers)),))

    def _collect(self) -> Mapping[int, list[Want]]:
        state, universe = self._state, self._universe
        wants: dict[int, list[Want]] = {ROOT: []}
        for need in universe.needs:
            if need.parent not in need.options and (
                need.parent == ROOT or self._alive(need.parent)
            ):
                wants.setdefault(need.parent, []).append(self._want(tuple(state.open(need))))
        for ban in universe.bans:
            if self._alive(ban.parent):
                for id, foes in self._by_mod(tuple(filter(self._alive, ban.foes))).items():
                    rest = frozenset[Choice]({*universe.siblings[id], ABSENT}).difference(foes)
                    wants.setdefault(ban.parent, []).append(Want(id, rest))
        return wants

    def _want(self, options: tuple[int, ...]) -> Want:
        mods = self._by_mod(options)
        if len(mods) == 1:
            return Want(next(iter(mods)), frozenset(options))
        return Want(options, frozenset(mods))

    def _by_mod(self, numbers: tuple[int, ...]) -> dict[str, list[int]]:
        mods: dict[str, list[int]] = {}
        for number in numbers:
            mods.setdefault(self._universe.id(number), []).append(number)
        return mods

    def _alive(self, number: int) -> bool:
        return self._state.known[number] != OUT

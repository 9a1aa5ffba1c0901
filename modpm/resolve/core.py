"""Which requirements clash: a smallest set of what was said that has no answer by itself."""

from collections.abc import Iterable, Set

from msgspec import Struct

from modpm.index import Index
from modpm.requirement import Requirement
from modpm.resolve.clause import Clause, leaves
from modpm.resolve.collect import Collection
from modpm.resolve.problem import Problem, Tick
from modpm.resolve.search import Search
from modpm.resolve.universe import Saying, Universe

_WORK = 60_000
"""Rules that are looked at to make a core smaller; whatever is then still in doubt stays in it."""
_TICK = 60
"""What a guess counts as, in rules."""


class _Enough(Exception):
    """The work is used up."""


class Core(Struct, frozen=True):
    """Requirements that clash, none of which can be left out, and the clause that proves it."""

    universe: Universe
    refutation: Clause


def core(refutation: Clause, problem: Problem, index: Index, tick: Tick) -> Core:
    """Return a core of a problem that has no answer, which the refutation shows.

    Nothing in it can be left out, unless telling so took too long.
    """
    wishes, speaking = _voices(leaves(refutation))
    while True:
        # What few wishes and mods reach is so much less that more of it is "every version".
        found = _shrunk(Collection(problem, index, tick, wishes).whole(speaking), tick)
        fewer = _voices(leaves(found.refutation))
        if fewer == (wishes, speaking):
            return found
        wishes, speaking = fewer


def _voices(said: Iterable[Saying]) -> tuple[Set[Requirement], Set[str | None]]:
    """Return the wishes among what was said, and who said it."""
    said = tuple(said)
    return {s.wants[0] for s in said if s.kind == "wish"}, {s.by for s in said}


def _shrunk(universe: Universe, tick: Tick) -> Core:
    refutation = _refuted(universe, tick)
    assert refutation is not None
    said = list(dict.fromkeys(leaves(refutation)))
    wishes = [saying for saying in said if saying.kind == "wish"]
    others = [saying for saying in said if saying.kind != "wish"]
    few = _only(universe, _Shrinking(_only(universe, said), tick).smallest([], others + wishes))
    return Core(few, _refuted(few, tick) or refutation)


def _refuted(universe: Universe, tick: Tick) -> Clause | None:
    search = Search(universe, tick)
    search.complete()
    return search.refutation


class _Shrinking:
    """Leaves out what is said in a universe as long as it stays impossible."""

    def __init__(self, universe: Universe, tick: Tick) -> None:
        self._universe = universe
        self._tick = tick
        self._left = _WORK

    def smallest(
        self, kept: list[Saying], said: list[Saying], *, changed: bool = False
    ) -> list[Saying]:
        """Return the part of `said` that is impossible together with `kept`.

        This is the QuickXplain algorithm (Junker 2004); `changed` tells that `kept` has grown.
        """
        if changed and self._impossible(kept):
            return []
        if len(said) == 1:
            return said
        middle = len(said) // 2
        one, other = said[:middle], said[middle:]
        second = self.smallest(kept + one, other, changed=True)
        first = self.smallest(kept + second, one, changed=bool(second))
        return first + second

    def _impossible(self, said: Iterable[Saying]) -> bool:
        try:
            few = _only(self._universe, said)
            self._work(len(few.needs) + len(few.bans))
            return _refuted(few, lambda: self._work(_TICK)) is not None
        except _Enough:
            return False

    def _work(self, rules: int) -> None:
        self._tick()
        self._left -= rules
        if self._left < 0:
            raise _Enough


def _only(universe: Universe, said: Iterable[Saying]) -> Universe:
    """Return the universe in which only this was said."""
    heard = set(said)
    return Universe(
        mods=universe.mods,
        needs=tuple(need for need in universe.needs if need.saying in heard),
        bans=tuple(ban for ban in universe.bans if ban.saying in heard),
    )

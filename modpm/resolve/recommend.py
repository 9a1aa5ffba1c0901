"""What the chosen mods recommend, on top of what is needed."""

from modpm.resolve.answer import resolution
from modpm.resolve.problem import Problem, Resolution
from modpm.resolve.prune import IN, State, prune
from modpm.resolve.search import finish
from modpm.resolve.universe import Collection, Need

_ROUNDS = 200  # guesses for one recommendation; it is given up after them


def with_recommended(
    collection: Collection, chosen: frozenset[int], problem: Problem
) -> Resolution:
    """Return a choice with all that it recommends, and what that recommends in turn.

    A recommendation never moves a version that was chosen without it: it comes on top, or, if what
    is there already does not allow it, not at all. The first one by the mods' ids goes first.
    """
    asked: dict[int, list[Need]] = {}
    universe = collection.universe()
    while fresh := sorted(chosen - asked.keys(), key=universe.id):
        asked |= {number: list(collection.recommended(number)) for number in fresh}
        universe = collection.universe()
        state = prune(universe)
        if state is None or not all(state.assume(number, IN) for number in sorted(chosen)):
            break
        for need in (need for number in fresh for need in asked[number]):
            _add(need, state)
        chosen = state.chosen()
    needs = [need for own in asked.values() for need in own]
    return resolution(universe, chosen, needs, problem)


def _add(need: Need, state: State) -> None:
    """Choose the first option that goes together with what is chosen, unless one is chosen."""
    if any(state.known[option] == IN for option in need.options):
        return
    before = len(state.trail)
    for option in state.open(need):
        if state.assume(option, IN) and finish(state, _ROUNDS):
            return
        state.undo(before)

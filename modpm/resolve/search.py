"""The proposer of last resort: tries what is left, release by release, until all is tried."""

from modpm.resolve.proposal import IMPOSSIBLE, Proposal
from modpm.resolve.prune import IN, OUT, State, prune
from modpm.resolve.universe import Universe

ROUNDS = 20_000


def search(universe: Universe, rounds: int = ROUNDS) -> Proposal:
    """Return an answer, IMPOSSIBLE if there is none, or None when `rounds` guesses did not tell.

    Guesses first where the fewest options are left and contradictions were met before. A guess that
    failed is known to be wrong as long as the guesses before it stand, so nothing is tried twice.
    """
    state = prune(universe)
    complete = state is not None and finish(state, rounds)
    if state is None or complete is False:
        return IMPOSSIBLE
    return None if complete is None else state.chosen()


def finish(state: State, rounds: int = ROUNDS) -> bool | None:
    """Choose what the state still needs: True if it worked, False if it cannot, None if undecided.

    Unless it worked, the state is left with guesses in it, to be undone.
    """
    universe = state.universe
    guesses: list[tuple[int, int]] = []
    for _ in range(rounds):
        need = min(
            state.unmet(),
            key=lambda n: len(state.open(n)) / state.weight[universe.id(n.options[0])],
            default=None,
        )
        if need is None:
            return True
        guesses.append((len(state.trail), state.open(need)[0]))
        consistent = state.assume(guesses[-1][1], IN)
        while not consistent:
            if not guesses:
                return False
            length, wrong = guesses.pop()
            state.undo(length)
            consistent = state.assume(wrong, OUT)
    return None

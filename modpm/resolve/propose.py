"""The first proposer: resolvelib, on the pruned universe."""

from modpm.resolve.model import Candidate, Key, Model, Want
from modpm.resolve.proposal import IMPOSSIBLE, Proposal
from modpm.resolve.prune import prune
from modpm.resolve.universe import Universe


def propose(universe: Universe) -> Proposal:
    """Return what pruning leaves no choice about, else what resolvelib finds.

    Its "impossible" is not to be trusted, so it counts as no verdict.
    """
    state = prune(universe)
    if state is None:
        return IMPOSSIBLE
    if next(state.unmet(), None) is None:
        return state.chosen()
    return _resolved(Model(state))


def _resolved(model: Model) -> frozenset[int] | None:
    from resolvelib import BaseReporter
    from resolvelib.resolvers import ResolverException
    from resolvelib.resolvers.resolution import Resolution

    from modpm.resolve.provider import Provider

    resolution: Resolution[Want, Candidate, Key] = Resolution(Provider(model), BaseReporter())
    # Jumping back past the cause makes resolvelib miss answers; it has no public switch.
    resolution._optimistic_backjumping_ratio = 0.0
    try:
        found = resolution.resolve(model.roots(), max_rounds=model.rounds()).mapping
    except (ResolverException, RecursionError):
        return None
    return frozenset(c.choice for c in found.values() if isinstance(c.choice, int))

"""Every proof holds, read as a player reads it; and the judge of proofs notices what does not."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from msgspec.structs import replace

from modpm.errors import ResolutionError, Unsatisfiable
from modpm.index import MemoryIndex, Release, RenamedIndex
from modpm.resolve.problem import Cause, Problem, Step
from modpm.resolve.solve import solve
from modpm.versions import parse_version
from tests.resolve.conftest import Ask, Offer
from tests.resolve.proofs import flaws, roots
from tests.resolve.rules import called_anew
from tests.resolve.universes import problems, releases

Proof = tuple[Step, ...]

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def refused(problem: Problem, offered: list[Release]) -> Unsatisfiable | None:
    """Return why there is no answer; None if there is one, or a name is not known."""
    try:
        solve(problem, RenamedIndex(MemoryIndex(offered)))
    except ResolutionError as error:
        return error if isinstance(error, Unsatisfiable) else None
    return None


@settings(slow, max_examples=600)
@given(offered=releases, problem=problems)
def test_every_proof_holds(offered: list[Release], problem: Problem) -> None:
    """What it rests on is said, each step follows, and the last leaves nothing."""
    error = refused(problem, offered)
    assume(error)
    assert error is not None
    assert not flaws(problem, error.proof, called_anew(offered))
    assert {*roots(error.proof)} == {*error.causes}


@settings(slow, max_examples=100)
@given(offered=releases, problem=problems)
def test_what_is_no_proof(offered: list[Release], problem: Problem) -> None:
    """The judge rejects a proof without one of its causes, and one that says more, or less."""
    error = refused(problem, offered)
    assume(error)
    assert error is not None
    for worse in spoilt(error.proof):
        assert flaws(problem, worse, called_anew(offered))


def spoilt(proof: Proof) -> Iterator[Proof]:
    """Yield proofs that are none."""
    yield proof[:-1]
    yield (*proof, replace(proof[-1], causes=(len(proof),)))
    for cause in roots(proof):
        yield without(proof, cause)
        yield instead(proof, cause, replace(cause, every=not cause.every))
        if cause.kind != "dependency":  # which both may say
            yield instead(proof, cause, replace(cause, overridden=True))
        more = (parse_version("9.0.0"), *cause.versions)
        yield instead(proof, cause, replace(cause, versions=more))
        if cause.wants:
            yield instead(proof, cause, replace(cause, providers=(("nobody",),) * len(cause.wants)))
            yield instead(proof, cause, replace(cause, meant=("nobody",) * len(cause.wants)))
            unheard = tuple((*each, parse_version("0.0.1")) for each in cause.available)
            yield instead(proof, cause, replace(cause, available=unheard))
            other = replace(cause.wants[0], id="another")
            yield instead(proof, cause, replace(cause, wants=(other, *cause.wants[1:])))
    for place, step in enumerate(proof):
        for part in step.given:
            yield at(proof, place, replace(step, given=(replace(part, every=not part.every),)))
            yield at(proof, place, replace(step, given=(replace(part, newest=not part.newest),)))
        yield at(proof, place, replace(step, causes=(*step.causes, place)))


def without(proof: Proof, cause: Cause) -> Proof:
    """Return a proof that forgets what somebody said."""
    return tuple(
        replace(step, causes=tuple(each for each in step.causes if each != cause)) for step in proof
    )


def instead(proof: Proof, cause: Cause, other: Cause) -> Proof:
    """Return a proof that takes somebody to have said something else."""
    return tuple(
        replace(step, causes=tuple(other if each == cause else each for each in step.causes))
        for step in proof
    )


def at(proof: Proof, place: int, step: Step) -> Proof:
    """Return a proof with another step."""
    return (*proof[:place], step, *proof[place + 1 :])


def test_a_range_names_no_version_that_is_out_of_reach(offer: Offer, ask: Ask) -> None:
    """Who bans every version of a mod is not quoted where only one of them matters."""
    index = MemoryIndex(
        [
            offer("choir 1.0.0", conflicts=("bells",)),
            offer("bells 1.0.0"),
            offer("bells 2.0.0", provides=("noise 1.0.0",), needs=("choir",)),
        ]
    )
    with pytest.raises(Unsatisfiable) as error:
        solve(ask("noise"), index)
    (cause,) = (cause for cause in error.value.causes if cause.wanted_by == "bells")
    assert (cause.range, cause.every, list(map(str, cause.versions))) == (None, False, ["2.0.0"])

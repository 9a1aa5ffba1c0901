"""The resolver against a solver that tries everything, on small universes of all kinds."""

from collections.abc import Iterable, Mapping
from functools import reduce
from random import Random
from typing import TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, given, settings
from msgspec import Struct, structs

from modpm.errors import ResolutionError, UnknownMod, Unsatisfiable
from modpm.index import MemoryIndex, Release, RenamedIndex
from modpm.manifest import Manifest
from modpm.resolve.check import check
from modpm.resolve.fixes import changed, fixes
from modpm.resolve.problem import Problem, Resolution
from modpm.resolve.solve import no_limit, solve
from tests.resolve.rules import called_anew, fits, names, solvable, withdrawn
from tests.resolve.universes import NAMES, manifests, problems, releases

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
Value = TypeVar("Value")


def outcome(problem: Problem, offered: Iterable[Release]) -> Resolution | ResolutionError:
    """Return the answer, or the error."""
    try:
        return solve(problem, RenamedIndex(MemoryIndex(offered)))
    except ResolutionError as error:
        return error


def told(found: Resolution | ResolutionError) -> object:
    """Return all that a player is told, except what a misspelt name may have meant."""
    if isinstance(found, Resolution):
        return found
    return {name: value for name, value in found.data.items() if name != "suggestion"}


@settings(slow, max_examples=1_500)
@given(offered=releases, problem=problems)
def test_every_verdict_is_right(offered: list[Release], problem: Problem) -> None:
    """An answer obeys every rule, "impossible" is true, and there is always a verdict."""
    found, seen = outcome(problem, offered), called_anew(offered)
    if isinstance(found, Resolution):
        assert fits(problem, found.releases)
        assert not check(problem, found.releases)
        assert not any(withdrawn(problem, release) for release in found.releases.values())
        return
    assert not solvable(problem, seen)
    if isinstance(found, UnknownMod):
        assert not any(found.id in names(release) for release in seen)
    else:
        assert isinstance(found, Unsatisfiable)


@settings(slow, max_examples=150)
@given(offered=releases, problem=problems, random=st.randoms(use_true_random=False))
def test_the_order_of_what_is_found_does_not_matter(
    offered: list[Release], problem: Problem, random: Random
) -> None:
    """Shuffled releases and wishes get the same answer, or the same proof."""
    shuffled = random.sample(offered, len(offered))
    wishes = tuple(random.sample(problem.wishes, len(problem.wishes)))
    other = structs.replace(problem, wishes=wishes)
    assert told(outcome(problem, offered)) == told(outcome(other, shuffled))


@settings(slow, max_examples=150)
@given(
    offered=releases,
    problem=problems,
    names=st.lists(
        st.from_regex(r"[a-z]{1,3}/[a-z0-9_-]{1,4}", fullmatch=True),
        min_size=len({*NAMES}),
        max_size=len({*NAMES}),
        unique=True,
    ),
)
def test_names_do_not_matter(offered: list[Release], problem: Problem, names: list[str]) -> None:
    """Other ids in the same order get the same answer, or the same proof, about them."""
    ids = dict(zip(sorted({*NAMES}), sorted(names), strict=True))
    found = told(outcome(problem, offered))
    assert told(outcome(renamed(problem, ids), renamed(offered, ids))) == renamed(found, ids)


def renamed(value: Value, ids: Mapping[str, str]) -> Value:
    """Return a value in which every id has another name."""
    new: object = value
    if isinstance(value, str):
        new = ids.get(value, value)
    elif isinstance(value, tuple | list | frozenset):
        new = type(value)(renamed(each, ids) for each in value)
    elif isinstance(value, dict):
        new = {renamed(key, ids): renamed(each, ids) for key, each in value.items()}
    elif isinstance(value, Struct):
        fields = {name: renamed(getattr(value, name), ids) for name in value.__struct_fields__}
        new = structs.replace(value, **fields)
    return new  # type: ignore[return-value]


@settings(slow, max_examples=150)
@given(
    offered=releases,
    problem=problems,
    others=st.lists(manifests, max_size=2, unique_by=lambda m: m.version),
)
def test_other_mods_do_not_matter(
    offered: list[Release], problem: Problem, others: list[Manifest]
) -> None:
    """One more mod that nobody asks for changes neither an answer nor a proof."""
    strangers = [
        Release(structs.replace(m, id="bystander", provides=(), replaced_by=None), "x", 1, "1" * 64)
        for m in others
    ]
    assert told(outcome(problem, offered)) == told(outcome(problem, [*offered, *strangers]))


@settings(slow, max_examples=150)
@given(offered=releases, problem=problems)
def test_what_is_locked_stays(offered: list[Release], problem: Problem) -> None:
    """Locking the answer does not change it."""
    found = outcome(problem, offered)
    assume(isinstance(found, Resolution))
    assert isinstance(found, Resolution)
    locked = {id: release.manifest.version for id, release in found.releases.items()}
    again = outcome(structs.replace(problem, locked=locked), offered)
    assert isinstance(again, Resolution)
    assert again.releases == found.releases


@settings(slow, max_examples=150)
@given(offered=releases, problem=problems)
def test_the_checker_and_the_rules_agree(offered: list[Release], problem: Problem) -> None:
    """The checker accepts a choice of releases exactly if it obeys every rule."""
    choice = {release.manifest.id: release for release in called_anew(offered)}
    assert (not check(problem, choice)) == fits(problem, choice)


@settings(slow, max_examples=150)
@given(offered=releases, problem=problems)
def test_what_is_preferred(offered: list[Release], problem: Problem) -> None:
    """No mod could have its locked version instead, or a newer one; no other could be left out."""
    problem = structs.replace(problem, recommends=False)
    found = outcome(problem, offered)
    assume(isinstance(found, Resolution))
    assert isinstance(found, Resolution)
    for release in called_anew(offered):
        id, version = release.manifest.id, release.manifest.version
        if id in found.releases and fits(problem, {**found.releases, id: release}):
            locked, chosen = problem.locked.get(id), found.releases[id].manifest.version
            assert chosen == locked or (version <= chosen and version != locked)
    for id in found.releases.keys() - {wish.id for wish in problem.wishes}:
        assert not fits(problem, {k: v for k, v in found.releases.items() if k != id})


@settings(slow, max_examples=300)
@given(offered=releases, problem=problems)
def test_every_fix_works(offered: list[Release], problem: Problem) -> None:
    """What a fix makes of a loadout has an answer, and none is part of another."""
    error = outcome(problem, offered)
    assume(isinstance(error, Unsatisfiable))
    assert isinstance(error, Unsatisfiable)
    found = fixes(problem, error.causes, RenamedIndex(MemoryIndex(offered)), no_limit)
    for fix in found:
        left = reduce(changed, fix.changes, problem)
        assert left.wishes
        assert solvable(left, called_anew(offered))
        assert not any({*fix.changes} < {*other.changes} for other in found)

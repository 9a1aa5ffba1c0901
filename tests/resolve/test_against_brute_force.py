"""The resolver against a solver that tries everything, on small universes of all kinds."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import reduce
from itertools import product
from random import Random

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from msgspec import structs

from modpm.errors import UnknownMod, Unsatisfiable
from modpm.index import MemoryIndex, Release
from modpm.loadout import Override
from modpm.manifest import Manifest, Provision
from modpm.requirement import Dependency, Requirement
from modpm.resolve.check import check
from modpm.resolve.fixes import changed, fixes
from modpm.resolve.problem import Cause, Fix, Part, Problem, Resolution, Step
from modpm.resolve.solve import no_limit, solve
from modpm.resolve.terms import collides, strays
from modpm.versions import parse_range, parse_version

MODS = ("a", "b", "c", "d", "e")
NAMES = (*MODS, *MODS, *MODS, "v", "v", "w", "missing")
VERSIONS = ("1.0.0", "1.0.0", "2.0.0-beta.1", "2.0.0", "3.0.0")
RANGES = ("*", "*", "*", "*", "^1", "^2", ">=2", "<3", "=2.0.0-beta.1", "!=2.0.0")

ids = st.sampled_from(NAMES)
ranges = st.sampled_from(RANGES).map(parse_range)
versions = st.sampled_from(VERSIONS).map(parse_version)
requirements = st.builds(Requirement, ids, ranges)
wishes = st.builds(Requirement, st.sampled_from((*MODS, "v")), ranges)
dependencies = st.builds(
    Dependency, st.lists(requirements, min_size=1, max_size=2, unique=True).map(tuple)
)


def few(strategy: st.SearchStrategy[object], most: int) -> st.SearchStrategy[tuple[object, ...]]:
    """Return short tuples."""
    return st.lists(strategy, max_size=most).map(tuple)


manifests = st.builds(
    Manifest,
    id=st.sampled_from(MODS),
    version=versions,
    name=st.just("A mod"),
    game=st.none() | st.builds(Requirement, st.sampled_from((*["arena"] * 7, "chess")), ranges),
    dependencies=few(dependencies, 2),
    optional_dependencies=few(requirements, 1),
    recommends=few(dependencies, 1),
    conflicts=few(requirements, 1),
    provides=few(st.builds(Provision, st.sampled_from(("v", "w", "a")), versions), 1),
)
releases = st.lists(manifests, min_size=5, max_size=12, unique_by=lambda m: (m.id, m.version)).map(
    lambda all: [Release(m, "default", 1, f"{n:064}") for n, m in enumerate(all)]
)
problems = st.builds(
    Problem,
    wishes=st.lists(wishes, min_size=1, max_size=2, unique_by=lambda r: r.id).map(tuple),
    game=st.just("arena"),
    game_version=st.none() | st.just(parse_version("2.0.0")),
    locked=st.dictionaries(st.sampled_from(MODS), versions, max_size=2),
    prereleases=st.frozensets(st.sampled_from(("a", "v")), max_size=1),
    overrides=few(
        st.builds(
            Override,
            id=st.sampled_from(MODS),
            add=few(requirements, 1),
            drop=few(ids, 1),
        ),
        1,
    ),
    recommends=st.booleans(),
    disabled=st.sampled_from((*[()] * 7, ("e",))).map(frozenset),
)


def meets(problem: Problem, wanted: Requirement, release: Release) -> bool:
    """Say whether the release is, or stands in for, what is wanted; nobody stands in for itself."""
    manifest = release.manifest
    own = manifest.version
    offered = [p.version for p in manifest.provides if p.id == wanted.id]
    if wanted.id == manifest.id:
        offered = [own]
    wished = any(w.id == manifest.id and own in w.range for w in problem.wishes)
    allowed = not own.is_prerelease or manifest.id in problem.prereleases or wished
    if wanted.id != manifest.id and not allowed:
        return False
    ordered = wanted.id in problem.prereleases or (wanted.id == manifest.id and wished)
    return any(wanted.range.contains(v, ordered) for v in offered)


def fits(problem: Problem, answer: Mapping[str, Release]) -> bool:
    """Say whether an answer obeys every rule, in the words of the design."""
    everyone = list(answer.values())

    def present(wanted: Requirement) -> bool:
        return any(meets(problem, wanted, release) for release in everyone)

    def calls_itself(release: Release, id: str) -> bool:
        manifest = release.manifest
        return id == manifest.id or any(p.id == id for p in manifest.provides)

    def offers(release: Release, id: str) -> Iterable[object]:
        if release.manifest.id == id:
            yield release.manifest.version
        else:
            yield from (p.version for p in release.manifest.provides if p.id == id)

    if not all(map(present, problem.wishes)):
        return False
    for id, release in answer.items():
        manifest = release.manifest
        override = next((o for o in problem.overrides if o.id == id), Override(id))
        others = [other for name, other in answer.items() if name != id]
        if id in problem.disabled:
            return False
        if manifest.game is not None and (
            manifest.game.id != problem.game
            or (
                problem.game_version is not None
                and not manifest.game.range.contains(problem.game_version, prereleases=True)
            )
        ):
            return False
        for dependency in manifest.dependencies:
            left = [r for r in dependency.alternatives if r.id not in override.drop]
            if left and not any(map(present, left)):
                return False
        if not all(map(present, override.add)):
            return False
        for optional in manifest.optional_dependencies:
            if optional.id not in override.drop:
                for other in others:
                    if calls_itself(other, optional.id) and not meets(problem, optional, other):
                        return False
        for conflict in manifest.conflicts:
            if conflict.id not in override.drop:
                for other in others:
                    for version in offers(other, conflict.id):
                        if conflict.range.contains(version, prereleases=True):  # type: ignore[arg-type]
                            return False
    return True


def solvable(problem: Problem, offered: Iterable[Release]) -> bool:
    """Try every choice of at most one release a mod."""
    return any(fits(problem, choice) for choice in every_choice(offered))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offered=releases, problem=problems)
def test_every_verdict_is_right(offered: list[Release], problem: Problem) -> None:
    """An answer obeys every rule, "impossible" is true, and there is always a verdict."""
    try:
        found = solve(problem, MemoryIndex(offered))
    except (Unsatisfiable, UnknownMod):
        assert not solvable(problem, offered)
    else:
        assert fits(problem, found.releases)
        assert not check(problem, found.releases)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offered=releases, problem=problems, random=st.randoms(use_true_random=False))
def test_the_order_of_what_is_found_does_not_matter(
    offered: list[Release], problem: Problem, random: Random
) -> None:
    """Shuffled releases and wishes get the same answer, or the same error."""
    shuffled = random.sample(offered, len(offered))
    wishes = tuple(random.sample(problem.wishes, len(problem.wishes)))
    other = structs.replace(problem, wishes=wishes)
    assert outcome(problem, offered) == outcome(other, shuffled)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offered=releases, problem=problems)
def test_what_is_locked_stays(offered: list[Release], problem: Problem) -> None:
    """Locking the answer does not change it."""
    found = outcome(problem, offered)
    if isinstance(found, Resolution):
        locked = {id: release.manifest.version for id, release in found.releases.items()}
        again = outcome(structs.replace(problem, locked=locked), offered)
        assert isinstance(again, Resolution)
        assert again.releases == found.releases


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offered=releases, problem=problems)
def test_the_checker_and_the_rules_agree(offered: list[Release], problem: Problem) -> None:
    """The checker accepts a choice of releases exactly if it obeys every rule."""
    choice = {release.manifest.id: release for release in offered}
    assert (not check(problem, choice)) == fits(problem, choice)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offered=releases, problem=problems)
def test_what_is_preferred(offered: list[Release], problem: Problem) -> None:
    """No mod could have its locked version instead, or a newer one; no other could be left out."""
    problem = structs.replace(problem, recommends=False)
    found = outcome(problem, offered)
    if isinstance(found, str):
        return
    for release in offered:
        id, version = release.manifest.id, release.manifest.version
        if id in found.releases and fits(problem, {**found.releases, id: release}):
            locked, chosen = problem.locked.get(id), found.releases[id].manifest.version
            assert chosen == locked or (version <= chosen and version != locked)
    for id in found.releases.keys() - {wish.id for wish in problem.wishes}:
        assert not fits(problem, {k: v for k, v in found.releases.items() if k != id})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offered=releases, problem=problems)
def test_every_proof_holds(offered: list[Release], problem: Problem) -> None:
    """Whatever breaks a step breaks a cause of it, which its mods do say; all breaks the last."""
    proof: tuple[Step, ...] = ()
    with suppress(UnknownMod):
        try:
            solve(problem, MemoryIndex(offered))
        except Unsatisfiable as error:
            proof = error.proof
    if not proof:
        return
    assert not proof[-1].given
    assert not proof[-1].needs
    for cause in roots(proof):
        assert is_said(problem, cause, offered)
    choices = list(every_choice(within_reach(problem, proof, offered)))
    for number, step in enumerate(proof):
        assert all(cause < number for cause in step.causes if isinstance(cause, int))
        for choice in choices:
            if breaks(problem, choice, step):
                causes = (proof[c] if isinstance(c, int) else c for c in step.causes)
                assert any(breaks(problem, choice, cause) for cause in causes)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(offered=releases, problem=problems)
def test_every_fix_works(offered: list[Release], problem: Problem) -> None:
    """What a fix makes of a loadout has an answer, and none is part of another."""
    index = MemoryIndex(offered)
    found: tuple[Fix, ...] = ()
    with suppress(UnknownMod):
        try:
            solve(problem, index)
        except Unsatisfiable as error:
            found = fixes(problem, error.causes, index, no_limit)
    for fix in found:
        left = reduce(changed, fix.changes, problem)
        assert solvable(left, offered)
        assert left.wishes
        assert not any({*fix.changes} < {*other.changes} for other in found)


def roots(proof: tuple[Step, ...]) -> list[Cause]:
    """Return what a proof rests on."""
    return [cause for step in proof for cause in step.causes if isinstance(cause, Cause)]


def every_choice(offered: Iterable[Release]) -> Iterable[Mapping[str, Release]]:
    """Yield every choice of at most one release a mod."""
    by_id: dict[str, list[Release | None]] = {}
    for release in offered:
        by_id.setdefault(release.manifest.id, [None]).append(release)
    for choice in product(*by_id.values()):
        yield {r.manifest.id: r for r in choice if r is not None}


def needs_of(problem: Problem, release: Release) -> Iterable[tuple[Requirement, ...]]:
    """Yield the alternatives of each need that counts."""
    override = next((o for o in problem.overrides if o.id == release.manifest.id), Override(""))
    for dependency in release.manifest.dependencies:
        left = tuple(r for r in dependency.alternatives if r.id not in override.drop)
        if left:
            yield left
    yield from ((added,) for added in override.add)


def within_reach(
    problem: Problem, proof: tuple[Step, ...], offered: Iterable[Release]
) -> list[Release]:
    """Return the releases that the wishes of a proof, or what they bring, ask for."""
    asked = [cause.wants for cause in roots(proof) if cause.kind == "wish"]
    reached: list[Release] = []
    for wants in asked:
        for release in offered:
            if release not in reached and any(meets(problem, each, release) for each in wants):
                reached.append(release)
                asked += needs_of(problem, release)
    return reached


def is_said(problem: Problem, cause: Cause, offered: Iterable[Release]) -> bool:
    """Say whether all versions that a cause names do say it."""
    if cause.kind == "wish":
        return cause.wants[0] in problem.wishes
    named = [
        r
        for r in offered
        if r.manifest.id == cause.wanted_by and r.manifest.version in cause.versions
    ]
    said = {
        "dependency": lambda r: cause.wants in needs_of(problem, r),
        "optional dependency": lambda r: cause.wants[0] in r.manifest.optional_dependencies,
        "conflict": lambda r: cause.wants[0] in r.manifest.conflicts,
        "disabled": lambda r: r.manifest.id in problem.disabled,
        "game": lambda r: (
            not fits(problem, {r.manifest.id: r}) and r.manifest.game == (*cause.wants, None)[0]
        ),
    }
    return bool(named) and all(map(said[cause.kind], named))


def breaks(problem: Problem, choice: Mapping[str, Release], rule: Cause | Step) -> bool:
    """Say whether a choice goes against a step of a proof, or against what somebody said."""

    def holds(part: Part) -> bool:
        return part.id in choice and choice[part.id].manifest.version in part.versions

    if isinstance(rule, Step):
        return all(map(holds, rule.given)) and not any(map(holds, rule.needs))
    speaker = choice.get(rule.wanted_by or "")
    if rule.wanted_by and (speaker is None or speaker.manifest.version not in rule.versions):
        return False
    others = [release for release in choice.values() if release is not speaker]
    if rule.kind in ("wish", "dependency"):
        return not any(meets(problem, w, r) for w in rule.wants for r in choice.values())
    if rule.kind == "conflict":
        return any(collides(other, rule.wants[0]) for other in others)
    if rule.kind == "optional dependency":
        return any(strays(other, rule.wants[0], problem) for other in others)
    return True


def outcome(problem: Problem, offered: list[Release]) -> Resolution | str:
    """Return the answer, or the error as text."""
    try:
        return solve(problem, MemoryIndex(offered))
    except (Unsatisfiable, UnknownMod) as error:
        return str(error)

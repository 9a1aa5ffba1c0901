"""The resolver against a solver that tries everything, on small universes of all kinds."""

from collections.abc import Iterable, Mapping
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
from modpm.resolve.problem import Problem, Resolution
from modpm.resolve.solve import solve
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
    by_id: dict[str, list[Release | None]] = {}
    for release in offered:
        by_id.setdefault(release.manifest.id, [None]).append(release)
    return any(
        fits(problem, {r.manifest.id: r for r in choice if r is not None})
        for choice in product(*by_id.values())
    )


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


def outcome(problem: Problem, offered: list[Release]) -> Resolution | str:
    """Return the answer, or the error as text."""
    try:
        return solve(problem, MemoryIndex(offered))
    except (Unsatisfiable, UnknownMod) as error:
        return str(error)

"""Small universes of all kinds, and loadouts for them, drawn by chance."""

import hypothesis.strategies as st

from modpm.index import Release
from modpm.loadout import Override
from modpm.manifest import Manifest, Provision
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
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


def seldom(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return one in eight times what is drawn, else None."""
    return st.sampled_from((*[False] * 7, True)).flatmap(lambda it: strategy if it else st.none())


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
    replaced_by=seldom(st.builds(Requirement, st.sampled_from(MODS), ranges)),
)
releases = st.lists(
    st.builds(
        Release,
        manifests,
        source=st.just("default"),
        size=st.just(1),
        sha256=st.just("0" * 64),
        yanked=st.sampled_from((*[False] * 7, True)),
    ),
    min_size=5,
    max_size=12,
    unique_by=lambda r: (r.manifest.id, r.manifest.version),
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

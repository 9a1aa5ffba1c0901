"""The load order: topological, the smallest by natural name, the same for any shuffle."""

import os
import subprocess
import sys
from collections.abc import Iterable
from itertools import combinations, pairwise
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from modpm.errors import Cycle
from modpm.index import MemoryIndex, Release
from modpm.loadout import Loadout, OrderRule
from modpm.manifest import Manifest, Provision
from modpm.order import Edge, Order, Source, edges, natural, order
from modpm.order.why import leading
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.resolve.solve import solve
from modpm.versions import parse_range, parse_version

HARD = (Source.DEPENDENCY, Source.OPTIONAL)
SOFT = (Source.PLAYER, Source.AUTHOR)
NAMES = "abcde"

names = st.sampled_from(NAMES)
any_edges = st.lists(
    st.builds(
        lambda first, then, source: Edge(
            first, then, source, None if source is Source.PLAYER else then
        ),
        names,
        names,
        st.sampled_from(Source),
    ),
    max_size=9,
)

any_tiers = st.dictionaries(names, st.sampled_from((-1, 1)))


def hard(*pairs: str) -> list[Edge]:
    """Return dependencies: "ab" says that a loads before b."""
    return [Edge(pair[0], pair[1], Source.DEPENDENCY, pair[1]) for pair in pairs]


def soft(*pairs: str) -> list[Edge]:
    """Return the authors' wishes."""
    return [Edge(pair[0], pair[1], Source.AUTHOR, pair[1]) for pair in pairs]


def player(*pairs: str) -> list[Edge]:
    """Return the player's wishes."""
    return [Edge(pair[0], pair[1], Source.PLAYER) for pair in pairs]


def acyclic(some: Iterable[Edge]) -> bool:
    """Say whether nothing loads before itself, by removing what nothing loads before."""
    left = set(some)
    while left:
        free = {edge for edge in left if all(other.then != edge.first for other in left)}
        if not free:
            return False
        left -= free
    return True


def test_natural_names() -> None:
    """Without edges, mods load by name, with the numbers in it counted as numbers."""
    assert order(["mod-10", "mod-9", "a/z", "mod-09"], []).ids == (
        "a/z",
        "mod-09",
        "mod-9",
        "mod-10",
    )


def test_digits_without_end() -> None:
    """A name of thousands of digits is only a name."""
    assert order(["9" * 9000, "8" * 9001], []).ids == ("9" * 9000, "8" * 9001)


@given(st.lists(st.text("ab019-/", min_size=1, max_size=8), max_size=6, unique=True))
def test_natural_order_is_total(some: list[str]) -> None:
    """Different names have different keys, so that ties are never left to chance."""
    assert len({natural(name) for name in some}) == len(some)


def test_edges_before_names() -> None:
    """What must load first does; everything else is as early as its name allows."""
    assert order("abcd", hard("da", "cb")).ids == ("c", "b", "d", "a")


def test_edges_of_absent_mods() -> None:
    """An edge to a mod that is not there counts for nothing."""
    assert order("ab", hard("xa", "bx")) == Order(ids=("a", "b"), edges=())


@given(any_edges)
def test_the_order_obeys_every_edge_that_holds(some: list[Edge]) -> None:
    """Each edge holds in the order or is reported as dropped, which no hard edge is."""
    if not acyclic(edge for edge in some if edge.source in HARD):
        with pytest.raises(Cycle):
            order(NAMES, some)
        return
    found = order(NAMES, some)
    assert sorted(found.ids) == sorted(NAMES)
    assert {*found.edges, *found.dropped} == set(some)
    assert not set(found.dropped) & set(found.edges)
    assert all(edge.source not in HARD for edge in found.dropped)
    assert all(found.ids.index(edge.first) < found.ids.index(edge.then) for edge in found.edges)


@given(any_edges, st.randoms(use_true_random=False))
def test_a_cycle_of_hard_edges_is_proved(some: list[Edge], random: Random) -> None:
    """Each knot has one cycle told, unbroken, of edges that were given, and none is shorter."""
    firm = [edge for edge in some if edge.source in HARD]
    ways = [{(edge.first, edge.then) for edge in firm}]
    for _ in NAMES[1:]:
        ways.append({(a, d) for a, b in ways[-1] for c, d in ways[0] if b == c})
    joined = set[tuple[str, str]]().union(*ways)
    knots = {frozenset(b for b in NAMES if {(a, b), (b, a)} <= joined) for a in NAMES} - {
        frozenset()
    }
    shortest = {
        knot: next(length for length, way in enumerate(ways, 1) if any((a, a) in way for a in knot))
        for knot in knots
    }
    if not knots:
        assert order(NAMES, some).ids
        return
    with pytest.raises(Cycle) as error:
        order(NAMES, random.sample(some, len(some)))
    told = error.value.cycles
    assert len(told) == len(knots)
    for cycle in told:
        assert set(cycle) <= set(firm)
        assert [edge.then for edge in cycle] == [edge.first for edge in (*cycle[1:], cycle[0])]
        (knot,) = (knot for knot in knots if cycle[0].first in knot)
        assert len(cycle) == shortest[knot]


@given(any_edges)
def test_as_few_as_possible_are_dropped(some: list[Edge]) -> None:
    """No smaller set of the player's edges would do, and then no smaller set of the authors'."""
    firm = {edge for edge in some if edge.source in HARD}
    if not acyclic(firm):
        return
    found = order(NAMES, some)
    for source in (Source.PLAYER, Source.AUTHOR):
        lost = [edge for edge in found.dropped if edge.source is source]
        own = {edge for edge in some if edge.source is source}
        for smaller in combinations(sorted(own), len(lost) - 1) if lost else ():
            assert not acyclic(firm | own.difference(smaller))
        firm |= own.difference(lost)


@given(any_edges, any_tiers, st.randoms(use_true_random=False))
def test_shuffling_changes_nothing(some: list[Edge], tiers: dict[str, int], random: Random) -> None:
    """Order, dropped edges and a cycle that is found do not depend on the order of the input."""

    def found(ids: str, given: list[Edge]) -> object:
        try:
            placed = order(ids, given, tiers)
        except Cycle as error:
            return str(error)
        return placed.ids, set(placed.edges), placed.dropped

    shuffled = random.sample(some * 2, len(some) * 2)
    assert found(NAMES, some) == found("ecadb", shuffled)


def test_the_shortest_cycle_is_told() -> None:
    """Of several cycles the shortest is reported, edge by edge with who asks for it."""
    with pytest.raises(Cycle) as error:
        order("abcde", hard("ab", "bc", "cd", "da", "ce", "ec"))
    assert error.value.cycles == (tuple(hard("ce", "ec")),)


def test_a_cycle_for_each_knot() -> None:
    """Mods that go in circles in two places are told of both at once, by name."""
    with pytest.raises(Cycle) as error:
        order("abcdefg", hard("ef", "fg", "ge", "ab", "bc", "ca", "cb", "cd"))
    assert error.value.cycles == (tuple(hard("bc", "cb")), tuple(hard("ef", "fg", "ge")))


def test_the_author_gives_way_to_the_player() -> None:
    """Between the player's rule and an author's, the author's goes."""
    found = order("ab", [*soft("ab"), *player("ba")])
    assert (found.ids, found.dropped) == (("b", "a"), tuple(soft("ab")))


def test_the_player_gives_way_to_dependencies() -> None:
    """The player cannot make a mod load before what it depends on."""
    found = order("ab", [*hard("ab"), *player("ba")])
    assert (found.ids, found.dropped) == (("a", "b"), tuple(player("ba")))


def test_one_edge_for_two_cycles() -> None:
    """An edge that two cycles share is dropped, not one edge of each."""
    assert order("abc", soft("ab", "ba", "bc", "ca")).dropped == tuple(soft("ab"))


@pytest.mark.parametrize("size", [60, 400])
def test_everybody_before_everybody(size: int) -> None:
    """Mods that all want to be first still get an order."""
    ids = [f"m{n}" for n in range(size)]
    some = [Edge(a, b, Source.AUTHOR, a) for a in ids for b in ids if a != b]
    found = order(ids, some)
    assert found.ids == tuple(ids)
    assert len(found.dropped) == len(some) // 2


def test_a_cycle_of_ten_thousand() -> None:
    """A cycle through all mods is found, without recursion, and told."""
    ids = [f"m{n}" for n in range(10_000)]
    ring = [Edge(ids[n - 1], ids[n], Source.DEPENDENCY, ids[n]) for n in range(10_000)]
    with pytest.raises(Cycle) as error:
        order(ids, ring)
    assert len(error.value.cycles[0]) == 10_000


def test_a_circle_of_wishes() -> None:
    """Of a thousand authors' wishes that go in a circle a single one is dropped."""
    ids = [f"m{n}" for n in range(1000)]
    ring = [Edge(ids[n - 1], ids[n], Source.AUTHOR, ids[n]) for n in range(1000)]
    assert len(order(ids, ring).dropped) == 1


@pytest.mark.parametrize("source", Source)
def test_more_cycles_than_can_be_listed(source: Source) -> None:
    """Five to the power of sixty circles are no more work than the edges that they are made of."""
    layers = [[f"{layer}-{n}" for n in range(5)] for layer in range(60)]
    ahead = list(zip(layers, layers[1:] + layers[:1], strict=True))
    some = [Edge(a, b, source, b) for one, other in ahead for a in one for b in other]
    ids = [id for layer in layers for id in layer]
    if source in HARD:
        with pytest.raises(Cycle) as error:
            order(ids, some)
        assert len(error.value.cycles[0]) == len(layers)
    else:
        assert len(order(ids, some).dropped) < len(some) / 10


@pytest.mark.parametrize("seed", range(4))
def test_a_tangle_of_everything(seed: int) -> None:
    """In a tangle too big for the fewest, what holds is obeyed, and most wishes do hold."""
    random = Random(seed)
    ids = [f"m{n}" for n in range(60)]
    firm = [tuple(sorted(random.sample(range(60), 2))) for _ in range(80)]
    wishes = [random.sample(range(60), 2) for _ in range(320)]
    some = [Edge(ids[a], ids[b], Source.DEPENDENCY) for a, b in firm]
    some += [Edge(ids[a], ids[b], random.choice(SOFT)) for a, b in wishes]
    found = order(ids, some)
    assert {*found.edges, *found.dropped} == set(some)
    assert {edge.source for edge in found.dropped} <= set(SOFT)
    assert all(found.ids.index(edge.first) < found.ids.index(edge.then) for edge in found.edges)
    assert len(found.dropped) < len(wishes) / 2
    assert order(ids[::-1], random.sample(some, len(some))).dropped == found.dropped


def test_tiers() -> None:
    """Early mods load first and late ones last; names count within a tier."""
    assert order("abcd", [], {"a": 1, "d": -1}).ids == ("d", "b", "c", "a")


def test_edges_before_tiers() -> None:
    """What an early mod must load after is early too; what a normal mod waits for is not late."""
    assert order("abz", hard("ze"), {"e": -1}).ids == ("a", "b", "z")
    assert order("abez", hard("ze"), {"e": -1}).ids == ("z", "e", "a", "b")
    assert order("abz", soft("ab"), {"a": 1}).ids == ("z", "a", "b")


@given(any_edges, any_tiers)
def test_a_tier_gives_way_to_edges_only(some: list[Edge], tiers: dict[str, int]) -> None:
    """Who loads before a mod of an earlier tier is waited for by a mod of an earlier tier."""
    firm = [edge for edge in some if edge.source not in HARD or edge.first < edge.then]
    found = order(NAMES, firm, tiers)
    assert all(found.ids.index(edge.first) < found.ids.index(edge.then) for edge in found.edges)
    for first, then in combinations(found.ids, 2):
        if tiers.get(then, 0) < tiers.get(first, 0):
            reached = {first}
            for _ in NAMES:
                reached |= {edge.then for edge in found.edges if edge.first in reached}
            assert min(tiers.get(id, 0) for id in reached) < tiers.get(first, 0)


def test_a_hash_seed_changes_nothing() -> None:
    """Python's hashes, which differ from run to run, have no say in the order."""
    script = """
from random import Random
from modpm.order import Edge, Source, order
random = Random(6)
ids = [f"m{n}" for n in range(60)]
pairs = [random.sample(ids, 2) for _ in range(90)]
edges = [Edge(a, b, Source.AUTHOR, a) for a, b in pairs]
found = order(ids, edges, {id: random.randrange(-1, 2) for id in ids})
print(found.ids, found.dropped)
"""
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(told) == 1


@given(any_edges)
def test_what_leads_to_what(some: list[Edge]) -> None:
    """The way from one mod to another is unbroken, and as short as any."""
    steps = {"a": 0}
    for length in range(1, len(NAMES)):
        for edge in some:
            if steps.get(edge.first, length) < length:
                steps.setdefault(edge.then, length)
    for name in NAMES[1:]:
        path = leading(some, "a", name)
        assert len(path) == steps.get(name, 0)
        met = ["a", *(edge.then for edge in path)]
        assert [(edge.first, edge.then) for edge in path] == list(pairwise(met))


def test_edges_of_manifests() -> None:
    """Each relation of a manifest and each rule of the player becomes an edge with its source."""

    def mod(id: str, **more: object) -> Release:
        manifest = Manifest(id=id, version=parse_version("1.0.0"), name=id, **more)  # type: ignore[arg-type]
        return Release(manifest, "default", 1, "0" * 64)

    def wants(id: str) -> Requirement:
        return Requirement(id, parse_range("*"))

    offered = [
        mod(
            "ui",
            dependencies=(Dependency((wants("audio"),)),),
            optional_dependencies=(wants("map"),),
        ),
        mod("sound", provides=(Provision("audio", parse_version("1.0.0")),), before=("map",)),
        mod("map", after=("audio", "absent")),
    ]
    found = solve(Problem((wants("ui"), wants("map"))), MemoryIndex(offered))
    loadout = Loadout(name="x", order=(OrderRule("map", "sound"),))
    assert set(edges(found, loadout)) == {
        Edge("sound", "ui", Source.DEPENDENCY, "ui"),
        Edge("map", "ui", Source.OPTIONAL, "ui"),
        Edge("sound", "map", Source.AUTHOR, "sound"),
        Edge("sound", "map", Source.AUTHOR, "map"),
        Edge("map", "sound", Source.PLAYER),
    }


def test_a_dependency_without_an_order() -> None:
    """What need not load first is no edge, unless another dependency on it says otherwise."""

    def needs(*ids: str, ordered: bool) -> tuple[Dependency, ...]:
        return tuple(Dependency((Requirement(id, parse_range("*")),), ordered) for id in ids)

    one = parse_version("1.0.0")
    loose, firm = needs("b", "audio", ordered=False), needs("sound", ordered=True)
    a = Manifest("a", one, "a", dependencies=(*loose, *firm))
    b = Manifest("b", one, "b", dependencies=needs("a", ordered=True))
    sound = Manifest("sound", one, "sound", provides=(Provision("audio", one),))
    index = MemoryIndex(Release(manifest, "default", 1, "0" * 64) for manifest in (a, b, sound))
    found = solve(Problem((Requirement("a", parse_range("*")),)), index)
    assert set(edges(found, Loadout(name="x"))) == {
        Edge("a", "b", Source.DEPENDENCY, "b"),
        Edge("sound", "a", Source.DEPENDENCY, "a"),
    }

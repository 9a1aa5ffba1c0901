"""Resolution, beside libsolv, nab-resolver and resolvelib, in universes made from a seed.

Run: python -m benchmarks resolve. CPU time, from releases in memory to an answer, or to a proof
that there is none; of the others it is the verdict. The floor is libsolv. What each reads
beforehand is shown as loading: libsolv takes up every release and what answers what, ours keeps
them by id, the packages of the other two as well. In a universe as large as a real ecosystem, with
five sets of wishes a size: at most 3 times libsolv at 10 and 50 mods, 5 times at 150, 8 times at
400, and from 150 on a third of nab-resolver; a proof at most 2 times libsolv. Sets without an
answer ask for single releases and are those that libsolv refuses. Hard problems: 1 s, or 10 times
libsolv. Among 100,000 mods in an index file: 1 s from the open index to the answer.
"""

import gc
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from types import FrameType

from benchmarks import universes
from benchmarks.ecosystem import REAL, Ecosystem, shape
from benchmarks.index import entry, first_answer
from benchmarks.libsolv import Libsolv
from benchmarks.measure import Samples, calls, show
from benchmarks.packages import Nab, Packages, Resolvelib
from modpm.errors import UnknownMod, Unsatisfiable
from modpm.index import Index, MemoryIndex, Release
from modpm.registry.index_file import write_index
from modpm.resolve.problem import Problem
from modpm.resolve.solve import solve

SETS = 5

PATIENCE = 10
"""Seconds after which a peer is left out; among the mods of a real ecosystem, from there on."""

Solvers = dict[str, Callable[[Problem], bool]]


def main() -> None:
    """Measure and print."""
    _ecosystem()
    for name, (releases, problem) in _hard().items():
        _compare(name, _solvers(releases, problem), [problem], "x10 or 1 s")
    with TemporaryDirectory() as temporary:
        large, file = Ecosystem(100_000, 300_000), Path(temporary, "large.index")
        write_index(file, map(entry, large.each()))
        print("50 of 100,000 mods, 300,000 releases, in an index file")
        first_answer(file, large, megabytes=600)


def _ecosystem() -> None:
    ecosystem = Ecosystem()
    for name, found in shape(ecosystem.releases).items():
        print(f"  {name:<20} {found:9,.5g}  (real: {REAL[name]:,.5g})")
    releases, some = ecosystem.releases, ecosystem.wishes(1)
    gc.collect()
    gc.freeze()  # a registry does not hold all manifests in memory
    print("loading")
    loading: Mapping[str, Callable[[], object]] = {
        "modpm": lambda: MemoryIndex(releases),
        "libsolv": lambda: Libsolv(releases, some),
        "nab-resolver, resolvelib": lambda: Packages(releases),
    }
    show(calls(loading, runs=3, number=1, clock=process_time), "ms", floor="libsolv")
    solvers = _solvers(releases, some)
    proving = dict(solvers)
    for size, most in ((10, 3), (50, 3), (150, 5), (400, 8)):
        wishes = [ecosystem.wishes(size, seed) for seed in range(SETS)]
        _compare(f"{size} of 3,576 mods", solvers, wishes, f"x{most}")
    for size in (50, 150, 400):
        tried = (ecosystem.wishes(size, seed, strict=2 + size // 25) for seed in count())
        refused = islice((one for one in tried if not solvers["libsolv"](one)), SETS)
        _compare(f"{size} of 3,576 mods, no answer", proving, list(refused), "x2")


def _hard() -> dict[str, universes.Case]:
    return {
        "a clash below 18 layers": universes.deep(18),
        "a clash below 50 layers": universes.deep(50),
        "a clash below 200 layers": universes.deep(200),
        "a chain of 1,000 mods": universes.chain(),
        "a fan of 1,000 mods": universes.fan(),
        "two mods in lockstep, 50 versions": universes.lockstep(),
        "8 pigeons in 7 holes": universes.pigeons(),
        "a hard formula of 50 variables": universes.formula(50, 213, seed=2),
        "four releases in a circle": universes.circle(),
    }


def _solvers(releases: list[Release], problem: Problem) -> Solvers:
    index, packages = MemoryIndex(releases), Packages(releases)
    return {
        "modpm": lambda problem: _ours(problem, index),
        "libsolv": Libsolv(releases, problem).solve,
        "nab-resolver": Nab(packages).solve,
        "resolvelib": Resolvelib(packages).solve,
    }


def _compare(name: str, solvers: Solvers, problems: Sequence[Problem], most: str) -> None:
    """Print what the problems take each solver; forget those that take too long, or are wrong."""
    print(name)
    for problem in problems:
        _judge(solvers, problem)
    found: dict[str, Samples] = {solver: [] for solver in solvers}
    worst = 0.0
    for problem in problems:
        work = {solver: partial(decide, problem) for solver, decide in solvers.items()}
        once = calls(work, runs=3 if len(problems) > 1 else 7, number=1, clock=process_time)
        worst = max(worst, median(once["modpm"]) / median(once["libsolv"]))
        for solver, samples in once.items():
            found[solver] += samples
    show(found, "ms", floor="libsolv", asked={"modpm": most})
    if len(problems) > 1:
        print(f"  of {len(problems)} sets of wishes the worst for modpm: x{worst:.2f}")


def _judge(solvers: Solvers, problem: Problem) -> None:
    answered = solvers["libsolv"](problem)
    for solver, decide in tuple(solvers.items()):
        try:
            with _at_most(PATIENCE):
                agreed = decide(problem) == answered
        except TimeoutError:
            print(f"  {solver} has no answer after {PATIENCE} s")
            del solvers[solver]
        else:
            if not agreed:
                print(f"  {solver} is wrong: there is {'an' if answered else 'no'} answer")
                del solvers[solver]


def _ours(problem: Problem, index: Index) -> bool:
    try:
        return bool(solve(problem, index).releases)
    except (UnknownMod, Unsatisfiable):
        return False


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)

"""Resolution, beside libsolv and nab-resolver, in universes made from a seed.

Run: python -m benchmarks resolve. In a universe of 3,500 mods and 30,000 releases: at most 3 times
libsolv at 10 and 50 mods, 5 times at 150, 8 times at 400, and 3 times faster than nab-resolver from
150 on; a proof at most 2 times libsolv's verdict. Hard problems: 1 s, or 10 times libsolv. libsolv
has all releases loaded and indexed beforehand; what an index of ours keeps ready is a list of them.
"""

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from benchmarks import universes
from benchmarks.measure import calls, show
from benchmarks.peers import Libsolv, Nab
from modpm.errors import Unsatisfiable
from modpm.index import Index, MemoryIndex, Release
from modpm.resolve.problem import Problem
from modpm.resolve.solve import solve

PATIENCE = 30
"""Seconds after which a peer is not asked again."""


def main() -> None:
    """Measure and print."""
    ecosystem = universes.Ecosystem()
    for count, most in ((10, 3), (50, 3), (150, 5), (400, 8)):
        _compare(f"{count} of 3,500 mods", ecosystem.releases, ecosystem.wishes(count), most)
    for count in (50, 150):
        _compare(f"{count} mods, no answer", *ecosystem.impossible(count), most=2)
    for name, case in _hard().items():
        _compare(name, *case, most=10)


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


def _compare(name: str, releases: list[Release], problem: Problem, most: int) -> None:
    index = MemoryIndex(releases)
    gc.collect()
    gc.freeze()  # a registry does not hold all manifests in memory
    libsolv, nab = Libsolv(releases, problem), Nab(releases, problem)
    answered = _ours(problem, index)
    work: dict[str, Callable[[], object]] = {
        "modpm": lambda: _ours(problem, index),
        "libsolv": lambda: libsolv.solve(problem),
        "nab-resolver": lambda: nab.solve(problem),
    }
    print(f"{name}: {'an answer' if answered else 'none, with the reasons'}")
    for peer in ("libsolv", "nab-resolver"):
        try:
            with _at_most(PATIENCE):
                agreed = work[peer]()
        except TimeoutError:
            print(f"  {peer} has no answer after {PATIENCE} s")
            del work[peer]
        else:
            assert agreed == answered, f"{peer} says otherwise"
    found = calls(work, runs=7, number=1)
    show(found, "ms", floor="libsolv", asked={"modpm": f"x{most}"})


def _ours(problem: Problem, index: Index) -> bool:
    with suppress(Unsatisfiable):
        return bool(solve(problem, index).releases)
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

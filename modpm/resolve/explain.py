"""Why there is no answer: the derivation of the last clause, step by step, as values."""

from collections.abc import Iterable, Iterator, Mapping

from modpm.index import Index
from modpm.resolve.causes import causes, written
from modpm.resolve.clause import Clause, resolved
from modpm.resolve.core import Core
from modpm.resolve.problem import Cause, Part, Problem, Step
from modpm.resolve.universe import ABSENT, Saying, Universe


def explain(core: Core, problem: Problem, index: Index) -> tuple[Step, ...]:
    """Return the steps to "there is no answer", which is the last; each follows from its causes."""
    return tuple(_Derivation(core.universe, causes(core.universe, problem, index)).steps(core))


class _Derivation:
    def __init__(self, universe: Universe, said: Mapping[Saying, Cause]) -> None:
        self._universe = universe
        self._said = said
        self._whole = [mod.domain for mod in universe.mods]
        self._written = written(universe)
        self._steps: list[Step] = []
        self._known: dict[int, int] = {}  # the step of a clause, by its identity

    def steps(self, core: Core) -> list[Step]:
        last = core.refutation
        if last.saying is not None:
            return [Step((), (), (self._said[last.saying],))]
        for clause in _in_order(last):
            self._derive(clause)
        return self._steps

    def _derive(self, clause: Clause) -> None:
        """Add the steps from the first cause of a clause to the clause itself."""
        (_, first), *others = clause.causes
        terms, cause = dict(first.terms), self._cause(first)
        for number, other in others:
            terms = resolved(terms, dict(other.terms), number, self._whole[number])
            self._steps.append(self._step(terms, (cause, self._cause(other))))
            cause = len(self._steps) - 1
        self._known[id(clause)] = len(self._steps) - 1

    def _cause(self, clause: Clause) -> Cause | int:
        return self._known[id(clause)] if clause.saying is None else self._said[clause.saying]

    def _step(self, terms: Mapping[int, int], causes: tuple[Cause | int, ...]) -> Step:
        given = (self._part(n, terms[n]) for n in sorted(terms) if not terms[n] & ABSENT)
        needs = (
            self._part(n, self._whole[n] & ~terms[n]) for n in sorted(terms) if terms[n] & ABSENT
        )
        return Step(tuple(given), tuple(needs), causes)

    def _part(self, number: int, versions: int) -> Part:
        mod = self._universe.mods[number]
        all, lowest = mod.known, versions & -versions
        return Part(
            id=mod.id,
            versions=tuple(release.manifest.version for release in mod.each(versions)),
            every=versions == all,
            range=self._written.get((number, versions)),
            newest=versions.bit_length() == all.bit_length(),
            oldest=lowest == all & -all,
            between=not all & (1 << versions.bit_length()) - lowest & ~versions,
        )


def _in_order(last: Clause) -> Iterable[Clause]:
    """Return the clauses that were learnt on the way to the last, each after its causes."""
    found: dict[int, Clause] = {}
    stack: list[tuple[Clause, Iterator[tuple[int, Clause]]]] = [(last, iter(last.causes))]
    while stack:
        clause, rest = stack[-1]
        fresh = next((c for _, c in rest if c.saying is None and id(c) not in found), None)
        if fresh is None:
            found[id(clause)] = clause
            stack.pop()
        else:
            stack.append((fresh, iter(fresh.causes)))
    return found.values()

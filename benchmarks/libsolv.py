"""libsolv, with the same mods and wishes."""

from collections.abc import Iterable
from typing import Any

import solv  # type: ignore[import-untyped]

from modpm.index import Release
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.versions import Version


class Libsolv:
    """libsolv, with every release loaded and indexed beforehand."""

    def __init__(self, releases: Iterable[Release], problem: Problem) -> None:
        self._pool = solv.Pool()
        self._pool.setdisttype(solv.Pool.DISTTYPE_DEB)
        self._repo = self._pool.add_repo("mods")
        if problem.game:
            self._add(problem.game, str(problem.game_version))
        for release in releases:
            manifest = release.manifest
            one = self._add(manifest.id, str(manifest.version))
            for dependency in manifest.dependencies:
                one.add_requires(self._either(dependency))
            for banned in manifest.conflicts:
                one.add_conflicts(self._dep(banned))
            for provision in manifest.provides:
                name = self._pool.Dep(provision.id)
                one.add_provides(name.Rel(solv.REL_EQ, self._pool.Dep(str(provision.version))))
            if manifest.game:
                one.add_requires(self._dep(manifest.game))
        self._pool.createwhatprovides()

    def solve(self, problem: Problem) -> bool:
        """Return whether there is an answer, with that, or its reasons, at hand."""
        how = solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_PROVIDES
        jobs = [self._pool.Job(how, self._dep(wish).id) for wish in problem.wishes]
        solver = self._pool.Solver()
        solver.set_flag(solv.Solver.SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
        problems = solver.solve(jobs)
        if not problems:
            return bool(solver.transaction().newsolvables())
        return not any(str(rule.info()) for one in problems for rule in one.findallproblemrules())

    def _add(self, name: str, version: str) -> Any:
        one = self._repo.add_solvable()
        one.name, one.evr, one.arch = name, version, "all"
        equal = self._pool.Dep(name).Rel(solv.REL_EQ, self._pool.Dep(version))
        one.add_provides(equal)
        return one

    def _either(self, dependency: Dependency) -> Any:
        first, *rest = map(self._dep, dependency.alternatives)
        for other in rest:
            first = first.Rel(solv.REL_OR, other)
        return first

    def _dep(self, wanted: Requirement) -> Any:
        name = self._pool.Dep(wanted.id)
        found = None
        (alternative,) = wanted.range.alternatives
        for (low, high), *_ in alternative.pieces:
            for sign, bound in ((solv.REL_GT, low), (solv.REL_LT, high)):
                if bound is not None:
                    within = bound.post is not None and sign == solv.REL_LT
                    reached = bound.post is None and sign == solv.REL_GT
                    sign |= solv.REL_EQ if within or reached else 0
                    limit = name.Rel(sign, self._pool.Dep(_spelled(bound)))
                    found = limit if found is None else found.Rel(solv.REL_WITH, limit)
        return found or name


def _spelled(bound: Version) -> str:
    """Return a bound: what lies below all pre-releases of a version, else the version."""
    below = bound.is_devrelease and bound.post is None
    return f"{bound.major}.{bound.minor}.{bound.micro}" + "~~" * below

"""The same universe and wishes, as other resolvers want them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import solv  # type: ignore[import-untyped]
from nab_resolver.errors import ResolutionError
from nab_resolver.ranges import Range as Versions
from nab_resolver.resolver import BaseProvider, Resolver

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


_ABSENT = 0


class Nab(BaseProvider[str, int]):
    """nab-resolver, with all releases at hand: versions are numbers from 1 on, 0 is absence.

    A need that several mods may meet is a package with a version for each way to meet it.
    """

    def __init__(self, releases: Iterable[Release], problem: Problem) -> None:
        self._releases = defaultdict[str, list[Release]](list)
        self._providers = defaultdict[str, set[str]](set)
        self._played = problem.game_version
        for release in releases:
            self._releases[release.manifest.id].append(release)
            for provision in release.manifest.provides:
                self._providers[provision.id].add(release.manifest.id)
        for own in self._releases.values():
            own.sort(key=lambda release: release.manifest.version)
        self._versions = {
            id: [release.manifest.version for release in own] for id, own in self._releases.items()
        }

    def solve(self, problem: Problem) -> bool:
        """Return whether there is an answer, with that, or its derivation, at hand."""
        self._ways: dict[str, Sequence[tuple[str, Versions[int]]]] = {}
        self._known: dict[tuple[str, str], Versions[int]] = {}
        self._said: dict[tuple[str, int], dict[str, Versions[int]]] = {}
        needs: dict[str, Versions[int]] = {}
        for wish in problem.wishes:
            self._need(needs, Dependency((wish,)))
        try:
            return bool(Resolver(self, max_iterations=10_000_000).resolve(needs))
        except ResolutionError as error:
            return not str(error)

    def choose_version(self, package: str, version_range: Any) -> int | None:
        """Return 0 if nothing needs the package, else its newest version, or first way."""
        if _ABSENT in version_range:
            return _ABSENT
        if package in self._ways:
            return next(
                (n for n in range(1, len(self._ways[package]) + 1) if n in version_range), None
            )
        return next(
            (n for n in range(len(self._releases[package]), 0, -1) if n in version_range), None
        )

    def has_satisfying_version(self, package: str, version_range: Any) -> bool:
        """Return whether any version will do."""
        return self.choose_version(package, version_range) is not None

    def get_dependencies(self, package: str, version: int) -> dict[str, Versions[int]]:
        """Return what a version needs, and what it cannot be with."""
        if version == _ABSENT:
            return {}
        if package in self._ways:
            return dict([self._ways[package][version - 1]])
        if (package, version) not in self._said:
            self._said[package, version] = self._say(package, version)
        return self._said[package, version]

    def prioritize(self, package: str, version_range: Any, *_: object) -> tuple[bool, str]:
        """Choose what is needed first."""
        return _ABSENT in version_range, package

    def widen_decision(self, package: str, version: int, *_: object) -> Any:
        """Speak of this version alone."""
        return Versions.singleton(version)

    def _say(self, package: str, version: int) -> dict[str, Versions[int]]:
        manifest = self._releases[package][version - 1].manifest
        played = self._played
        if manifest.game and played and played not in manifest.game.range:
            return {package: Versions.empty()}
        said: dict[str, Versions[int]] = {}
        for dependency in manifest.dependencies:
            self._need(said, dependency)
        for banned in manifest.conflicts:
            if banned.id in self._releases:
                allowed = ~self._within(banned)
                said[banned.id] = said.get(banned.id, allowed) & allowed
        return said

    def _need(self, needs: dict[str, Versions[int]], dependency: Dependency) -> None:
        ways = [way for wanted in dependency.alternatives for way in self._answering(wanted)]
        name, allowed = f"{dependency}", Versions.at_least(1)
        if len(ways) == 1:
            name, allowed = ways[0]
        else:
            self._ways[name] = ways
        needs[name] = needs.get(name, allowed) & allowed

    def _answering(self, wanted: Requirement) -> Iterable[tuple[str, Versions[int]]]:
        if wanted.id in self._releases:
            yield wanted.id, self._within(wanted)
        for id in sorted(self._providers.get(wanted.id, ())):
            providing = [
                n
                for n, release in enumerate(self._releases[id], 1)
                for p in release.manifest.provides
                if p.id == wanted.id and p.version in wanted.range
            ]
            yield id, Versions.from_versions(providing)

    def _within(self, wanted: Requirement) -> Versions[int]:
        key = (wanted.id, wanted.range.text)
        if key not in self._known:
            bits = wanted.range.among(self._versions[wanted.id])
            inside = [n + 1 for n in range(bits.bit_length()) if bits >> n & 1]
            self._known[key] = Versions.from_versions(inside)
        return self._known[key]

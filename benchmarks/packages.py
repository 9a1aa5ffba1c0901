"""nab-resolver and resolvelib, with the same mods and wishes.

Both know packages with versions that need versions of others, and nothing else. Versions are
numbers from 1 on, oldest first, and 0 is absence: what may be there, but only so, is a package too.
A need that several mods may meet is a package with a version for each way to meet it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nab_resolver.errors import ResolutionError
from nab_resolver.ranges import POSITIVE_INFINITY, Range
from nab_resolver.resolver import BaseProvider
from nab_resolver.resolver import Resolver as Learning
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible
from resolvelib import Resolver as Backtracking

from modpm.index import Release
from modpm.manifest import Manifest
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem

ABSENT = 1
EVER = 10_000_000

Needs = dict[str, int]
"""The versions of each package that will do, a bit for each."""


class Packages:
    """Mods as packages. What a release needs is worked out when it is asked, once a problem."""

    def __init__(self, releases: Iterable[Release]) -> None:
        self.releases = defaultdict[str, list[Release]](list)
        self._providers = defaultdict[str, set[str]](set)
        for release in releases:
            self.releases[release.manifest.id].append(release)
            for provision in release.manifest.provides:
                self._providers[provision.id].add(release.manifest.id)
        for own in self.releases.values():
            own.sort(key=lambda release: release.manifest.version)
        self._versions = {
            id: [release.manifest.version for release in own] for id, own in self.releases.items()
        }

    def begin(self, problem: Problem) -> Needs:
        """Forget what was worked out before, and return what the wishes need."""
        self._played = problem.game_version
        self._ways: dict[str, Sequence[tuple[str, int]]] = {}
        self._known: dict[tuple[str, str], int] = {}
        self._said: dict[tuple[str, int], Needs] = {}
        found: Needs = {}
        for wish in problem.wishes:
            self._need(found, Dependency((wish,)))
        return found

    def preferred(self, package: str) -> Iterator[int]:
        """Yield absence, then the newest version, or the first way, and so on."""
        yield 0
        if package in self._ways:
            yield from range(1, len(self._ways[package]) + 1)
        else:
            yield from range(len(self.releases[package]), 0, -1)

    def needs(self, package: str, version: int) -> Needs:
        """Return what a version needs, and what it cannot be with."""
        if not version:
            return {}
        if package in self._ways:
            return dict([self._ways[package][version - 1]])
        if (package, version) not in self._said:
            self._said[package, version] = self._say(package, version)
        return self._said[package, version]

    def alike(self, package: str, version: int) -> tuple[int, int]:
        """Return the first and last of the versions around one that say the same."""
        if package in self._ways:
            return version, version
        own = [release.manifest for release in self.releases[package]]
        first = last = version
        said = own[version - 1]
        wanted = said.game, said.dependencies, said.conflicts
        while first > 1 and wanted == _relations(own[first - 2]):
            first -= 1
        while last < len(own) and wanted == _relations(own[last]):
            last += 1
        return first, last

    def _say(self, package: str, version: int) -> Needs:
        manifest = self.releases[package][version - 1].manifest
        played = self._played
        if manifest.game and played and played not in manifest.game.range:
            return {package: 0}
        said: Needs = {}
        for dependency in manifest.dependencies:
            self._need(said, dependency)
        for banned in manifest.conflicts:
            if banned.id in self.releases:
                said[banned.id] = said.get(banned.id, -1) & ~self._within(banned)
        return said

    def _need(self, needs: Needs, dependency: Dependency) -> None:
        ways = [way for wanted in dependency.alternatives for way in self._answering(wanted)]
        name, allowed = f"{dependency}", ~ABSENT
        if len(ways) == 1:
            name, allowed = ways[0]
        else:
            self._ways[name] = ways
        needs[name] = needs.get(name, -1) & allowed

    def _answering(self, wanted: Requirement) -> Iterator[tuple[str, int]]:
        if wanted.id in self.releases:
            yield wanted.id, self._within(wanted)
        for id in sorted(self._providers.get(wanted.id, ())):
            provided = 0
            for n, release in enumerate(self.releases[id], 1):
                for p in release.manifest.provides:
                    if p.id == wanted.id and p.version in wanted.range:
                        provided |= 1 << n
            yield id, provided

    def _within(self, wanted: Requirement) -> int:
        key = (wanted.id, wanted.range.text)
        if key not in self._known:
            self._known[key] = wanted.range.among(self._versions[wanted.id]) << 1
        return self._known[key]


class Nab(BaseProvider[str, int]):
    """nab-resolver, told which neighbours of a version say the same."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    def solve(self, problem: Problem) -> bool:
        """Return whether there is an answer, with that, or its derivation, at hand."""
        self._ranges: dict[int, Range[int]] = {}
        needs = self._spoken(self._packages.begin(problem))
        try:
            return bool(Learning(self, max_iterations=EVER).resolve(needs))
        except ResolutionError as error:
            return not str(error)

    def choose_version(self, package: str, version_range: Any) -> int | None:
        """Return 0 if nothing needs the package, else its newest version, or first way."""
        return next((n for n in self._packages.preferred(package) if n in version_range), None)

    def has_satisfying_version(self, package: str, version_range: Any) -> bool:
        """Return whether any version will do."""
        return self.choose_version(package, version_range) is not None

    def get_dependencies(self, package: str, version: int) -> dict[str, Range[int]]:
        """Return what a version needs, and what it cannot be with."""
        return self._spoken(self._packages.needs(package, version))

    def prioritize(self, package: str, version_range: Any, *_: object) -> tuple[bool, str]:
        """Choose what is needed first."""
        return 0 in version_range, package

    def widen_decision(self, package: str, version: int, *_: object) -> Any:
        """Speak of all neighbours that say the same."""
        first, last = self._packages.alike(package, version)
        return Range(((first, True, last, True),)) if first < last else None

    def _spoken(self, needs: Needs) -> dict[str, Range[int]]:
        return {package: self._range(allowed) for package, allowed in needs.items()}

    def _range(self, allowed: int) -> Range[int]:
        if allowed not in self._ranges:
            self._ranges[allowed] = _intervals(allowed)
        return self._ranges[allowed]


class Resolvelib(AbstractProvider[tuple[str, int], tuple[str, int], str]):
    """resolvelib as it is: no pruning, its own ratio of backjumping, rounds without end."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    def solve(self, problem: Problem) -> bool:
        """Return whether it finds an answer."""
        needs = self._packages.begin(problem)
        resolver = Backtracking[tuple[str, int], tuple[str, int], str](self, BaseReporter())
        try:
            return bool(resolver.resolve(list(needs.items()), max_rounds=EVER).mapping)
        except ResolutionImpossible:
            return False

    def identify(self, requirement_or_candidate: tuple[str, int]) -> str:
        """Return the package."""
        return requirement_or_candidate[0]

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Any],
        candidates: Mapping[str, Any],
        information: Mapping[str, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> tuple[bool, str]:
        """Choose what is needed first."""
        needed = any(not one.requirement[1] & ABSENT for one in information[identifier])
        return not needed, identifier

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[tuple[str, int]]],
        incompatibilities: Mapping[str, Iterator[tuple[str, int]]],
    ) -> Sequence[tuple[str, int]]:
        """Return absence, if it will do, then the newest version, and so on."""
        allowed = -1
        for _, some in requirements[identifier]:
            allowed &= some
        for _, version in incompatibilities[identifier]:
            allowed &= ~(1 << version)
        return [(identifier, n) for n in self._packages.preferred(identifier) if allowed >> n & 1]

    def is_satisfied_by(self, requirement: tuple[str, int], candidate: tuple[str, int]) -> bool:
        """Return whether a version is among those required."""
        return bool(requirement[1] >> candidate[1] & 1)

    def get_dependencies(self, candidate: tuple[str, int]) -> Iterable[tuple[str, int]]:
        """Return what a version needs, and what it cannot be with."""
        return self._packages.needs(*candidate).items()


def _relations(manifest: Manifest) -> tuple[object, ...]:
    return manifest.game, manifest.dependencies, manifest.conflicts


def _intervals(allowed: int) -> Range[int]:
    found: list[tuple[Any, bool, Any, bool]] = []
    first = 0
    for n in range(allowed.bit_length() + 1):
        if not allowed >> n & 1:
            if first < n:
                found.append((first, True, n - 1, True))
            first = n + 1
    if allowed < 0:
        found.append((first, True, POSITIVE_INFINITY, False))
    return Range(tuple(found))

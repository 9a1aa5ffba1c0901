"""What is known of one mod while a problem's universe is gathered."""

from collections.abc import Callable, Sequence

from modpm.index import Release
from modpm.requirement import Requirement
from modpm.resolve.problem import Problem
from modpm.resolve.terms import answers
from modpm.resolve.universe import Saying, Term


class Said:
    """A saying of a mod, the releases that say so, and for a need what answers it."""

    __slots__ = ("options", "saying", "versions")

    def __init__(self, saying: Saying, options: Sequence[Term]) -> None:
        self.saying = saying
        self.options = options
        self.versions = 0


class Found:
    """A mod of the index, and what those of its releases that were read say.

    `releases` come oldest first; sets of them are numbers, as in a universe. `every` release there
    is; those `reached`, which something asks for; those `read`; and those that are `silent`,
    because they are kept out, whatever they say.
    """

    def __init__(self, id: str, number: int, releases: Sequence[Release]) -> None:
        self.id = id
        self.number = number
        self.releases = tuple(reversed(releases))
        self.every = (2 << len(releases)) - 2
        self.reached = 0
        self.silent = 0
        self.read = 0
        self.said: dict[tuple[object, ...], Said] = {}
        self._versions = [release.manifest.version for release in self.releases]
        self._odd = self.where(lambda r: r.yanked or r.manifest.version.is_prerelease)

    @property
    def unread(self) -> int:
        """The releases that something asks for and that are worth reading."""
        return self.reached & ~self.read & ~self.silent

    def within(self, wanted: Requirement) -> int:
        """Return the releases in a range by their order alone."""
        return wanted.range.among(self._versions) << 1

    def where(self, holds: Callable[[Release], bool], among: int = -1) -> int:
        """Return the releases of a set of which something holds."""
        found = 0
        for n, release in enumerate(self.releases, 1):
            if among >> n & 1 and holds(release):
                found |= 1 << n
        return found

    def answering(self, wanted: Requirement, problem: Problem) -> int:
        """Return the releases that answer a requirement of this very mod."""
        inside = self.within(wanted)
        if self._odd:
            odd = self.where(lambda release: answers(release, wanted, problem), self._odd)
            inside = inside & ~self._odd | odd
        return inside

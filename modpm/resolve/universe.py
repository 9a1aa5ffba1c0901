"""The part of the index that a problem can reach: mods, and rules between sets of their versions.

A set of a mod's versions is a number whose bits stand for releases, oldest first from bit 1 on; bit
0, ABSENT, stands for the mod not being there. Many releases say the same: they share one rule.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from modpm.index import Release
from modpm.requirement import Requirement
from modpm.resolve.problem import CauseKind

ROOT = -1
"""Stands for the loadout where a rule names the mod that asks."""

ABSENT = 1


class Saying(Struct, frozen=True):
    """What a mod, or the loadout (None), says in some of its releases; `wants` are alternatives."""

    by: str | None
    kind: CauseKind
    wants: tuple[Requirement, ...] = ()
    overridden: bool = False


Term = tuple[int, int]
"""A mod's number, and a set of its versions."""


class Need(Struct, frozen=True):
    """If `parent` is in one of the versions `said`, one of the options must hold; in order."""

    parent: int
    said: int
    options: Sequence[Term]
    saying: Saying


class Ban(Struct, frozen=True):
    """`parent` in one of the versions `said` and the foe in one of its cannot be together."""

    parent: int
    said: int
    foe: Term
    saying: Saying


class Mod(Struct, frozen=True):
    """A mod's releases, oldest first, and those `reached`, which something may ask for.

    `locked` is the version to keep (0: none). `rank` tells where it comes among several that would
    do, the lowest first.
    """

    id: str
    releases: tuple[Release, ...]
    reached: int
    locked: int
    rank: int

    @property
    def domain(self) -> int:
        """Everything that can become of it."""
        return self.reached | ABSENT

    @property
    def known(self) -> int:
        """Every release that one would think of: one that nothing asks for has to be no oddity."""
        plain = ((2 << len(self.releases)) - 2) & ~self.reached
        odd = (r for r in self.each(plain) if r.yanked or r.manifest.version.is_prerelease)
        return self.reached | plain & ~sum(2 << self.releases.index(release) for release in odd)

    def within(self, wanted: Requirement) -> int:
        """Return the releases of this very mod in a range, by their order alone."""
        versions = [release.manifest.version for release in self.releases]
        return wanted.range.among(versions) << 1 if wanted.id == self.id else 0

    def preferred(self, versions: int) -> int:
        """Return the one version of a set to choose: the locked one, else the newest."""
        return self.locked & versions or 1 << versions.bit_length() - 1

    def release(self, version: int) -> Release:
        """Return the release that a set of one version stands for."""
        return self.releases[version.bit_length() - 2]

    def each(self, versions: int) -> Iterator[Release]:
        """Yield the releases of a set, newest first."""
        return (r for n, r in reversed([*enumerate(self.releases, 1)]) if versions >> n & 1)


class Universe(Struct, frozen=True):
    """Mods by number, and what holds between them."""

    mods: tuple[Mod, ...]
    needs: tuple[Need, ...]
    bans: tuple[Ban, ...]

    def present(self, need: Need, choice: "Choice") -> Sequence[int]:
        """Return which of the options of a need are chosen, the preferred first."""
        found = [n for n, versions in need.options if choice.get(n, 0) & versions]
        return sorted(found, key=lambda n: not choice[n] & self.mods[n].locked)


Choice = Mapping[int, int]
"""By the number of each mod that is there, its version, as a set of one."""

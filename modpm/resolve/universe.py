"""The part of the index that a problem can reach, as numbered releases and rules between them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from modpm.index import Index, Release
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import CauseKind, Problem
from modpm.resolve.terms import Relations, answers, collides, relations, strays, suits_game
from modpm.versions import Version

ROOT = -1
"""Stands for the loadout where a rule names the release that asks."""


class Saying(Struct, frozen=True):
    """What a mod, or the loadout (None), says in some of its releases; `wants` are alternatives."""

    by: str | None
    kind: CauseKind
    wants: tuple[Requirement, ...] = ()
    overridden: bool = False


class Need(Struct, frozen=True):
    """If `parent` is chosen, one of `options` must be, the preferred first."""

    parent: int
    options: tuple[int, ...]
    saying: Saying


class Ban(Struct, frozen=True):
    """`parent` cannot be chosen together with any of `foes`."""

    parent: int
    foes: tuple[int, ...]
    saying: Saying


class Universe(Struct, frozen=True):
    """Releases by number, and what holds between them. At most one release of a mod can be chosen.

    `siblings` are the numbers of a mod's releases.
    """

    releases: tuple[Release, ...]
    siblings: Mapping[str, tuple[int, ...]]
    needs: tuple[Need, ...]
    bans: tuple[Ban, ...] = ()

    def id(self, number: int) -> str:
        """Return the mod id of a release."""
        return self.releases[number].manifest.id


class Collection:
    """Gathers what a problem can reach. Releases get numbers when something first asks for them."""

    def __init__(self, problem: Problem, index: Index) -> None:
        self._problem = problem
        self._index = index
        self._overrides = {override.id: override for override in problem.overrides}
        self._wished = {wish.id for wish in problem.wishes}
        self._named: dict[str, Sequence[Release]] = {}
        self._numbers: dict[int, int] = {}  # by the identity of a release in _named
        self._releases: list[Release] = []
        self._ranks: list[int] = []
        self._options: dict[tuple[str, str], tuple[int, ...]] = {}
        self._relations: dict[int, Relations] = {}
        self._expanded = 0
        self._needs = [
            self._need(ROOT, Dependency((wish,)), Saying(None, "wish", (wish,)))
            for wish in sorted(set(problem.wishes), key=lambda w: (w.id, w.range.text))
        ]

    def recommended(self, number: int) -> Sequence[Need]:
        """Return what a release recommends, which from now on counts as reached."""
        id = self._releases[number].manifest.id
        return [
            self._preferred(
                self._need(number, dependency, Saying(id, "dependency", dependency.alternatives))
            )
            for dependency in self._relations[number].recommends
        ]

    def prefer(self, locked: Mapping[str, Version]) -> None:
        """Prefer these versions from now on, as if they were locked."""
        self._ranks = [self._rank(release, locked) for release in self._releases]

    def universe(self) -> Universe:
        """Return everything that was reached so far; numbers stay the same as more is reached."""
        while self._expanded < len(self._releases):
            self._expand(self._expanded)
            self._expanded += 1
        siblings = defaultdict[str, list[int]](list)
        for number, release in enumerate(self._releases):
            siblings[release.manifest.id].append(number)
        return Universe(
            releases=tuple(self._releases),
            siblings={id: tuple(self._by_preference(own)) for id, own in siblings.items()},
            needs=tuple(map(self._preferred, self._needs)),
            bans=tuple(self._bans()),
        )

    def _expand(self, number: int) -> None:
        manifest = self._releases[number].manifest
        if not suits_game(manifest, self._problem):
            wanted = (manifest.game,) if manifest.game else ()
            self._needs.append(Need(number, (), Saying(manifest.id, "game", wanted)))
            return
        if manifest.id in self._problem.disabled:
            self._needs.append(Need(number, (), Saying(manifest.id, "disabled")))
            return
        related = relations(manifest, self._overrides.get(manifest.id))
        self._relations[number] = related
        authored = len(related.dependencies) - related.added
        for place, dependency in enumerate(related.dependencies):
            wants = dependency.alternatives
            saying = Saying(manifest.id, "dependency", wants, overridden=place >= authored)
            self._needs.append(self._need(number, dependency, saying))

    def _need(self, parent: int, dependency: Dependency, saying: Saying) -> Need:
        found = dict.fromkeys(
            number for wanted in dependency.alternatives for number in self._answering(wanted)
        )
        return Need(parent, tuple(found), saying)

    def _preferred(self, need: Need) -> Need:
        """Return the need with its options in the order of preference; of equals, as they came."""
        return Need(need.parent, tuple(self._by_preference(need.options)), need.saying)

    def _answering(self, wanted: Requirement) -> tuple[int, ...]:
        """Return the releases that answer a requirement, those of that very id first."""
        key = (wanted.id, wanted.range.text)
        if key not in self._options:
            names = dict.fromkeys((wanted.id, *self._index.providers(wanted.id)))
            self._options[key] = tuple(
                self._number(release)
                for name in names
                for release in self._known(name)
                if answers(release, wanted, self._problem)
            )
        return self._options[key]

    def _known(self, name: str) -> Sequence[Release]:
        if name not in self._named:
            self._named[name] = self._index.releases(name)
        return self._named[name]

    def _number(self, release: Release) -> int:
        number = self._numbers.setdefault(id(release), len(self._releases))
        if number == len(self._releases):
            self._releases.append(release)
            self._ranks.append(self._rank(release, self._problem.locked))
        return number

    def _by_preference(self, numbers: Iterable[int]) -> Sequence[int]:
        return sorted(numbers, key=self._ranks.__getitem__)

    def _rank(self, release: Release, locked: Mapping[str, Version]) -> int:
        """Rank what is locked, its other versions, what is wished, the rest, what was renamed."""
        manifest = release.manifest
        version = locked.get(manifest.id)
        if version is not None:
            return int(version != manifest.version)
        if release.renamed:
            return 4
        return 2 if manifest.id in self._wished else 3

    def _bans(self) -> list[Ban]:
        named = defaultdict[str, list[int]](list)
        for number, release in enumerate(self._releases):
            for name in {release.manifest.id, *(p.id for p in release.manifest.provides)}:
                named[name].append(number)
        bans: list[Ban] = []
        for number, related in self._relations.items():
            for banned in related.conflicts:
                bans += self._ban(number, "conflict", banned, named[banned.id], collides)
            for wanted in related.optional:
                strayed = named[wanted.id]
                bans += self._ban(number, "optional dependency", wanted, strayed, self._strays)
        return bans

    def _ban(
        self,
        number: int,
        kind: CauseKind,
        about: Requirement,
        named: Iterable[int],
        hit: Callable[[Release, Requirement], bool],
    ) -> list[Ban]:
        id = self._releases[number].manifest.id
        releases = self._releases
        foes = [n for n in named if releases[n].manifest.id != id and hit(releases[n], about)]
        return [Ban(number, tuple(foes), Saying(id, kind, (about,)))] if foes else []

    def _strays(self, release: Release, wanted: Requirement) -> bool:
        return strays(release, wanted, self._problem)

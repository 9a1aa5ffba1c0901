"""Gathers what a problem can reach, and what the releases there say of each other."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from modpm.index import Index, Release
from modpm.manifest import Manifest
from modpm.requirement import Requirement
from modpm.resolve.problem import CauseKind, Problem, Tick
from modpm.resolve.terms import answers, collides, relations, strays, suits_game
from modpm.resolve.universe import ROOT, Ban, Mod, Need, Saying, Term, Universe
from modpm.versions import Version

_BANS = ("conflict", "optional dependency")


class _Said:
    """A saying, the releases that say so, and for a need what answers it."""

    __slots__ = ("options", "saying", "versions")

    def __init__(self, saying: Saying, options: Sequence[Term]) -> None:
        self.saying = saying
        self.options = options
        self.versions = 0


class _Found:
    """A mod of the index, with its releases oldest first, and what those that are reached say."""

    def __init__(self, id: str, number: int, releases: Sequence[Release]) -> None:
        self.id = id
        self.number = number
        self.releases = tuple(reversed(releases))
        self.reached = 0
        self.said: dict[tuple[object, ...], _Said] = {}
        self._versions = [release.manifest.version for release in self.releases]
        self._odd = self.where(lambda r: r.yanked or r.manifest.version.is_prerelease)

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


class Collection:
    """Gathers what a problem can reach, or only what some of its wishes can.

    Mods get numbers when something first asks for them.
    """

    def __init__(
        self,
        problem: Problem,
        index: Index,
        tick: Tick,
        wishes: Iterable[Requirement] | None = None,
    ) -> None:
        self._problem = problem
        self._index = index
        self._tick = tick
        self._locked = problem.locked
        self._wished = {wish.id for wish in problem.wishes}
        self._overrides = {override.id: override for override in problem.overrides}
        self._known: dict[str, _Found | None] = {}
        self._found: list[_Found] = []
        self._fresh = deque[tuple[_Found, int]]()
        self._terms: dict[tuple[str, str], Sequence[Term]] = {}
        self._providing = defaultdict[str, dict[int, None]](dict)
        self._suits: dict[tuple[str, str], bool] = {}
        self._wishes = []
        wishes = problem.wishes if wishes is None else wishes
        for wish in sorted(set(wishes), key=lambda w: (w.id, w.range.text)):
            self._wishes.append(_Said(Saying(None, "wish", (wish,)), self._answering(wish)))

    def recommended(self, number: int, version: int) -> Sequence[Need]:
        """Return what a release recommends, which from now on counts as reached."""
        found = self._found[number]
        manifest = found.releases[version.bit_length() - 2].manifest
        related = relations(manifest, self._overrides.get(found.id))
        return [
            Need(
                number,
                version,
                self._preferred(self._any(one.alternatives)),
                Saying(found.id, "dependency", one.alternatives),
            )
            for one in related.recommends
        ]

    def prefer(self, locked: Mapping[str, Version]) -> None:
        """Prefer these versions from now on, as if they were locked."""
        self._locked = locked

    def universe(self) -> Universe:
        """Return everything that was reached so far; numbers stay the same as more is reached."""
        while self._fresh:
            self._tick()
            found, versions = self._fresh.popleft()
            for n in range(len(found.releases), 0, -1):
                if versions >> n & 1:
                    self._expand(found, 1 << n, found.releases[n - 1].manifest)
        return Universe(
            mods=tuple(map(self._mod, self._found)),
            needs=tuple(self._needs()),
            bans=tuple(self._bans()),
        )

    def _expand(self, found: _Found, bit: int, manifest: Manifest) -> None:
        game = manifest.game
        for provision in manifest.provides:
            self._providing[provision.id][found.number] = None
        if found.id in self._problem.disabled:
            self._say(found, bit, "disabled", ())
        elif not self._suits_game(manifest):
            self._say(found, bit, "game", (game,) if game else ())
        else:
            self._relate(found, bit, manifest)

    def _relate(self, found: _Found, bit: int, manifest: Manifest) -> None:
        override = self._overrides.get(found.id)
        related = relations(manifest, override) if override else None
        dependencies = related.dependencies if related else manifest.dependencies
        authored = len(dependencies) - (related.added if related else 0)
        for place, dependency in enumerate(dependencies):
            self._say(found, bit, "dependency", dependency.alternatives, place >= authored)
        for banned in related.conflicts if related else manifest.conflicts:
            self._say(found, bit, "conflict", (banned,))
        for wanted in related.optional if related else manifest.optional_dependencies:
            self._say(found, bit, "optional dependency", (wanted,))

    def _say(
        self,
        found: _Found,
        bit: int,
        kind: CauseKind,
        wants: tuple[Requirement, ...],
        overridden: bool = False,
    ) -> None:
        key: tuple[object, ...]
        if len(wants) == 1:
            key = (kind, overridden, wants[0].id, wants[0].range.text)
        else:
            key = (kind, overridden, *[(wanted.id, wanted.range.text) for wanted in wants])
        said = found.said.get(key)
        if said is None:
            options = self._any(wants) if kind == "dependency" else ()
            said = _Said(Saying(found.id, kind, wants, overridden), options)
            found.said[key] = said
        said.versions |= bit

    def _any(self, wants: Sequence[Requirement]) -> Sequence[Term]:
        """Return what answers one of several requirements, as reached."""
        if len(wants) == 1:
            return self._answering(wants[0])
        options: dict[int, int] = {}
        for wanted in wants:
            for number, versions in self._answering(wanted):
                options[number] = options.get(number, 0) | versions
        return tuple(options.items())

    def _answering(self, wanted: Requirement) -> Sequence[Term]:
        """Return what answers a requirement, the mod of that very id first."""
        key = (wanted.id, wanted.range.text)
        if key not in self._terms:
            self._terms[key] = tuple(self._reach(wanted))
        return self._terms[key]

    def _reach(self, wanted: Requirement) -> Iterator[Term]:
        problem = self._problem
        for id in dict.fromkeys((wanted.id, *self._index.providers(wanted.id))):
            found = self._look(id)
            if found is None:
                continue
            if id == wanted.id:
                versions = found.answering(wanted, problem)
            else:
                versions = found.where(lambda release: answers(release, wanted, problem))
            fresh = versions & ~found.reached
            if fresh:
                found.reached |= fresh
                self._fresh.append((found, fresh))
            if versions:
                yield found.number, versions

    def _look(self, id: str) -> _Found | None:
        if id not in self._known:
            releases = self._index.releases(id)
            self._known[id] = found = _Found(id, len(self._found), releases) if releases else None
            self._found += [found] if found else []
        return self._known[id]

    def _suits_game(self, manifest: Manifest) -> bool:
        game = manifest.game
        key = (game.id, game.range.text) if game else ("", "")
        if key not in self._suits:
            self._suits[key] = suits_game(manifest, self._problem)
        return self._suits[key]

    def _mod(self, found: _Found) -> Mod:
        version, locked = self._locked.get(found.id), 0
        if version is not None:
            locked = found.where(lambda r: r.manifest.version == version, found.reached)
        return Mod(found.id, found.releases, found.reached, locked, self._rank(found.number))

    def _rank(self, number: int) -> int:
        """Rank what is locked, what is wished, the rest, what was renamed."""
        found = self._found[number]
        if found.id in self._locked:
            return 1
        if found.releases[-1].renamed:
            return 4
        return 2 if found.id in self._wished else 3

    def _preferred(self, options: Sequence[Term]) -> Sequence[Term]:
        if len(options) < 2:
            return options
        return tuple(sorted(options, key=lambda option: self._rank(option[0])))

    def _needs(self) -> Iterator[Need]:
        for wish in self._wishes:
            yield Need(ROOT, 0, self._preferred(wish.options), wish.saying)
        for found in self._found:
            for one in found.said.values():
                if one.saying.kind not in _BANS:
                    # Nobody needs another mod for what its own release answers.
                    own = next((v for n, v in one.options if n == found.number), 0)
                    said = one.versions & ~own
                    if said:
                        yield Need(found.number, said, self._preferred(one.options), one.saying)

    def _bans(self) -> Iterator[Ban]:
        for found in self._found:
            for one in found.said.values():
                if one.saying.kind in _BANS:
                    for foe in self._foes(found, one.saying.kind, one.saying.wants[0]):
                        yield Ban(found.number, one.versions, foe, one.saying)

    def _foes(self, found: _Found, kind: CauseKind, about: Requirement) -> Iterator[Term]:
        """Yield what is, or provides, an id and is not to be with the mod that speaks of it."""
        problem = self._problem
        own = self._known.get(about.id)
        if own is not None and own is not found:
            plain = kind == "conflict"
            foes = own.within(about) if plain else ~own.answering(about, problem)
            if foes & own.reached:
                yield own.number, foes & own.reached
        for number in self._providing.get(about.id, ()):
            other = self._found[number]
            if other is not found and other is not own:
                if kind == "conflict":
                    foes = other.where(lambda r: collides(r, about), other.reached)
                else:
                    foes = other.where(lambda r: strays(r, about, problem), other.reached)
                if foes:
                    yield number, foes

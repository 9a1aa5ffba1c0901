"""Gathers what a problem can reach, and what the releases there say of each other."""

from collections import defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Sequence

from modpm.index import Index, Release
from modpm.manifest import Manifest
from modpm.requirement import Requirement
from modpm.resolve.found import Found, Said
from modpm.resolve.problem import CauseKind, Problem, Tick
from modpm.resolve.terms import answers, collides, relations, strays, suits_game
from modpm.resolve.universe import ROOT, Ban, Mod, Need, Saying, Term, Universe

NOTHING = Universe((), (), ())

_BANS = ("conflict", "optional dependency")


class Collection:
    """Gathers what a problem can reach, or only what some of its `wishes` can.

    A mod gets its number when something first asks for it, and what its releases say counts from
    when they are read.
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
        self._wished = {wish.id for wish in problem.wishes}
        self._overrides = {override.id: override for override in problem.overrides}
        self._known: dict[str, Found | None] = {}
        self._found: list[Found] = []
        self._fresh = deque[Found]()
        self._is_whole = False
        self._terms: dict[tuple[str, str], Sequence[Term]] = {}
        self._providing = defaultdict[str, list[Found]](list)
        self._banning = defaultdict[str, dict[Said, Found]](dict)
        self._suits: dict[tuple[str, str], bool] = {}
        self._mods: list[Mod] = []
        self._needs: list[Need] = []
        self._bans: list[Ban] = []
        wishes = problem.wishes if wishes is None else wishes
        self._wishes = [
            Need(ROOT, 0, self._preferred(self._answering(wish)), Saying(None, "wish", (wish,)))
            for wish in sorted(set(wishes), key=lambda w: (w.id, w.range.text))
        ]

    def universe(self) -> Universe:
        """Return what is known so far; numbers stay the same as more is read."""
        return Universe(tuple(self._mods), (*self._wishes, *self._needs), tuple(self._bans))

    def read(self, number: int, version: int) -> Universe:
        """Read a release, if it was not read, and return what is new: mods, needs and bans.

        The first release of a mod is read alone, because most often it stays; with the second come
        all that something asked for, so that what they have in common is one rule.
        """
        found = self._found[number]
        if version & found.read:
            return NOTHING
        mods, needs, bans = len(self._mods), len(self._needs), len(self._bans)
        fresh = found.unread | version if found.read else version
        self._enter(found, self._hear(found, fresh))
        return Universe(
            tuple(self._mods[mods:]), tuple(self._needs[needs:]), tuple(self._bans[bans:])
        )

    def whole(self, speaking: Container[str | None]) -> Universe:
        """Read all that can be reached of the mods that are `speaking`, and by what they say.

        Return a universe of nothing else.
        """
        while self._fresh:
            found = self._fresh.popleft()
            if found.id in speaking:
                self._hear(found, found.unread)
        self._is_whole = True
        self._mods = [self._mod(found) for found in self._found]
        self._needs, self._bans = [], []
        for found in self._found:
            self._enter(found, found.said.values())
        return self.universe()

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

    def _hear(self, found: Found, versions: int) -> Iterable[Said]:
        """Read these releases of a mod; return what they say."""
        self._tick()
        found.read |= versions
        heard: dict[Said, None] = {}
        for n in range(versions.bit_length() - 1, 0, -1):
            if versions >> n & 1:
                manifest = found.releases[n - 1].manifest
                heard.update(dict.fromkeys(self._relate(found, 1 << n, manifest)))
        return heard

    def _relate(self, found: Found, bit: int, manifest: Manifest) -> Iterator[Said]:
        override = self._overrides.get(found.id)
        related = relations(manifest, override) if override else None
        dependencies = related.dependencies if related else manifest.dependencies
        authored = len(dependencies) - (related.added if related else 0)
        for place, dependency in enumerate(dependencies):
            yield self._say(found, bit, "dependency", dependency.alternatives, place >= authored)
        for banned in related.conflicts if related else manifest.conflicts:
            yield self._say(found, bit, "conflict", (banned,))
        for wanted in related.optional if related else manifest.optional_dependencies:
            yield self._say(found, bit, "optional dependency", (wanted,))

    def _say(
        self,
        found: Found,
        versions: int,
        kind: CauseKind,
        wants: tuple[Requirement, ...],
        overridden: bool = False,
    ) -> Said:
        key = (kind, overridden, *[(wanted.id, wanted.range.text) for wanted in wants])
        said = found.said.get(key)
        if said is None:
            options = self._preferred(self._any(wants)) if kind == "dependency" else ()
            said = Said(Saying(found.id, kind, wants, overridden), options)
            found.said[key] = said
        said.versions |= versions
        return said

    def _enter(self, found: Found, heard: Iterable[Said]) -> None:
        """Make rules of what a mod says."""
        for said in heard:
            if said.saying.kind in _BANS:
                name = said.saying.wants[0].id
                self._banning[name][said] = found
                own = self._known.get(name)
                for foe in (*([own] if own else ()), *self._providing.get(name, ())):
                    self._bans += self._ban(found, said, foe)
            else:
                # Nobody needs another mod for what its own release answers.
                own_answer = next((v for n, v in said.options if n == found.number), 0)
                speaking = said.versions & ~own_answer & self._possible(found)
                if speaking:
                    self._needs.append(Need(found.number, speaking, said.options, said.saying))

    def _ban(self, found: Found, said: Said, foe: Found) -> Iterator[Ban]:
        """Yield that a mod and one that has or provides an id are not to be together."""
        (about,) = said.saying.wants
        if foe is found:
            return
        if said.saying.kind == "conflict":
            own = foe.id == about.id
            foes = foe.within(about) if own else foe.where(lambda r: collides(r, about))
        elif foe.id == about.id:
            foes = ~foe.answering(about, self._problem)
        else:
            foes = foe.where(lambda r: strays(r, about, self._problem))
        foes, speaking = foes & self._possible(foe), said.versions & self._possible(found)
        if foes and speaking:
            yield Ban(found.number, speaking, (foe.number, foes), said.saying)

    def _possible(self, found: Found) -> int:
        return found.reached if self._is_whole else found.every

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
            if versions & ~found.reached:
                found.reached |= versions
                self._fresh.append(found)
            if versions:
                yield found.number, versions

    def _look(self, id: str) -> Found | None:
        if id not in self._known:
            releases = self._index.releases(id)
            self._known[id] = self._meet(id, releases) if releases else None
        return self._known[id]

    def _meet(self, id: str, releases: Sequence[Release]) -> Found:
        """Give a mod its number; tell what keeps its releases out, and who cannot be with it."""
        found = Found(id, len(self._found), releases)
        self._found.append(found)
        self._mods.append(self._mod(found))
        provided = {p.id for release in releases for p in release.manifest.provides} - {id}
        for name in (id, *sorted(provided)):
            if name != id:
                self._providing[name].append(found)
            for said, by in self._banning.get(name, {}).items():
                self._bans += self._ban(by, said, found)
        self._enter(found, dict.fromkeys(self._kept_out(found)))
        return found

    def _kept_out(self, found: Found) -> Iterator[Said]:
        if found.id in self._problem.disabled:
            found.silent = found.every
            yield self._say(found, found.every, "disabled", ())
        elif self._problem.game is not None:
            for n, release in enumerate(found.releases, 1):
                game = release.manifest.game
                if game is not None and not self._suits_game(release.manifest, game):
                    found.silent |= 1 << n
                    yield self._say(found, 1 << n, "game", (game,))

    def _suits_game(self, manifest: Manifest, game: Requirement) -> bool:
        key = (game.id, game.range.text)
        if key not in self._suits:
            self._suits[key] = suits_game(manifest, self._problem)
        return self._suits[key]

    def _mod(self, found: Found) -> Mod:
        version, locked, possible = self._problem.locked.get(found.id), 0, self._possible(found)
        if version is not None:
            locked = found.where(lambda r: r.manifest.version == version, possible)
        return Mod(found.id, found.releases, possible, locked, self._rank(found))

    def _rank(self, found: Found) -> int:
        """Rank what is locked, what is wished, the rest, what was renamed."""
        if found.id in self._problem.locked:
            return 1
        if found.releases[-1].renamed:
            return 4
        return 2 if found.id in self._wished else 3

    def _preferred(self, options: Sequence[Term]) -> Sequence[Term]:
        if len(options) < 2:
            return options
        return tuple(sorted(options, key=lambda option: self._rank(self._found[option[0]])))

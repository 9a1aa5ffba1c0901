"""A universe of mods made from a seed, with the shape of a real ecosystem."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from random import Random
from statistics import median

from modpm.index import Release
from modpm.manifest import Manifest, Provision
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.versions import Version, parse_range, parse_version, spell

GAME = "realm"
PLAYED = parse_version("1.20.0")

REAL = {
    "mods": 3_576,
    "releases": 30_551,
    "median of a mod": 3,
    "most of a mod": 200,
    "dependencies": 1.7,
    "conflicts": 0.4,
    "recommends": 0.8,
    "suggests": 1.0,
    "virtual ids": 83,
    "most providers": 39,
    "any-of, %": 0.5,
    "median closure": 2,
    "largest closure": 98,
    "unknown mods": 5,
}
"""A real ecosystem: its dependencies and so on are for each release."""

_KINDS = 83
_PROVIDERS = 39
_LIBRARIES = 20


class Ecosystem:
    """Mods, most with few releases and some with many, of which one set fits together.

    Of each mod one release is planted, and all of these fit together and the game. How often newest
    releases clash is nothing that the shape tells: it was raised until resolvers without pruning
    backtracked about as on real mods. With less of it nab-resolver is nearer to modpm at 150 mods.
    """

    def __init__(self, mods: int = 3_576, releases: int = 30_551, seed: int = 1) -> None:
        self._random = random = Random(seed)
        self.ids = [f"mod-{n}" for n in range(mods)]
        self._versions = [self._history(count) for count in self._counts(mods, releases)]
        self._planted = [
            max(0, len(history) - 1 - random.choice((0, 0, 1, 2, 4))) for history in self._versions
        ]
        providers = random.sample(range(mods), 2 * (_KINDS - 1) + _PROVIDERS)
        self._virtual = {
            n: f"virtual-{0 if place < _PROVIDERS else place % (_KINDS - 1) + 1}"
            for place, n in enumerate(providers)
        }

    @cached_property
    def releases(self) -> list[Release]:
        """All of them."""
        return list(self.each())

    def each(self) -> Iterator[Release]:
        """Make all releases, one after another; only once."""
        return (one for n in range(len(self.ids)) for one in self._made(n))

    def wishes(self, count: int, seed: int = 1, strict: int = 0) -> Problem:
        """Return a problem that wishes for that many mods, a third with a range.

        So many are `strict` and ask for one release, maybe not the one that goes with the others.
        """
        random = Random(seed)
        wanted = random.sample(range(len(self.ids) // 20, len(self.ids)), count)
        ranges = [self._exactly(random, n) for n in wanted[:strict]]
        ranges += [self._range(random, n) for n in wanted[strict:]]
        return Problem(
            wishes=tuple(
                Requirement(self.ids[n], parse_range(range))
                for n, range in zip(wanted, ranges, strict=True)
            ),
            game=GAME,
            game_version=PLAYED,
            recommends=False,
        )

    def _counts(self, mods: int, releases: int) -> Sequence[int]:
        """Return how many releases each mod has; the first, which many use, have more."""
        random = self._random
        rough = sorted((random.paretovariate(1.0) for _ in range(mods)), reverse=True)
        rough = [min(each, 190) for each in rough]
        scale = releases / sum(rough)
        places = sorted(range(mods), key=lambda n: n + random.gauss(0, mods / 3))
        counts = dict(zip(places, (max(1, round(each * scale)) for each in rough), strict=True))
        return [counts[n] for n in range(mods)]

    def _history(self, count: int) -> list[Version]:
        major, minor, patch = 1, 0, 0
        history = []
        for _ in range(count):
            history.append(parse_version(f"{major}.{minor}.{patch}"))
            step = self._random.random()
            if step < 0.1:
                major, minor, patch = major + 1, 0, 0
            elif step < 0.5:
                minor, patch = minor + 1, 0
            else:
                patch += 1
        return history

    def _made(self, n: int) -> Iterator[Release]:
        history, random = self._versions[n], self._random
        libraries = self._libraries(n)
        said: dict[int, Dependency] = {}
        for place, version in enumerate(history):
            age, planted = place / len(history), place == self._planted[n]
            for each in libraries:
                if each not in said or planted or random.random() < 0.3:
                    said[each] = self._dependency(each, age, planted)
            early = planted or age > 0.3
            manifest = Manifest(
                id=self.ids[n],
                version=version,
                name=self.ids[n],
                game=Requirement(GAME, parse_range(">=1.16, <2" if early else ">=1.12, <1.20")),
                dependencies=tuple({d.alternatives[0].id: d for d in said.values()}.values()),
                recommends=tuple(self._others(n, 0.8)),
                suggests=tuple(d.alternatives[0] for d in self._others(n, 1.0)),
                conflicts=tuple(self._foes(n, planted)),
                provides=(Provision(self._virtual[n], parse_version("1.0.0")),)
                if n in self._virtual
                else (),
            )
            yield Release(manifest, "default", 1, f"{n:032x}{place:032x}")

    def _libraries(self, n: int) -> Sequence[int]:
        """Return the mods to depend on, none above `n`, mostly of the few that many use."""
        random = self._random
        count = min(_LIBRARIES, int(1.25 * random.paretovariate(1.3)) - 1)
        found = (int(n * random.random() ** 6) for _ in range(count))
        return sorted({each for each in found if each < n})

    def _dependency(self, n: int, age: float, planted: bool) -> Dependency:
        history, random = self._versions[n], self._random
        if not planted and random.random() < 0.0004:
            return Dependency((Requirement(f"lost-{random.randrange(5)}", parse_range("*")),))
        if n in self._virtual and random.random() < 0.3:
            return Dependency((Requirement(self._virtual[n], parse_range("*")),))
        at = int(age * len(history))
        at = min(at, self._planted[n]) if planted else at
        text = random.choice(("*", f">={spell(history[at])}", f"^{spell(history[at])}"))
        if planted and history[self._planted[n]] not in parse_range(text):
            text = f">={spell(history[at])}"
        if random.random() < 0.005:
            other = Requirement(f"mod-{random.randrange(len(self.ids))}", parse_range("*"))
            return Dependency((Requirement(self.ids[n], parse_range(text)), other))
        return Dependency((Requirement(self.ids[n], parse_range(text)),))

    def _others(self, n: int, rate: float) -> Iterable[Dependency]:
        for _ in range(2):
            if self._random.random() < rate / 2:
                other = self._random.randrange(len(self.ids))
                if other != n:
                    yield Dependency((Requirement(self.ids[other], parse_range("*")),))

    def _foes(self, n: int, planted: bool) -> Iterable[Requirement]:
        if self._random.random() < 0.4:
            other = int(len(self.ids) * self._random.random() ** 2)
            history, at = self._versions[other], self._planted[other]
            after = history[min(at + 1, len(history) - 1)]
            if other != n:
                newer = not planted and self._random.random() < 0.3 and after > history[at]
                text = f">={spell(after)}" if newer else f"<{spell(history[at])}"
                yield Requirement(self.ids[other], parse_range(text))

    def _range(self, random: Random, n: int) -> str:
        version = self._versions[n][self._planted[n]]
        return random.choice(("*", "*", f"^{version.major}", f">={spell(version)}"))

    def _exactly(self, random: Random, n: int) -> str:
        history = self._versions[n]
        return f"={spell(history[random.randrange(len(history) // 2, len(history))])}"


def shape(releases: Iterable[Release]) -> dict[str, float]:
    """Return what `REAL` tells of a real ecosystem."""
    mods, providers = defaultdict[str, list[Manifest]](list), defaultdict[str, set[str]](set)
    for release in releases:
        mods[release.manifest.id].append(release.manifest)
        for provision in release.manifest.provides:
            providers[provision.id].add(release.manifest.id)
    every = [manifest for own in mods.values() for manifest in own]
    needs = [need for manifest in every for need in manifest.dependencies]
    newest = {id: max(own, key=lambda manifest: manifest.version) for id, own in mods.items()}
    closures = [len(_closure(id, newest, providers)) for id in mods]
    counts = [len(own) for own in mods.values()]
    return {
        "mods": len(mods),
        "releases": len(every),
        "median of a mod": median(counts),
        "most of a mod": max(counts),
        "dependencies": len(needs) / len(every),
        "conflicts": sum(len(m.conflicts) for m in every) / len(every),
        "recommends": sum(len(m.recommends) for m in every) / len(every),
        "suggests": sum(len(m.suggests) for m in every) / len(every),
        "virtual ids": len(providers),
        "most providers": max(map(len, providers.values())),
        "any-of, %": 100 * sum(len(need.alternatives) > 1 for need in needs) / len(needs),
        "median closure": median(closures),
        "largest closure": max(closures),
        "unknown mods": len({d.alternatives[0].id for d in needs} - {*mods, *providers}),
    }


def _closure(
    id: str, newest: dict[str, Manifest], providers: dict[str, set[str]]
) -> dict[str, None]:
    found, todo = {id: None}, [id]
    while todo:
        for need in newest[todo.pop()].dependencies:
            wanted = need.alternatives[0].id
            other = wanted if wanted in newest else min(providers.get(wanted, ()), default=wanted)
            if other not in found and other in newest:
                found[other] = None
                todo.append(other)
    return found

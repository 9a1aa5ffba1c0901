"""Universes of mods, made from a seed: the shape of real ecosystems, and hard problems.

Each function returns releases and the wishes to resolve, which have an answer unless it says not.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from random import Random

from msgspec.structs import replace

from modpm.index import Release
from modpm.manifest import Manifest, Provision
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.versions import Version, parse_range, parse_version, spell

Case = tuple[list[Release], Problem]

GAME = "realm"
PLAYED = parse_version("1.20.0")


def release(
    id: str,
    version: str,
    needs: Iterable[str] = (),
    conflicts: Iterable[str] = (),
    **more: object,
) -> Release:
    """Return a release; "core ^1 | ui" needs either."""
    manifest = Manifest(
        id=id,
        version=parse_version(version),
        name=id,
        dependencies=tuple(map(_either, needs)),
        conflicts=tuple(map(requirement, conflicts)),
        **more,  # type: ignore[arg-type]
    )
    return Release(manifest, "default", 1, "0" * 64)


def requirement(text: str) -> Requirement:
    """Return what "core ^1" requires."""
    id, _, range = text.partition(" ")
    return Requirement(id, parse_range(range or "*"))


def wishes(*texts: str) -> Problem:
    """Return a problem that wishes for these and for no recommendations."""
    return Problem(wishes=tuple(map(requirement, texts)), recommends=False)


def _either(text: str) -> Dependency:
    return Dependency(tuple(requirement(part.strip()) for part in text.split("|")))


class Ecosystem:
    """Mods, most with few releases and some with many, of which one set fits together.

    3,576 mods with 30,551 releases were the model: 1.7 dependencies, 0.4 conflicts, 0.8
    recommendations and 1 suggestion a release, 83 virtual ids, every release bounded by the game.
    """

    def __init__(self, mods: int = 3_500, releases: int = 30_000, seed: int = 1) -> None:
        self._random = Random(seed)
        counts = self._counts(mods, releases)
        self.ids = [f"mod-{n}" for n in range(mods)]
        self._versions = [self._history(count) for count in counts]
        self._planted = [
            max(0, len(history) - 1 - self._random.choice((0, 0, 0, 1, 2)))
            for history in self._versions
        ]
        self._virtual = {
            n: f"virtual-{self._kind()}" for n in self._random.sample(range(mods), 240)
        }

    @cached_property
    def releases(self) -> list[Release]:
        """All of them."""
        return list(self.each())

    def each(self) -> Iterable[Release]:
        """Make all releases, one after another; only once."""
        return (one for n in range(len(self.ids)) for one in self._made(n))

    def wishes(self, count: int, seed: int = 1) -> Problem:
        """Return a problem that wishes for that many mods, a third with a range."""
        random = Random(seed)
        wanted = random.sample(range(len(self.ids) // 20, len(self.ids)), count)
        return Problem(
            wishes=tuple(
                Requirement(self.ids[n], parse_range(self._wish(random, n))) for n in wanted
            ),
            game=GAME,
            game_version=PLAYED,
            recommends=False,
        )

    def impossible(self, count: int, seed: int = 1) -> Case:
        """Return all releases and a few more, with a wish that these make impossible."""
        problem = self.wishes(count, seed)
        top, other = (wish.id for wish in problem.wishes[:2])
        clash = [
            release("far", "1.0.0", ("base ^1",)),
            release("far", "1.1.0", ("base ^1", "mod-3")),
            release("near", "1.0.0", ("middle", top)),
            release("middle", "1.0.0", ("base ^2", other)),
            release("middle", "1.1.0", ("base >=2",)),
            *(release("base", f"{n}.0.0") for n in (1, 2, 3)),
        ]
        extra = (requirement("far"), requirement("near"))
        return self.releases + clash, replace(problem, wishes=(*problem.wishes, *extra))

    def _counts(self, mods: int, releases: int) -> list[int]:
        rough = [self._random.paretovariate(0.9) for _ in range(mods)]
        rough = [min(each, 110) for each in rough]
        scale = releases / sum(rough)
        return [max(1, round(each * scale)) for each in rough]

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

    def _kind(self) -> int:
        return 0 if self._random.random() < 0.16 else self._random.randrange(1, 83)

    def _made(self, n: int) -> Iterable[Release]:
        history, random = self._versions[n], self._random
        popular = [self._library(n) for _ in range(random.choice((0, 1, 2, 2, 3)))]
        provided = (
            (Provision(self._virtual[n], parse_version("1.0.0")),) if n in self._virtual else ()
        )
        for place, version in enumerate(history):
            age = place / len(history)
            planted = place == self._planted[n]
            said = {self._dependency(each, age, planted) for each in popular if each is not None}
            early = planted or age > 0.3
            manifest = Manifest(
                id=self.ids[n],
                version=version,
                name=self.ids[n],
                game=Requirement(GAME, parse_range(">=1.16, <2" if early else ">=1.12, <1.20")),
                dependencies=tuple(sorted(said, key=lambda d: d.alternatives[0].id)),
                recommends=tuple(self._others(n, 0.8)),
                suggests=tuple(d.alternatives[0] for d in self._others(n, 1.0)),
                conflicts=tuple(self._foes(n, planted)),
                provides=provided,
            )
            yield Release(manifest, "default", 1, f"{n:032x}{place:032x}")

    def _library(self, n: int) -> int | None:
        """Return a mod to depend on, mostly one of the few that many use; none above `n`."""
        found = int(n * self._random.random() ** 4)
        return found if found < n else None

    def _dependency(self, n: int, age: float, planted: bool) -> Dependency:
        history, random = self._versions[n], self._random
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
            before = self._versions[other][self._planted[other]]
            after = self._versions[other][
                min(self._planted[other] + 1, len(self._versions[other]) - 1)
            ]
            if other != n:
                newer = not planted and self._random.random() < 0.3 and after > before
                text = f">={spell(after)}" if newer else f"<{spell(before)}"
                yield Requirement(self.ids[other], parse_range(text))

    def _wish(self, random: Random, n: int) -> str:
        version = self._versions[n][self._planted[n]]
        return random.choice(("*", "*", f"^{version.major}", f">={spell(version)}"))


def lockstep(versions: int = 50) -> Case:
    """Two mods whose newest versions fit only each other's older ones, down to the first."""
    releases = [release("left", "1.0.0", ("right =1.0.0",)), release("right", "1.0.0")]
    for n in range(2, versions + 1):
        releases.append(release("left", f"{n}.0.0", (f"right ={n}.0.0",)))
        releases.append(release("right", f"{n}.0.0", (f"left ={n - 1}.0.0",)))
    return releases, wishes("left", "right")


def deep(layers: int) -> Case:
    """Layers of mods in pairs of versions over one that cannot be had. No answer."""
    releases = []
    for n in range(layers):
        for side in "ab":
            for version in ("1.0.0", "2.0.0"):
                below = [f"{other}{n + 1}" for other in "ab"]
                releases.append(release(f"{side}{n}", version, below))
    releases.append(release(f"a{layers}", "1.0.0", ("core =2.0.0",)))
    releases.append(release(f"b{layers}", "1.0.0", ("core =1.0.0",)))
    releases += [release("core", "1.0.0"), release("core", "2.0.0")]
    return releases, wishes("a0", "b0")


def chain(mods: int = 1_000) -> Case:
    """Mods in three versions each of which needs the next mod in the same."""
    releases = [
        release(f"m{n}", f"{v}.0.0", (f"m{n + 1} ={v}.0.0",))
        for n in range(mods)
        for v in (1, 2, 3)
    ]
    return [*releases, release(f"m{mods}", "1.0.0")], wishes("m0")


def fan(mods: int = 1_000) -> Case:
    """One mod that needs many, all of which need one library; the newest goes with none."""
    releases = [release("top", "1.0.0", [f"m{n}" for n in range(mods)])]
    for n in range(mods):
        releases.append(release(f"m{n}", "1.0.0", ("core <3",)))
        releases.append(release(f"m{n}", "1.1.0", (f"core >={2 - (n % 2)}",)))
    return [*releases, *(release("core", f"{v}.0.0") for v in range(1, 5))], wishes(
        "top", "core <3"
    )


def pigeons(count: int = 8) -> Case:
    """So many pigeons, and holes for one less. No answer."""
    releases = []
    for n in range(count):
        for hole in range(count - 1):
            foes = [f"p{other} ={hole + 1}.0.0" for other in range(n)]
            releases.append(release(f"p{n}", f"{hole + 1}.0.0", (), foes))
    return releases, wishes(*(f"p{n}" for n in range(count)))


def formula(variables: int, clauses: int, seed: int) -> Case:
    """A random formula with three variables a clause; near 4.26 clauses a variable it is hard."""
    random = Random(seed)
    releases = [release(f"x{n}", v) for n in range(variables) for v in ("1.0.0", "2.0.0")]
    for n in range(clauses):
        chosen = random.sample(range(variables), 3)
        needs = " | ".join(f"x{v} ={random.choice((1, 2))}.0.0" for v in chosen)
        releases.append(release(f"c{n}", "1.0.0", (needs,)))
    ids: Sequence[str] = [f"x{n}" for n in range(variables)] + [f"c{n}" for n in range(clauses)]
    return releases, wishes(*ids)


def circle() -> Case:
    """The four releases on which resolvelib never ends. No answer."""
    releases = [
        release("a", "1.0.0", ("b =1.0.0",)),
        release("a", "2.0.0", ("b =2.0.0",)),
        release("b", "1.0.0", ("a =2.0.0",)),
        release("b", "2.0.0", ("a =1.0.0",)),
    ]
    return releases, wishes("a")

"""Small universes of mods that are hard to resolve.

Each function returns releases and the wishes to resolve, which have an answer unless it says not.
"""

from collections.abc import Iterable, Sequence
from random import Random

from modpm.index import Release
from modpm.manifest import Manifest
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.versions import parse_range, parse_version

Case = tuple[list[Release], Problem]


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

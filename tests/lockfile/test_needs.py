"""Why a mod is in a lock."""

from collections.abc import Callable

import hypothesis.strategies as st
from hypothesis import given

from modpm.lockfile import Lock, LockedMod
from modpm.lockfile.needs import ways
from modpm.manifest import Provision
from modpm.versions import parse_version

Mod = Callable[..., LockedMod]
NAMES = "abcdef"

names = st.sampled_from(NAMES)


def told(lock: Lock, wished: str, id: str, limit: int = 100) -> list[str]:
    """Return each way as text, such as "a > b ~ c" where b only recommends c."""
    return [
        "".join(
            {"wants": "", "needs": " > ", "recommends": " ~ "}[step.how] + step.id for step in way
        )
        for way in ways(lock, wished, id, limit)
    ]


def locked(**needs: str) -> Lock:
    """Return a lock in which each mod needs others of one letter."""
    one = parse_version("1.0.0")
    return Lock(
        tuple(LockedMod(id, one, "rhai", 1, "", dependencies=tuple(n)) for id, n in needs.items())
    )


def test_the_shortest_first(mod: Mod) -> None:
    """Ways go by length, then by name; a way goes on above a mod that is wanted itself."""
    lock = locked(a="d", b="c", c="d", d="", e="b")
    assert told(lock, "abe", "d") == ["a > d", "b > c > d", "e > b > c > d"]
    assert told(lock, "d", "d") == ["d"]
    assert told(lock, "a", "b") == []


def test_recommended(mod: Mod) -> None:
    """What is only recommended is told as such; who also needs it, needs it."""
    lock = Lock(
        (mod("a 1.0.0", recommends=("b", "c"), dependencies=("b",)), mod("b 1.0.0"), mod("c 1.0.0"))
    )
    assert (told(lock, "a", "b"), told(lock, "a", "c")) == (["a > b"], ["a ~ c"])


def test_another_name(mod: Mod) -> None:
    """A wish for a virtual id is told by that name."""
    lock = Lock((mod("sound 1.0.0", provides=(Provision("audio", parse_version("1.0.0")),)),))
    (way,) = ways(lock, {"audio"}, "sound", 9)
    assert [(step.by, step.how, step.id, step.name) for step in way] == [
        (None, "wants", "sound", "audio")
    ]


def test_as_many_as_asked_for() -> None:
    """Of exponentially many ways only the first are made."""
    layers = {
        f"{side}{n:02}": (f"l{n - 1:02}", f"r{n - 1:02}") for n in range(1, 60) for side in "lr"
    }
    one = parse_version("1.0.0")
    below = {"l00": (), "r00": (), **layers}
    mods = [LockedMod(id, one, "rhai", 1, "", dependencies=n) for id, n in sorted(below.items())]
    found = ways(Lock(tuple(mods)), {"l59"}, "l00", 20)
    assert [len(way) for way in found] == [60] * 20
    assert len(set(found)) == 20


@given(
    st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES))),
    st.sets(st.sampled_from(NAMES)),
)
def test_every_way_is_found(needs: dict[str, set[str]], wished: set[str]) -> None:
    """The ways are those that a walk from every wish finds, each once, short before long."""
    full = {id: "".join(sorted(needs.get(id, ()))) for id in NAMES}

    def walk(path: str) -> list[str]:
        more = [walk(path + below) for below in full[path[-1]] if below not in path]
        return [path] * (path[-1] == "f") + [each for found in more for each in found]

    found = [way.replace(" > ", "") for way in told(locked(**full), "".join(wished), "f", 10_000)]
    assert sorted(found) == sorted(path for wish in wished for path in walk(wish))
    assert [len(way) for way in found] == sorted(len(way) for way in found)

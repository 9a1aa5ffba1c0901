"""The text of loadout.lock: its layout, the way there and back, and what can be wrong."""

import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec import structs
from msgspec.structs import replace

from modpm.conflict.claims import Claim, Decision
from modpm.document import Value
from modpm.errors import InvalidLock, NewerLock
from modpm.lockfile import Lock, LockedMod, dumps, loads
from modpm.manifest import Provision
from modpm.versions import parse_version

Mod = Callable[..., LockedMod]

TEXT = """\
lock-version = "1.0"
game = "arena"
game-version = "1.5.0"

[[mod]]
id = "acme/core"
version = "1.0.0-rc.1"
source = "main"
kind = "rhai"
size = 100
sha256 = "abababababababababababababababababababababababababababababababab"
provides = [
  "audio@1.2.0",
]

[[mod]]
id = "acme/ui"
version = "2.0.0"
source = { path = "mods/ui" }
kind = "rhai"
size = 100
sha256 = "abababababababababababababababababababababababababababababababab"
priority = 5
dependencies = [
  "acme/core",
]
player-after = [
  "acme/core",
]
permissions = [
  "clock",
  "plugins:combat",
]

[[decision]]
plugin = "combat"
key = "max_hp"
strategy = "priority"
value = 200
winner = "acme/ui"
claims = [
  { mod = "acme/core", value = 100 },
  { mod = "acme/ui", value = 200, priority = 5 },
]

[[decision]]
plugin = "combat"
key = "rules"
strategy = "pin"
value = { "a b" = [1, 2.5], deep = { on = true } }
"""


@pytest.fixture
def lock(mod: Mod) -> Lock:
    """Give the lock of which TEXT is the text."""
    core, ui = (
        mod("acme/core 1.0.0-rc.1", provides=(Provision("audio", parse_version("1.2.0")),)),
        mod(
            "acme/ui 2.0.0",
            source=None,
            path="mods/ui",
            priority=5,
            dependencies=("acme/core",),
            player_after=("acme/core",),
            permissions=("clock", "plugins:combat"),
        ),
    )
    claims = (
        Claim("acme/core", "combat", "max_hp", 100),
        Claim("acme/ui", "combat", "max_hp", 200, 5),
    )
    pinned: Value = {"a b": [1, 2.5], "deep": {"on": True}}
    return Lock(
        mods=(core, ui),
        decisions=(
            Decision("combat", "max_hp", "priority", 200, "acme/ui", claims),
            Decision("combat", "rules", "pin", pinned, None, ()),
        ),
        game="arena",
        game_version=parse_version("1.5.0"),
    )


def test_layout(lock: Lock) -> None:
    """Blocks are sorted, one fact is on one line, and what is empty is left out."""
    assert dumps(lock) == TEXT


def test_back(lock: Lock) -> None:
    """The text holds everything that the lock holds."""
    assert loads(TEXT, "loadout.lock") == lock


def test_tiers(mod: Mod) -> None:
    """Tiers are in a lock where a mod has one, the game's only if they are not the usual."""
    lock = Lock(mods=(mod("b 1.0.0", tier="maps"), mod("c 1.0.0", player_tier="maps", tier="x")))
    named = replace(lock, tiers=("maps", "normal"))
    for each in (lock, named):
        assert loads(dumps(each), "loadout.lock") == each
    assert ("tiers = [" in dumps(lock), "tiers = [" in dumps(named)) == (False, True)
    with pytest.raises(InvalidLock) as error:
        loads(dumps(named).replace('"normal"', '"maps"'), "loadout.lock")
    assert "tiers" in error.value.problem


def test_what_need_not_load_first(mod: Mod) -> None:
    """A dependency without an order makes no circle, and stays one through the text and back."""
    a = mod("a 1.0.0", dependencies=("b",), unordered=("b",))
    b = mod("b 1.0.0", dependencies=("a",))
    lock = loads(dumps(Lock(mods=(a, b))), "loadout.lock")
    assert (lock.mods, lock.order()) == ((a, b), ("a", "b"))
    with pytest.raises(InvalidLock):
        loads(dumps(Lock(mods=(replace(a, unordered=()), b))), "loadout.lock")


def test_windows_line_ends(lock: Lock) -> None:
    """A checkout with other line ends holds the same lock."""
    assert loads(TEXT.replace("\n", "\r\n"), "loadout.lock") == lock


def test_empty() -> None:
    """A loadout without mods has a lock, too."""
    assert loads(dumps(Lock(())), "loadout.lock") == Lock(())


words = st.text("abc-/", min_size=1, max_size=5)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["C"]), max_size=10)
values = st.recursive(
    st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
decisions = st.builds(
    lambda plugin, value, winner, claims: Decision(
        plugin,
        "key",
        "last-wins",
        value,
        winner,
        tuple(Claim(m, plugin, "key", v, p) for m, v, p in claims),
    ),
    texts,
    values,
    st.none() | words,
    st.lists(st.tuples(words, st.none() | values, st.integers(-9, 9)), max_size=3),
)
ids = st.lists(
    st.from_regex(r"[a-b]{1,3}(/[a-b0-9]{1,3})?", fullmatch=True), unique=True, max_size=5
)


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    """Draw locks of mods that depend on and load after earlier ones."""
    names = draw(ids)
    mods = []
    for place, id in enumerate(names):
        earlier = st.sets(st.sampled_from(names[:place])) if place else st.just(set[str]())
        mods.append(
            LockedMod(
                id=id,
                version=draw(st.sampled_from(["1.0.0", "2.0.0-beta.3"]).map(parse_version)),
                kind=draw(st.sampled_from(["rhai", "wasm", "declarative"])),
                size=draw(st.integers(0, 2**40)),
                sha256=draw(st.from_regex("[0-9a-f]{64}", fullmatch=True)),
                source="main",
                priority=draw(st.none() | st.integers(-5, 5)),
                dependencies=tuple(sorted(draw(earlier))),
                recommends=tuple(sorted(draw(earlier))),
                after=tuple(sorted(draw(earlier))),
                permissions=tuple(sorted(draw(st.sets(texts, max_size=2)))),
            )
        )
    made = draw(st.lists(decisions, max_size=3, unique_by=lambda d: d.plugin))
    return Lock(
        tuple(sorted(mods, key=lambda m: m.id)), tuple(sorted(made, key=lambda d: d.plugin))
    )


@given(locks())
def test_there_and_back(lock: Lock) -> None:
    """Any lock comes back from its text as it was, and its text comes back byte for byte."""
    text = dumps(lock)
    assert loads(text, "loadout.lock") == lock
    assert dumps(loads(text, "loadout.lock")) == text


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("size = 100\n", "size = 1", 10, "expected"),
        ('id = "acme/ui"\n', "<<<<<<< HEAD\n", 17, "conflict marks"),
        ('id = "acme/ui"', 'id = "acme/core"', 17, "twice"),
        ('id = "acme/ui"', 'id = "../ui"', 17, "no mod id"),
        ('version = "2.0.0"', 'version = "2.0"', 18, "no version"),
        ('kind = "rhai"', 'kind = "exe"', 9, "mod[0].kind is not"),
        ("size = 100", "size = -1", 10, "mod[0].size is not"),
        ("abab", "xyz", 11, "mod[0].sha256 is not"),
        ('source = "main"', "", 5, "source is missing"),
        ('source = "main"', 'sauce = "main"', 8, "sauce is no key"),
        ('  "acme/core",\n]\nplayer', '  "acme/sky",\n]\nplayer', 25, "names acme/sky"),
        ('provides = [\n  "audio@1.2.0"', 'after = [\n  "acme/ui"', None, "before the other"),
        ('provides = [\n  "audio@1.2.0"', 'after = [\n  "acme/core"', None, "before the other"),
        ('"audio@1.2.0"', '"audio"', None, "no version"),
        ('lock-version = "1.0"', 'lock-version = "one"', None, "lock-version"),
        ('lock-version = "1.0"\n', "", None, "lock-version is missing"),
        ("value = 200\n", "value = 2000-01-01\n", 39, "is not"),
        ('key = "rules"', 'key = "max_hp"', None, "twice"),
    ],
)
def test_damage(old: str, new: str, line: int | None, problem: str) -> None:
    """Whatever a hand or a merge breaks is told, on its line where that is known."""
    assert old in TEXT
    with pytest.raises(InvalidLock) as error:
        loads(TEXT.replace(old, new, 1), "loadout.lock")
    assert problem in error.value.problem
    assert error.value.file == "loadout.lock"
    if line is not None:
        assert error.value.line == line


@given(st.integers(0, len(TEXT)))
def test_truncated(length: int) -> None:
    """A lock that ends too early is a smaller lock or an InvalidLock, never another error."""
    with suppress(InvalidLock):
        loads(TEXT[:length], "loadout.lock")


@given(st.text(max_size=200) | st.text('[]={}".\n#modecis 12', max_size=200))
def test_anything(text: str) -> None:
    """No text makes reading a lock fail in another way."""
    with suppress(InvalidLock, NewerLock):
        loads(text, "loadout.lock")


@pytest.mark.parametrize("bomb", ["[" * 5000, "a" + ".a" * 50_000 + "=1", "x=" + "{a=" * 5000])
def test_bombs(bomb: str) -> None:
    """Nesting without end is refused."""
    with pytest.raises(InvalidLock):
        loads(TEXT + "\n" + bomb, "loadout.lock")


def test_a_newer_major_version() -> None:
    """A lock of a newer major version is refused, unreadable as the rest may be."""
    with pytest.raises(NewerLock) as error:
        loads('lock-version = "2.0"\n[mods]\nx = 1\n', "loadout.lock")
    assert (error.value.found, error.value.supported) == ("2.0", "1.0")


def test_a_newer_minor_version(lock: Lock) -> None:
    """A lock of a newer minor version is read without the keys that are new, and says so."""
    text = TEXT.replace('"1.0"', '"1.7"').replace("size = 100", "size = 100\nmood = 3")
    text = text.replace('game = "arena"', 'game = "arena"\nweather = "rain"')
    assert loads(text, "loadout.lock") == replace(lock, newer="1.7")


def test_load_order(small: Lock) -> None:
    """The load order comes from the edges alone."""
    assert small.order() == ("core", "mine", "radio", "ui")


def test_two_branches_merge(tmp_path: Path, small: Lock) -> None:
    """Two branches that each edit a mod of their own merge without a conflict."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed: a real three-way merge needs it")
    one, *others, last = small.mods
    ours = structs.replace(
        small,
        mods=(
            structs.replace(one, version=parse_version("1.1.0"), sha256="cd" * 32),
            *others,
            last,
        ),
    )
    theirs = structs.replace(small, mods=(one, *others, structs.replace(last, after=("mine",))))
    both = structs.replace(small, mods=(*ours.mods[:-1], theirs.mods[-1]))
    for name, lock in (("ours", ours), ("base", small), ("theirs", theirs)):
        (tmp_path / name).write_text(dumps(lock), encoding="utf-8", newline="\n")
    subprocess.run([git, "merge-file", "ours", "base", "theirs"], cwd=tmp_path, check=True)
    assert (tmp_path / "ours").read_text(encoding="utf-8") == dumps(both)

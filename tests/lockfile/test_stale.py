"""When a lock still answers a loadout, and when not."""

from collections.abc import Callable

import pytest
from msgspec import structs

from modpm.conflict.claims import Claim, Decision
from modpm.game import Game
from modpm.loadout import Loadout, OrderRule, Override, Pin, Wish
from modpm.lockfile import Lock, LockedMod, Stale, stale
from modpm.manifest import Provision
from modpm.requirement import Requirement
from modpm.versions import parse_range, parse_version

Mod = Callable[..., LockedMod]


def wish(what: str, **more: object) -> Wish:
    """Return the wish "ui ^1"; without a range, for any version."""
    id, _, range = what.partition(" ")
    return Wish(id, parse_range(range or "*"), **more)  # type: ignore[arg-type]


MINE = wish("mine", path="mods/mine.rhai")
LOADOUT = Loadout(
    name="x",
    game="arena",
    registries={"main": "mods"},
    mods=(MINE, wish("ui ^1")),
)


def with_wishes(*wishes: Wish, **more: object) -> Loadout:
    """Return the loadout with other mods, or other parts."""
    return structs.replace(LOADOUT, mods=wishes or LOADOUT.mods, **more)


def reasons(lock: Lock, loadout: Loadout) -> list[tuple[str, str]]:
    """Return what is stale, and why."""
    return [(reason.id, reason.problem) for reason in stale(lock, loadout)]


def test_fresh(small: Lock) -> None:
    """The lock answers the loadout it was made for."""
    assert stale(small, LOADOUT) == ()


@pytest.mark.parametrize(
    "loadout",
    [
        with_wishes(MINE, wish("ui >=1.2, <9")),
        with_wishes(MINE, wish("ui"), wish("core")),
        with_wishes(name="other", seed=7),
        with_wishes(game_version=parse_version("1.5.0")),
        with_wishes(strategy={"combat.*": "first-wins"}),
        with_wishes(order=(OrderRule("absent", "ui"),)),
        with_wishes(overrides=(Override("absent", drop=("core",)),)),
        with_wishes(MINE, wish("ui"), wish("absent", enabled=False)),
    ],
)
def test_other_words_for_the_same(small: Lock, loadout: Loadout) -> None:
    """Text that changes nothing about the answer makes no lock stale."""
    assert reasons(small, loadout) == []


@pytest.mark.parametrize(
    ("loadout", "expected"),
    [
        (with_wishes(MINE, wish("ui"), wish("sky ^2")), [("sky", "missing")]),
        (with_wishes(MINE, wish("ui ^2")), [("ui", "version")]),
        (with_wishes(wish("ui")), [("mine", "unwanted")]),
        (with_wishes(MINE), [("core", "unwanted"), ("radio", "unwanted"), ("ui", "unwanted")]),
        (with_wishes(MINE, wish("ui"), wish("radio", enabled=False)), [("radio", "disabled")]),
        (with_wishes(wish("mine"), wish("ui")), [("mine", "source")]),
        (with_wishes(wish("mine", path="mods/new.rhai"), wish("ui")), [("mine", "source")]),
        (with_wishes(MINE, wish("ui", path="mods/ui")), [("ui", "source")]),
        (with_wishes(MINE, wish("ui", registry="other")), [("ui", "source")]),
        (
            with_wishes(registries={"other": "x"}),
            [("core", "source"), ("radio", "source"), ("ui", "source")],
        ),
        (with_wishes(MINE, wish("ui", priority=3)), [("ui", "priority")]),
        (with_wishes(game="chess"), [("chess", "game")]),
        (with_wishes(game_version=parse_version("1.6.0")), [("arena", "game-version")]),
        (with_wishes(overrides=(Override("ui", drop=("core",)),)), [("ui", "override")]),
        (with_wishes(order=(OrderRule("ui", "mine"),)), [("mine", "order")]),
        (with_wishes(tiers={"core": "late"}), [("core", "tier")]),
        (with_wishes(pins=(Pin("combat", "max_hp", 1),)), [("combat.max_hp", "decision")]),
    ],
)
def test_stale(small: Lock, loadout: Loadout, expected: list[tuple[str, str]]) -> None:
    """Each change that another answer has to follow is told, with the mod that it is about."""
    assert reasons(small, loadout) == expected


def test_what_is_wanted_and_what_is_locked(small: Lock) -> None:
    """A reason shows both sides."""
    assert stale(small, with_wishes(MINE, wish("ui ^2"))) == (
        Stale("ui", "version", "^2", "1.2.0"),
    )


def test_prereleases(small: Lock, mod: Mod) -> None:
    """A locked pre-release stays only as long as the loadout allows it."""
    lock = structs.replace(small, mods=(mod("ui 1.3.0-beta.1"),))
    assert reasons(lock, with_wishes(wish("ui ^1", prereleases=True))) == []
    assert reasons(lock, with_wishes(wish("ui ^1"))) == [("ui", "version")]


def test_a_wish_for_a_virtual_id(small: Lock, mod: Mod) -> None:
    """A virtual id is answered by the mod that was chosen to provide it, in a version that fits."""
    provides = (Provision("audio", parse_version("2.1.0")),)
    lock = structs.replace(small, mods=(mod("sound 1.0.0", provides=provides),))
    assert reasons(lock, with_wishes(wish("audio ^2"))) == []
    assert reasons(lock, with_wishes(wish("audio ^3"))) == [("audio", "version")]


def test_the_players_order(small: Lock, mod: Mod) -> None:
    """A rule must be in the lock unless other edges forbid it, and leaves with the loadout's."""
    rule = (OrderRule("mine", "core"),)
    assert reasons(small, with_wishes(order=rule)) == [("core", "order")]
    core = structs.replace(small.mods[0], player_after=("mine",))
    ruled = structs.replace(small, mods=(core, *small.mods[1:]))
    assert reasons(ruled, with_wishes(order=rule)) == []
    assert reasons(ruled, LOADOUT) == [("core", "order")]
    assert reasons(small, with_wishes(order=(OrderRule("ui", "core"),))) == []


def test_the_games_tiers(small: Lock) -> None:
    """A game that groups mods in another way makes a lock stale in which some mod has a tier."""
    game = Game("arena", parse_version("1.5.0"), "Arena", tiers=("maps", "normal"))
    tiered = structs.replace(
        small, mods=(structs.replace(small.mods[0], tier="maps"), *small.mods[1:])
    )
    assert stale(small, LOADOUT, game) == ()
    assert stale(tiered, LOADOUT, game) == (
        Stale("arena", "tiers", "maps, normal", "early, normal, late"),
    )


def test_overrides(small: Lock) -> None:
    """An override that left the loadout makes the lock stale like one that is new."""
    drop = Override("ui", drop=("sky",), add=(Requirement("core", parse_range("^1")),))
    ui = structs.replace(small.mods[-1], overrides=("+core ^1", "-sky"))
    lock = structs.replace(small, mods=(*small.mods[:-1], ui))
    assert reasons(lock, with_wishes(overrides=(drop,))) == []
    assert reasons(lock, LOADOUT) == [("ui", "override")]


@pytest.mark.parametrize(
    ("loadout", "fresh"),
    [
        (LOADOUT, True),
        (with_wishes(strategy={"default": "priority"}), False),
        (with_wishes(strategy={"default": "exclusive"}), False),
        (with_wishes(pins=(Pin("combat", "max_hp", 2),)), False),
    ],
)
def test_decisions(small: Lock, loadout: Loadout, fresh: bool) -> None:
    """A decision that comes out otherwise under today's rules makes the lock stale."""
    claims = (Claim("core", "combat", "max_hp", 1), Claim("ui", "combat", "max_hp", 2))
    decision = Decision("combat", "max_hp", "last-wins", 2, "ui", claims)
    lock = structs.replace(small, decisions=(decision,))
    assert reasons(lock, loadout) == ([] if fresh else [("combat.max_hp", "decision")])


def test_pins(small: Lock) -> None:
    """A pin that changed, or is gone, makes its decision stale."""
    lock = structs.replace(small, decisions=(Decision("combat", "pace", "pin", 1, None, ()),))
    assert reasons(lock, with_wishes(pins=(Pin("combat", "pace", 1),))) == []
    assert reasons(lock, with_wishes(pins=(Pin("combat", "pace", 2),))) == [
        ("combat.pace", "decision")
    ]
    assert reasons(lock, LOADOUT) == [("combat.pace", "decision")]

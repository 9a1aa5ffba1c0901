"""What a player can do about a loadout that has no answer."""

from collections.abc import Callable

import pytest

from modpm.errors import Undecided, Unsatisfiable
from modpm.index import Index, MemoryIndex, Release
from modpm.loadout import Override
from modpm.requirement import Requirement
from modpm.resolve.fixes import changed, fixes
from modpm.resolve.problem import Change, Fix, Problem
from modpm.resolve.solve import no_limit, solve
from modpm.versions import parse_range, parse_version, spell

Offer = Callable[..., Release]
Ask = Callable[..., Problem]


def found(problem: Problem, index: Index) -> tuple[Fix, ...]:
    """Return the fixes for a problem that has no answer, after each was shown to work."""
    with pytest.raises(Unsatisfiable) as error:
        solve(problem, index)
    given = fixes(problem, error.value.causes, index, no_limit)
    for fix in given:
        left = problem
        for change in fix.changes:
            left = changed(left, change)
        chosen = {id: r.manifest.version for id, r in solve(left, index).releases.items()}
        moved = {move.id: move.new for move in fix.moves if move.new}
        assert {**problem.locked, **moved}.items() >= chosen.items()
    return given


def told(fix: Fix) -> str:
    """Return the changes of a fix as text, such as "ask ui ^2.8.0"."""
    return " + ".join(map(_told, fix.changes))


def _told(change: Change) -> str:
    of = change.range.text if change.range else change.version and spell(change.version)
    return f"{change.kind} {change.id} {of or ''}".strip()


def moves(fix: Fix) -> str:
    """Return what a fix does, such as "ui 1.0.0 -> 2.0.0, old 1.0.0 -> gone"."""
    return ", ".join(
        f"{m.id} {m.old and spell(m.old)} -> {m.new and spell(m.new)}" for m in fix.moves
    )


def test_ask_for_another_version(offer: Offer, ask: Ask) -> None:
    """A narrow wish is loosened to what fits, before any mod is given up."""
    index = MemoryIndex(
        [
            offer("combat 2.0.0", needs=("core ^2",)),
            offer("ui 2.8.0", needs=("core *",)),
            offer("ui 2.9.0", needs=("core ^1",)),
            offer("core 1.0.0"),
            offer("core 2.0.0"),
        ]
    )
    given = found(ask("combat", "ui >=2.9"), index)
    assert [told(fix) for fix in given] == ["ask ui ^2.8.0", "remove combat", "remove ui"]


def test_a_pre_release(offer: Offer, ask: Ask) -> None:
    """A pre-release that would do is the cheapest fix."""
    index = MemoryIndex([offer("hud 1.0.0", needs=("ui ^2",)), offer("ui 2.0.0-rc.1")])
    assert [told(fix) for fix in found(ask("hud"), index)] == ["prereleases ui ^2.0.0-rc.1"]


def test_another_game_version(offer: Offer, ask: Ask) -> None:
    """The first version of the game that a mod is for is named."""
    index = MemoryIndex([offer("ui 1.0.0", game="arena >=1.5, <2"), offer("sky 1.0.0")])
    problem = ask("ui", "sky", game="arena", game_version=parse_version("1.2.0"))
    assert [told(fix) for fix in found(problem, index)] == ["game arena 1.5.0", "remove ui"]


def test_what_the_player_forbade(offer: Offer, ask: Ask) -> None:
    """What the player disabled, or added to a mod's needs, may be taken back."""
    index = MemoryIndex([offer("ui 1.0.0", needs=("core",)), offer("core 1.0.0")])
    disabled = ask("ui", disabled=frozenset({"core"}))
    assert [told(fix) for fix in found(disabled, index)] == ["enable core ^1.0.0"]
    more = (Override("ui", add=(Requirement("core", parse_range("^9")),)),)
    assert [told(fix) for fix in found(ask("ui", overrides=more), index)] == ["override ui"]


def test_what_the_player_asks_for_is_kept(offer: Offer, ask: Ask) -> None:
    """Who adds a mod is not told to remove it."""
    index = MemoryIndex([offer("rain 1.0.0", conflicts=("sun",)), offer("sun 1.0.0")])
    problem = ask("rain", "sun")
    with pytest.raises(Unsatisfiable) as error:
        solve(problem, index)
    kept = fixes(problem, error.value.causes, index, no_limit, frozenset({"rain"}))
    assert list(map(told, kept)) == ["remove sun"]


def test_two_at_once(offer: Offer, ask: Ask) -> None:
    """Two clashes that have nothing to do with each other take a fix with two changes."""
    index = MemoryIndex([offer(f"{id} {v}.0.0") for id in ("ui", "hud") for v in (1, 2)])
    given = found(ask("ui ^3", "hud ^3"), index)
    assert told(given[0]) == "ask hud ^2.0.0 + ask ui ^2.0.0"


def test_what_a_fix_does(offer: Offer, ask: Ask) -> None:
    """A fix tells what becomes of what was locked."""
    index = MemoryIndex(
        [
            offer("a 1.0.0", needs=("core ^1",)),
            offer("b 1.0.0", needs=("core ^2",)),
            offer("core 1.0.0"),
            offer("core 2.0.0"),
        ]
    )
    locked = {"a": parse_version("1.0.0"), "core": parse_version("1.0.0")}
    given = {told(fix): moves(fix) for fix in found(ask("a", "b", locked=locked), index)}
    assert given == {
        "remove b": "",
        "remove a": "a 1.0.0 -> None, b None -> 1.0.0, core 1.0.0 -> 2.0.0",
    }


def test_no_more_time(offer: Offer, ask: Ask) -> None:
    """When the time is up there are fewer fixes, and no error."""
    index = MemoryIndex([offer("ui 1.0.0")])

    def tick() -> None:
        raise Undecided

    assert fixes(ask("ui ^2"), (), index, tick) == ()

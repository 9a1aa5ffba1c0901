"""The game with a screen plays what we ship, and nothing that a mod does stops it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns
from xml.etree import ElementTree

import pytest
from textual.pilot import Pilot

from examples.game import view
from examples.game.orders import ORDERS
from examples.game.play import Play, WrongGame
from examples.game.screen import Screen

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}text"
CELL = 12.2
"""How wide a character is in a picture of the screen."""
SECONDS = 10.0
"""How long something may take that takes much less."""
STORMS = "examples/mods/storm-front"


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A checkout of its own, in whose plague year storm-front lies on the player's disk."""
    for name in ("examples", "lockfiles"):
        copytree(ROOT / name, tmp_path / name, ignore=ignore_patterns(".modpm", "almanac"))
    edit(
        tmp_path / "lockfiles/plague-year/loadout.toml",
        '"realm/storm-front" = "^1.4"',
        f'"realm/storm-front" = {{ path = "../../{STORMS}" }}',
    )
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    """Replace the one place where `old` stands."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


@asynccontextmanager
async def screen(
    folder: Path, pace: float = 3600, paused: bool = True
) -> AsyncIterator[Pilot[None]]:
    """Play the loadout on a screen of 110 by 36 that nobody sees."""
    with Play(folder) as play:
        async with Screen(play, pace, paused).run_test(size=(110, 36)) as pilot:
            yield pilot


def seen(pilot: Pilot[None]) -> list[str]:
    """Return the lines on the screen."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for text in ElementTree.fromstring(pilot.app.export_screenshot()).iter(SVG):
        if "clip-path" in text.attrib:
            row = rows.setdefault(float(text.attrib["y"]), [])
            row.append((float(text.attrib["x"]), (text.text or "").replace("\xa0", " ")))
    return [line(sorted(row)) for _, row in sorted(rows.items())]


def line(pieces: list[tuple[float, str]]) -> str:
    """Return pieces of text, each at its place."""
    whole = ""
    for at, text in pieces:
        whole = whole.ljust(round(at / CELL)) + text
    return whole.rstrip()


async def until(pilot: Pilot[None], text: str, times: int = 1) -> None:
    """Wait until so many lines on the screen are as the pattern says."""
    async with asyncio.timeout(SECONDS):
        while len([line for line in seen(pilot) if re.search(text, line)]) < times:
            await pilot.pause(0.05)


def play_days(pilot: Pilot[None], days: int) -> None:
    """Let days pass at once."""
    assert isinstance(pilot.app, Screen)
    for _ in range(days):
        pilot.app.play.turn()


def run(scenario: Callable[[], object]) -> None:
    """Run a test that awaits."""
    asyncio.run(scenario())  # type: ignore[arg-type]


@pytest.mark.parametrize("readme", ["README.md", "examples/README.md"])
def test_the_picture_in_the_readme(shipped: Path, readme: str) -> None:
    """What a README shows is the screen on day 40 of the plague year, after a feast."""

    async def scenario() -> None:
        async with screen(shipped / "lockfiles/plague-year") as pilot:
            play_days(pilot, 40)
            await pilot.press("f")
            await until(pilot, "A feast")
            text = (ROOT / readme).read_text(encoding="utf-8")
            [picture] = re.findall(r"\$ python -m examples.game .*\n((?:.*\n)*?)```", text)
            shown = seen(pilot)
            assert [
                line for line in picture.splitlines() if line != "..." and line not in shown
            ] == []

    run(scenario)


def test_a_mod_is_edited_fails_and_comes_back(shipped: Path) -> None:
    """Saved, it is reloaded and its parameter is another; broken at play, it fails alone."""
    main, manifest = shipped / STORMS / "main.rhai", shipped / STORMS / "mod.toml"

    async def scenario() -> None:
        async with screen(shipped / "lockfiles/plague-year") as pilot:
            await pilot.press("n")
            await until(pilot, "day 1 of 200, spring")
            edit(manifest, "storm_chance = 0.05", "storm_chance = 0.5")
            await until(pilot, "weather.storm_chance      0.5 ")
            await until(pilot, "realm/storm-front   reloaded")
            edit(main, "fn on_tick(turn) {", 'fn on_tick(turn) { throw "thunder";')
            await until(pilot, "storm-front 1.4.0 is reloaded.", times=2)
            await pilot.press("n")
            await until(pilot, "realm/storm-front   failed in on_tick")
            await until(pilot, "weather.storm_chance      0.02")
            await pilot.press("n")
            await until(pilot, "day 3 of 200, spring")

    run(scenario)


def test_a_mod_that_loops_stops_nobody(shipped: Path) -> None:
    """While it runs the screen answers; then it fails, and the day is over."""
    loop = "fn on_tick(turn) { while true {}"
    edit(shipped / STORMS / "main.rhai", "fn on_tick(turn) {", loop)

    async def scenario() -> None:
        async with screen(shipped / "lockfiles/plague-year") as pilot:
            assert isinstance(pilot.app, Screen)
            step = asyncio.create_task(pilot.app.action_step())
            await pilot.pause(0.1)
            assert not step.done()
            await pilot.press("space")
            assert not pilot.app.paused
            await step
            await until(pilot, "realm/storm-front   failed in on_tick")

    run(scenario)


def test_a_mod_goes_and_comes(shipped: Path) -> None:
    """The mod under the cursor leaves with its claims, and brings them back."""

    async def scenario() -> None:
        async with screen(shipped / "lockfiles/plague-year") as pilot:
            await pilot.press("down", "u")
            await until(pilot, "realm/easy-mode     unloaded")
            await until(pilot, "combat.enemy_damage       1.0")
            await pilot.press("u")
            await until(pilot, "realm/easy-mode     plays")
            await until(pilot, "combat.enemy_damage       0.6")

    run(scenario)


def test_the_players_word_beats_the_mods(shipped: Path) -> None:
    """A decree pins the taxes over the warden's claim; a third order has to wait for tomorrow."""

    async def scenario() -> None:
        async with screen(shipped / "lockfiles/plague-year") as pilot:
            play_days(pilot, 40)
            await pilot.press("plus", "plus", "f")
            await until(pilot, "The day is over: orders are for tomorrow.")
            assert any(
                "economy.tax_rate          15 " in row and "you over warden" in row
                for row in seen(pilot)
            )

    run(scenario)


def test_it_plays_by_itself_until_it_is_paused(shipped: Path) -> None:
    """Days pass at the pace, components play too, and q leaves."""

    async def scenario() -> None:
        async with screen(shipped / "lockfiles/harvest-fair", 0, False) as pilot:
            await until(pilot, r"day ([3-9]|\d\d+) of 200")
            await pilot.press("space")
            await until(pilot, "paused")
            await until(pilot, "realm/fairground      plays")
            await pilot.press("q")
            assert not pilot.app.is_running

    run(scenario)


@pytest.mark.parametrize("loadout", ["gentle", "harvest-fair", "nightmare", "plague-year"])
def test_every_loadout_of_the_realm_has_a_year_of_its_own(shipped: Path, loadout: str) -> None:
    """It is played to the end without a complaint, and its mods made it what it was."""
    with Play(shipped / "lockfiles" / loadout) as play:
        while not play.realm.end:
            play.turn()
        assert [line for line in play.lines if line.level in ("warn", "error")] == []
        assert play.realm.gold != 400
        assert {row.by for row in view.parameters(play)} - {""}


def test_the_same_orders_are_the_same_year(shipped: Path) -> None:
    """Two plays of one loadout, with the same orders, end in the same realm and the same words."""

    def year() -> object:
        with Play(shipped / "lockfiles/plague-year") as play:
            for day in range(120):
                if day % 7 == 0:
                    play.order(ORDERS[day // 7 % len(ORDERS)])
                play.turn()
            return play.realm, play.host.plugins, play.lines

    assert year() == year()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
@pytest.mark.parametrize("typed", [b"\x03", b"q", None])
def test_an_interrupt_leaves_the_terminal_as_it_was(shipped: Path, typed: bytes | None) -> None:
    """Ctrl-C, q or a signal, in the middle of a mod's endless loop: it ends, and tidies up."""
    edit(shipped / STORMS / "main.rhai", "fn on_tick(turn) {", "fn on_tick(turn) { while true {}")
    import pty

    main, child = pty.openpty()
    game = subprocess.Popen(
        [sys.executable, "-m", "examples.game", "--pace", "0.1", shipped / "lockfiles/plague-year"],
        cwd=ROOT, stdin=child, stdout=child, stderr=child,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"},
    )  # fmt: skip
    os.close(child)
    out = b""
    while b"plague-year" not in out:
        out += os.read(main, 65536)
    time.sleep(0.3)  # by now the day has begun
    os.write(main, typed) if typed else game.send_signal(signal.SIGINT)
    try:
        while piece := os.read(main, 65536):
            out += piece
    except OSError:  # the other end is closed
        pass
    os.close(main)
    assert game.wait(SECONDS) in (0, 130)
    assert b"Traceback" not in out
    assert out.rindex(b"\x1b[?1049l") > out.rindex(b"\x1b[?1049h")
    assert out.rindex(b"\x1b[?25h") > out.rindex(b"\x1b[?25l")


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("lockfiles/opera-night", "is for the game opera"),
        ("lockfiles", "no loadout.toml"),
        ("lockfiles/plague-year", "no terminal"),
    ],
)
def test_what_cannot_be_played_is_told(shipped: Path, folder: str, told: str) -> None:
    """Another game's loadout, none, or a pipe for a screen, is an error in words."""
    play = [sys.executable, "-m", "examples.game", str(shipped / folder)]
    done = subprocess.run(play, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, told in done.stderr) == (1, "", True), done.stderr


STRANGE = """[game]
id = "realm"
version = "1.4.0"

[plugins.economy.parameters.tax_rate]
type = "enum"
values = ["much", "more"]
default = "more"
"""


def test_a_realm_that_is_another_game(shipped: Path) -> None:
    """Parameters of other types are told before the play; in the middle of one, it goes on."""
    folder = shipped / "lockfiles/gentle"
    strange = folder / "game.toml"
    with Play(folder) as play:
        play.turn()
        strange.write_text(STRANGE, encoding="utf-8")
        end = time.monotonic() + SECONDS
        while not any("not the parameters of the realm" in line.text for line in play.lines):
            assert time.monotonic() < end, play.lines
            play.keep_up()
        before = play.kingdom.land
        for order in ORDERS:
            play.order(order)
            play.turn()
        assert (play.realm.day, play.kingdom.land) == (1 + len(ORDERS), before)
    with pytest.raises(WrongGame, match="tax_rate"):
        Play(folder)


def test_without_textual_it_says_what_to_install(shipped: Path) -> None:
    """The screen is an extra."""
    program = "import sys, runpy; sys.modules['textual'] = None; sys.argv = ['game', '.']; "
    program += "runpy.run_module('examples.game', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == 'hint: pip install "modpm[game]"'

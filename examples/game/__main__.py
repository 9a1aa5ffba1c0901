"""Plays a loadout of the realm on this terminal: python -m examples.game lockfiles/plague-year."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from examples.game.play import Play, WrongGame
from modpm.cli.messages import explain
from modpm.errors import ModpmError


def main() -> int:
    """Play; return an exit code: 0, 1 if it cannot be played, 130 after an interrupt."""
    wishes = _wishes()
    try:
        from examples.game.screen import Screen
    except ModuleNotFoundError as missing:
        return _fail(f"the screen needs {missing.name}", 'pip install "modpm[game]"')
    try:
        play = Play(wishes.loadout)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return _fail("there is no terminal to play on", "modpm run plays without one")
        with play:
            Screen(play, wishes.pace).run()
    except WrongGame as game:
        return _fail(f"{wishes.loadout} is for the game {game}", "try lockfiles/plague-year")
    except (ModpmError, OSError) as error:
        message = explain(error)
        return _fail(message.text, message.hint)
    except KeyboardInterrupt:
        return 130
    print(f"{play.realm.end or f'You left the realm on day {play.realm.day}.'}")
    return 0


def _wishes() -> Namespace:
    parser = ArgumentParser("python -m examples.game", description="Rule the realm for a year.")
    parser.add_argument("loadout", type=Path, help="a folder, such as lockfiles/plague-year")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds a day; default 1")
    return parser.parse_args()


def _fail(what: str, hint: str | None) -> int:
    print(f"error: {what}" + (f"\nhint: {hint}" if hint else ""), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

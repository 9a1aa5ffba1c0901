"""A play can be told again, with what the game put in."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pytest

from modpm.errors import InvalidRecording, NotAsRecorded
from modpm.runtime.host import all_loaders
from modpm.runtime.record import Recorder
from modpm.session import Session, record
from modpm.session.play import play

EASY = Path(__file__).parents[1] / "runtime" / "easy_mode"
LOADOUT = """
[loadout]
name = "friday"
game = "arena"
seed = 3
[mods]
"echo" = { path = "echo%s" }
"""
GAME = """
[game]
id = "arena"
version = "1.0.0"
name = "Arena"
[plugins.combat]
hooks = ["round_started"]
[plugins.combat.parameters.max_hp]
type = "int"
default = 100
[plugins.weather]
enabled = false
"""


@pytest.fixture(params=["rhai", "wasm"])
def code(request: pytest.FixtureRequest, built: Callable[[Path], Path]) -> Path:
    """What runs easy_mode, of each kind in turn."""
    return EASY / "main.rhai" if request.param == "rhai" else built(EASY)


@pytest.fixture
def session(tmp_path: Path, code: Path) -> Session:
    """A loadout of one mod that does what the game's events say."""
    (tmp_path / "loadout.toml").write_text(LOADOUT % code.suffix)
    (tmp_path / "game.toml").write_text(GAME)
    copy(code, tmp_path / f"echo{code.suffix}")
    return Session(tmp_path, cache=tmp_path / "cache")


def recorded(session: Session, file: Path, *hits: int) -> Recorder:
    """Play so many turns with a hit in each, and write down what happened."""
    players = session.cast()
    host = players.host(all_loaders(session.cache))
    recorder = Recorder(host)

    def turn() -> None:
        number = len(recorder.turns)
        recorder.turn()
        if number < len(hits):
            host.publish("order", hits[number])

    play(players, host, len(hits), on_turn=turn)
    record.write(file, players, recorder)
    return recorder


def replayed(session: Session, file: Path) -> int:
    """Play a recording again; return the value at the end."""
    players = session.cast()
    host = players.host(all_loaders(session.cache))
    replay = record.Replay(file, record.read(file, players), host, Recorder(host))
    report = play(players, host, replay.ticks, on_turn=replay.turn)
    value = report.plugins["combat"].parameters["max_hp"]
    assert isinstance(value, int)
    return value


def test_what_the_game_put_in_is_put_in_again(session: Session, tmp_path: Path) -> None:
    """Events of the game are part of the recording: the replay ends as the play did."""
    recorder = recorded(session, tmp_path / "one.json", 50, 70)
    assert [len(turn.inputs) for turn in recorder.turns] == [0, 1, 1, 0]
    assert replayed(session, tmp_path / "one.json") == 50  # a command waits for the next turn


def test_two_plays_are_one(session: Session, tmp_path: Path) -> None:
    """The same inputs give the same bytes; others give another state."""
    for name, hits in {"a": (50, 70), "b": (50, 70), "c": (50, 71)}.items():
        recorded(session, tmp_path / name, *hits)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_other_code_is_found_out(session: Session, tmp_path: Path, code: Path) -> None:
    """What is on the disk now is not what was recorded."""
    recorded(session, tmp_path / "one.json", 50)
    with (tmp_path / f"echo{code.suffix}").open("ab") as file:
        file.write(b"\n" if code.suffix == ".rhai" else bytes([0, 2, 1, ord("n")]))
    with pytest.raises(NotAsRecorded) as error:
        replayed(session, tmp_path / "one.json")
    assert error.value.turn is None


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"of": [], "turns": []}', '{"of": 1, "turns": []}', "\xff", "[" * 9999],
)
def test_what_is_no_recording(session: Session, tmp_path: Path, text: str) -> None:
    """Any other file is refused with a reason."""
    file = tmp_path / "one.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(InvalidRecording):
        record.read(file, session.cast())

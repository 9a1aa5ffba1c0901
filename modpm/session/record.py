"""Recordings as files, and plays that are held against them."""

from pathlib import Path

import msgspec

from modpm.errors import InvalidRecording, NotAsRecorded
from modpm.runtime import Host
from modpm.runtime.record import Recorder, Recording, difference
from modpm.session.cast import Cast
from modpm.session.files import read_bytes
from modpm.store.state import write_text
from modpm.versions import spell


def write(file: Path, players: Cast, recorder: Recorder) -> None:
    """Write what was recorded; raise StoreError."""
    recording = Recording(_of(players), tuple(recorder.turns))
    text = msgspec.json.format(msgspec.json.encode(recording), indent=1).decode()
    write_text(file, f"{text}\n")


def read(file: Path, players: Cast) -> Recording:
    """Return a recording of these players.

    Raises InvalidRecording; NotAsRecorded if others played; OSError.
    """
    try:
        recording = msgspec.json.decode(read_bytes(file), type=Recording)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRecording(file=str(file), problem=str(error)) from error
    if recording.modpm_recording != 1 or len(recording.turns) < 2:
        raise InvalidRecording(file=str(file), problem="it is of another version, or has no end")
    expected, found = difference(recording.of, _of(players))
    if expected != found:
        raise NotAsRecorded(file=str(file), turn=None, expected=expected, found=found)
    return recording


class Replay:
    """Gives a host what the game put in, and holds each turn against the recording."""

    def __init__(self, file: Path, recording: Recording, host: Host, recorder: Recorder) -> None:
        self.ticks = len(recording.turns) - 2
        self._file = file
        self._recording = recording
        self._host = host
        self._recorder = recorder
        self._put_in(0)

    def turn(self) -> None:
        """Compare the turn that is over, and put in what the next one had; raise NotAsRecorded."""
        found, number = self._recorder.turn(), len(self._recorder.turns)
        expected = self._recording.turns[number - 1]
        was, now = difference(expected.lines(), found.lines())
        if was != now:
            raise NotAsRecorded(
                file=str(self._file), turn=min(number - 1, self.ticks), expected=was, found=now
            )
        self._put_in(number)

    def _put_in(self, number: int) -> None:
        for turn in self._recording.turns[number : number + 1]:
            for put in turn.inputs:
                self._host.publish(put.event, put.data)


def _of(players: Cast) -> tuple[str, ...]:
    """Return what was played, a line each."""
    game = f"{players.game.id} {spell(players.game.version)}"
    mods = (f"{mod.id} {spell(mod.version)} {mod.sha256}" for mod in players.lock.mods)
    return (f"game {game}", f"seed {players.seed}", *mods)

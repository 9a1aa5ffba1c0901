"""run: a play that is recorded, held against a recording, or measured."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from modpm.cli.render import columns, size
from modpm.runtime import LogRecord, ModRegistry
from modpm.runtime.host import all_loaders
from modpm.runtime.profile import Profiler, Use
from modpm.runtime.record import Recorder
from modpm.session import RunReport
from modpm.session import record as records
from modpm.session.cast import Cast
from modpm.session.play import play

HEAD = ("", "mod", "time", "calls", "longest call", "memory", "commands", "events")


class Stage:
    """The host of a play, with who watches it."""

    def __init__(
        self, players: Cast, cache: Path, profile: bool, replay: Path | None, keep: bool
    ) -> None:
        loaders = all_loaders(cache)
        self._profiler = Profiler(ModRegistry(loaders)) if profile else None
        self._players = players
        self.host = players.host([self._profiler] if self._profiler else loaders)
        self._recorder = Recorder(self.host, keep=keep or replay is not None)
        self._keep = keep
        self._replay = None
        if replay is not None:
            recording = records.read(replay, players)
            self._replay = records.Replay(replay, recording, self.host, self._recorder)

    def play(self, ticks: int, on_log: Callable[[LogRecord], object]) -> RunReport:
        """Play so many turns, or those of the recording; raise NotAsRecorded."""
        if self._replay is not None:
            return play(self._players, self.host, self._replay.ticks, on_log, self._replay.turn)
        if self._keep:
            return play(self._players, self.host, ticks, on_log, self._recorder.turn)
        return play(self._players, self.host, ticks, on_log)

    def write(self, file: Path) -> None:
        """Write down what happened; raise StoreError."""
        records.write(file, self._players, self._recorder)

    def told(self) -> list[str]:
        """Return what is to be shown below how the play ended, as lines."""
        rows = [_row(mod, use) for mod, use in self._uses()]
        table = ["", *columns([HEAD, *rows])] if rows else []
        same = ", as recorded" if self._replay else ""
        return [*table, "", f"state {self._recorder.state()}{same}"]

    def document(self) -> dict[str, Any]:
        """Return the same for `--json`."""
        profile = [{"mod": mod, "use": use} for mod, use in self._uses()]
        return {"state": self._recorder.state()} | ({"profile": profile} if profile else {})

    def _uses(self) -> list[tuple[str, Use]]:
        """Return what mods used, those that took longest first."""
        uses = self._profiler.uses if self._profiler else {}
        return sorted(uses.items(), key=lambda item: -item[1].seconds)


def _row(mod: str, use: Use) -> tuple[str, ...]:
    longest = f"{_time(use.longest)} in {use.longest_in}"
    memory = "-" if use.memory is None else size(max(use.memory, 0))
    counts = str(use.calls), longest, memory, str(use.commands), str(use.events)
    return "", mod, _time(use.seconds), *counts


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"

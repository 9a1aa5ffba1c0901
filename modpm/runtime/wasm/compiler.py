"""The process that compiles components, and the time and memory that each may take."""

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.spawn import get_executable
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from threading import Lock, Thread
from time import monotonic

from msgspec import Struct

from modpm.runtime.log import LINE
from modpm.runtime.wasm.files import root_cause

Job = dict[str, str | int]
IDLE = 5.0
"""Seconds after which a process that nobody asks ends."""
DAY = 24 * 60 * 60.0
PATIENCE = 0.1
"""Seconds between two times that somebody who waits hears of it."""


class Bounds(Struct, frozen=True):
    """What compiling one component may take. `memory` is in bytes, and holds on Linux only."""

    seconds: float = 120.0
    memory: int = 4 << 30


class NotCompiled(Exception):
    """There is no code; the text says why."""


class Invalid(NotCompiled):
    """There never will be any."""


def compile(
    source: Path, sha256: str, target: Path, bounds: Bounds, working: Callable[[], object]
) -> bool:
    """Write the code of the component with that hash to `target`; return whether it is async.

    `working` is called again and again meanwhile. Raises Invalid or NotCompiled. One component is
    compiled after the other; however this ends, nobody is at work on this one any more.
    """
    job: Job = {
        "source": str(source),
        "sha256": sha256,
        "target": str(target),
        "memory": bounds.memory,
    }
    with _alone:
        try:
            answer = _answer(job, bounds, working)
        except BaseException:
            _end()
            raise
    if "kind" in answer:
        return answer["kind"] == "async"
    if "invalid" in answer:
        raise Invalid(f"no valid component: {root_cause(answer['invalid'])}")
    raise NotCompiled(answer["failed"][:LINE])


def stand_by() -> None:
    """Have a process ready for as long as this one runs: who waits for a component, waits less."""
    global _worker
    with _alone:
        _end()
        _worker = _Worker(DAY)
        with suppress(NotCompiled):
            _answer({}, Bounds(), lambda: None)


class _Worker:
    """A process that compiles what it is asked to, until nobody has asked for `idle` seconds."""

    def __init__(self, idle: float = IDLE) -> None:
        self._said = TemporaryFile()  # noqa: SIM115 - as long as the process
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        self._process = subprocess.Popen(
            # a game that embeds Python can set its executable; -P: the player's folder may hold a
            # wasmtime.py
            [get_executable(), "-P", "-m", "modpm.runtime.wasm.compile", str(idle)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._ear = Thread(target=self._listen, daemon=True)
        self._ear.start()

    def ask(self, job: Job) -> bool:
        """Hand over a job; return False if the process is no longer there."""
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            return True
        return False

    def answer(self, bounds: Bounds, working: Callable[[], object]) -> bytes:
        """Return the answer, or b"" if the process ends; raise NotCompiled if it takes too long."""
        until = monotonic() + bounds.seconds
        while monotonic() < until:
            working()
            with suppress(Empty):
                return self._answers.get(timeout=PATIENCE)
        raise NotCompiled(f"it takes more than {bounds.seconds:g} seconds to compile")

    def end(self, grace: float = 0.0) -> tuple[int, str]:
        """End the process after `grace` seconds; return its exit code and the last that it said."""
        with self._process, self._said:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
            self._process.kill()
            self._ear.join()
            self._said.seek(0)
            said = self._said.read(1 << 20).decode(errors="replace").strip()
        return self._process.returncode, said

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(b"")


_worker: _Worker | None = None
_alone = Lock()


def _answer(job: Job, bounds: Bounds, working: Callable[[], object]) -> dict[str, str]:
    global _worker
    for _ in range(2):
        _worker = _worker or _Worker()
        if _worker.ask(job) and (line := _worker.answer(bounds, working)):
            answer: dict[str, str] = json.loads(line)
            return answer
        code, said = _end(grace=1.0)
        if code:
            return {"failed": _why(code, said, bounds)}
        # else it had just ended because nobody asked
    return {"failed": "the compiler ends before it answers"}


def _end(grace: float = 0.0) -> tuple[int, str]:
    global _worker
    ended, _worker = _worker, None
    return ended.end(grace) if ended else (0, "")


@atexit.register
def _end_undisturbed() -> None:
    """End the process at exit, where another Ctrl-C would only show the place that it came to."""
    if _worker is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end()


def _why(code: int, said: str, bounds: Bounds) -> str:
    if "memory allocation of" in said:
        return f"it takes more than {bounds.memory:,} bytes of memory to compile"
    return f"the compiler failed with exit code {code}: {said.splitlines()[-1] if said else ''}"

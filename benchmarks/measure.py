"""How times are taken: side by side, many times, and shown as median and spread."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

Samples = list[float]


def calls(
    work: Mapping[str, Callable[[], object]],
    runs: int = 15,
    number: int = 20_000,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, Samples]:
    """Return seconds a call of each, `runs` samples of `number` calls, the subjects in turn."""
    found: dict[str, Samples] = {name: [] for name in work}
    for _ in range(runs):
        for name, call in work.items():
            start = clock()
            for _ in range(number):
                call()
            found[name].append((clock() - start) / number)
    return found


def commands(
    work: Mapping[str, Sequence[str | Path]],
    *,
    folder: Path,
    runs: int = 15,
    before: Callable[[], object] | None = None,
) -> dict[str, Samples]:
    """Return CPU seconds of each command as a whole process, in turn, after one warm-up each."""
    found: dict[str, Samples] = {name: [] for name in work}
    for run in range(runs + 1):
        for name, command in work.items():
            if before is not None:
                before()
            spent = _cpu(command, folder)
            if run:
                found[name].append(spent)
    return found


def _cpu(command: Sequence[str | Path], folder: Path) -> float:
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} failed:\n{complaint.decode()}")
    return usage.ru_utime + usage.ru_stime


def memory() -> int:
    """Return the resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def show(
    found: Mapping[str, Samples], unit: str, floor: str, asked: Mapping[str, str] | None = None
) -> None:
    """Print median and quartiles of each, its ratio to `floor`, what is asked. Units: ms us ns."""
    scale = {"ms": 1e3, "us": 1e6, "ns": 1e9}[unit]
    base = median(found[floor])
    for name, samples in found.items():
        low, mid, high = (value * scale for value in quantiles(samples, n=4))
        ratio = median(samples) / base
        target = f"  (asked: at most {asked[name]})" if asked and name in asked else ""
        print(f"  {name:<44} {mid:9.3f} {unit}  ({low:.3f} to {high:.3f})  x{ratio:.2f}{target}")
    sys.stdout.flush()

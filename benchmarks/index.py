"""Opening an index, and what it holds in memory.

Run: python -m benchmarks index. A folder of 30,000 packed releases, whose index was built before:
at most 100 ms; its floor is to list it, which is how a change is seen (the state of an archive is
asked for when its mod is). An index file: at most 100 ms for 30,000 releases, 300 ms for 800,000;
its floor is to read that many bytes of it as the head has. Memory is that of a process that opens
the index and resolves 50 wishes: at most 150 MB for 30,000 releases, 600 MB for 800,000; its first
answer comes at most 1 s after the index is open.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from zipfile import ZipFile

import tomlkit

from benchmarks.ecosystem import GAME, PLAYED, Ecosystem
from benchmarks.measure import calls, show
from modpm.index import Release
from modpm.registry.directory import DirectoryRegistry
from modpm.registry.index_file import Entry, IndexFile, write_index
from modpm.registry.names import file_name
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.resolve.solve import solve
from modpm.versions import parse_range, spell


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        _folder(place, Ecosystem(3_500, 30_000), megabytes=150)
        _file(place / "small.index", Ecosystem(3_500, 30_000), milliseconds=100, megabytes=150)
        _file(place / "large.index", Ecosystem(100_000, 800_000), milliseconds=300, megabytes=600)


def _folder(place: Path, ecosystem: Ecosystem, megabytes: int) -> None:
    folder, cache = place / "registry", place / "cache"
    for release in ecosystem.releases:
        _pack(folder / release.manifest.id, release)
    start = perf_counter()
    DirectoryRegistry("bench", folder, cache).refresh()
    spent = perf_counter() - start
    print(f"{len(ecosystem.releases)} archives in a folder: indexed in {spent:.1f} s")
    work = {
        "list the folder": lambda: _names(folder),
        "modpm opens the folder": lambda: DirectoryRegistry("bench", folder, cache).refresh(),
    }
    asked = {"modpm opens the folder": "100 ms"}
    show(calls(work, runs=9, number=1), "ms", floor="list the folder", asked=asked)
    first_answer(folder, ecosystem, megabytes)


def _file(file: Path, ecosystem: Ecosystem, milliseconds: int, megabytes: int) -> None:
    start = perf_counter()
    write_index(file, map(entry, ecosystem.each()))
    spent, size = perf_counter() - start, file.stat().st_size / 1e6
    print(f"{sum(1 for _ in file.open('rb')) - 1} releases in {size:.0f} MB: made in {spent:.1f} s")
    with file.open("rb") as content:
        head = len(content.readline())
    work = {
        "read as many bytes": lambda: _read(file, head),
        "modpm opens the file": lambda: IndexFile("bench", file).refresh(),
    }
    asked = {"modpm opens the file": f"{milliseconds} ms"}
    show(calls(work, runs=9, number=1), "ms", floor="read as many bytes", asked=asked)
    first_answer(file, ecosystem, megabytes)


def first_answer(source: Path, ecosystem: Ecosystem, megabytes: int) -> None:
    """Open an index in a process of its own and resolve 50 wishes there."""
    wishes = [f"{wish.id} {wish.range.text}" for wish in ecosystem.wishes(50).wishes]
    command = [sys.executable, "-m", "benchmarks.index", str(source), *wishes]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(f"  {found.strip()} (asked: at most 1 s, {megabytes} MB)")


def _answer(source: Path, wishes: list[str]) -> None:
    """Open an index, resolve the wishes, and print what it took."""
    wanted = (wish.partition(" ") for wish in wishes)
    problem = Problem(
        wishes=tuple(Requirement(id, parse_range(range)) for id, _, range in wanted),
        game=GAME,
        game_version=PLAYED,
        recommends=False,
    )
    index = (
        DirectoryRegistry("bench", source, source.parent / "cache")
        if source.is_dir()
        else IndexFile("bench", source)
    )
    index.refresh()
    start = perf_counter()
    answer = solve(problem, index)
    spent = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"50 wishes, {len(answer.releases)} mods: {spent:.2f} s, at most {peak:.0f} MB in use")


def _read(file: Path, size: int) -> bytes:
    with file.open("rb") as content:
        return content.read(size)


def _names(folder: Path) -> int:
    return sum(1 for path in folder.iterdir() for _ in os.scandir(path))


def _pack(folder: Path, release: Release) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    manifest = release.manifest
    with ZipFile(folder / file_name(manifest.id, manifest.version), "w") as archive:
        archive.writestr("mod.toml", tomlkit.dumps(_words(release)))


def entry(release: Release) -> Entry:
    """Return a release as an index file has it."""
    return Entry(_words(release), release.sha256, release.size)


def _words(release: Release) -> dict[str, Any]:
    """Return a release in the words of mod.toml."""
    manifest = release.manifest
    assert manifest.game is not None
    return {
        "manifest-version": 1,
        "mod": {"id": manifest.id, "version": spell(manifest.version)},
        "game": {"id": manifest.game.id, "version": manifest.game.range.text},
        "dependencies": {d.alternatives[0].id: _either(d) for d in manifest.dependencies},
        "recommends": {d.alternatives[0].id: _either(d) for d in manifest.recommends},
        "suggests": _ranges(manifest.suggests),
        "conflicts": _ranges(manifest.conflicts),
        "provides": {p.id: spell(p.version) for p in manifest.provides},
    }


def _either(dependency: Dependency) -> object:
    if len(dependency.alternatives) == 1:
        return dependency.alternatives[0].range.text
    return {"any-of": [{"id": r.id, "version": r.range.text} for r in dependency.alternatives]}


def _ranges(requirements: Iterable[Requirement]) -> dict[str, str]:
    return {one.id: one.range.text for one in requirements}


if __name__ == "__main__":
    _answer(Path(sys.argv[1]), sys.argv[2:])

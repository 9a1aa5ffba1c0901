"""Plays each file of tests/scenarios as a story: commands, and what a player sees.

A scenario is a title of one sentence, then commands with what they print, then files:

    A mod that nobody offers is named, with the nearest name that exists.

    $ modpm lock
    ! error: no registry offers `acme/cora`
    ! hint: did you mean `acme/core`?
    [exit 1]

    -- loadout.toml --
    [loadout]
    name = "x"

- stdout comes first, then stderr with "! " before each line, then an exit code other than 0.
- `...` on a line of its own stands for any lines, `[..]` within a line for any text.
- `[CWD]` stands for the scenario's folder, `[CACHE]` for its cache; `\\` in a path is written `/`.
- Files are there before the first command. `use NAME` copies tests/scenarios/NAME/ into the folder.
- Besides modpm, commands are the functions of `Helpers`, and `VAR=value` may stand before modpm.
- `python FILE` runs a game that is a file of the scenario; distributions beside it are installed.
- `typing WORD modpm ...` runs modpm on a terminal, and types WORD when it is asked something.
- `start NAME modpm ...` runs modpm beside what follows: `until NAME TEXT` shows what it says, on
  stdout and stderr as it comes, until a line has TEXT; `interrupt NAME` presses Ctrl-C and shows
  the rest.

MODPM_UPDATE_SCENARIOS=1 rewrites what commands print; read the diff before you keep it.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

import pytest

FOLDER = Path(__file__).with_name("scenarios")
MODPM = shutil.which("modpm", path=str(Path(sys.executable).parent))
ASKED = b"]: "
UPDATE = bool(os.environ.get("MODPM_UPDATE_SCENARIOS"))


class Step(NamedTuple):
    """A command line, and the lines that it should print."""

    command: str
    expected: list[str]


class Scenario(NamedTuple):
    """A parsed file; `files` is its text from the first `-- name --` on."""

    title: str
    steps: list[Step]
    files: str


def parse(text: str) -> Scenario:
    """Return what the text of a scenario holds."""
    script, mark, files = re.split(r"(?m)(^-- .+ --$|\Z)", text, maxsplit=1)
    title, _, body = script.partition("\n\n")
    steps: list[Step] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], []))
        elif steps:
            steps[-1].expected.append(line)
    trimmed = [step._replace(expected=trim(step.expected)) for step in steps]
    return Scenario(title.strip(), trimmed, mark + files)


def trim(lines: list[str]) -> list[str]:
    """Return the lines without empty ones at the end."""
    return "\n".join(lines).rstrip("\n").splitlines()


def unparse(scenario: Scenario) -> str:
    """Return the text of a scenario, a blank line before each command."""
    steps = ["\n".join([f"$ {step.command}", *step.expected]) for step in scenario.steps]
    return "\n\n".join([scenario.title, *steps, scenario.files]).rstrip("\n") + "\n"


def matches(expected: list[str], actual: list[str]) -> bool:
    """Return whether the lines are those expected, with `...` and `[..]` standing for anything."""
    lines = (
        r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("[..]"))) + r"\n"
        for line in expected
    )
    return re.fullmatch("".join(lines), "".join(f"{line}\n" for line in actual)) is not None


class Helpers:
    """The commands besides modpm: words in, lines out; paths are below the scenario's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def use(self, name: str) -> list[str]:
        """Copy a shared folder of tests/scenarios here."""
        shutil.copytree(FOLDER / name, self._folder, dirs_exist_ok=True)
        return []

    def ship(self) -> list[str]:
        """Copy examples/ and lockfiles/ here, as a checkout has them."""
        for name in ("examples", "lockfiles"):
            left_out = shutil.ignore_patterns(".modpm")
            shutil.copytree(FOLDER.parents[1] / name, self._folder / name, ignore=left_out)
        (self._folder / "examples/mods/almanac/mod.wasm").unlink(missing_ok=True)  # built by some
        return []

    def edit(self, file: str, old: str, new: str) -> list[str]:
        """Replace the one place where `old` stands."""
        text = self._text(file)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self._path(file).write_text(text.replace(old, new), encoding="utf-8", newline="\n")
        return []

    def truncate(self, file: str, size: str) -> list[str]:
        """Keep the first `size` bytes."""
        os.truncate(self._path(file), int(size))
        return []

    def corrupt(self, file: str) -> list[str]:
        """Change one byte in the middle; size and date of the file stay what they were."""
        path = self._path(file)
        stat = path.stat()
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.chmod(0o644)
        path.write_bytes(data)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return []

    def rm(self, path: str) -> list[str]:
        """Remove a file or a folder."""
        target = self._path(path)
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        return []

    def cp(self, source: str, target: str) -> list[str]:
        """Copy a file."""
        shutil.copy(self._path(source), self._path(target))
        return []

    def assemble(self, text: str, wasm: str) -> list[str]:
        """Make binary WebAssembly of its text."""
        tool = shutil.which("wasm-tools", path=str(Path(sys.executable).parent))
        assert tool, "wasm-tools is not installed beside this Python"
        subprocess.run([tool, "parse", self._path(text), "-o", self._folder / wasm], check=True)
        return []

    def cat(self, file: str) -> list[str]:
        """Show a file."""
        return self._text(file).splitlines()

    def ls(self, folder: str = ".") -> list[str]:
        """Show the names in a folder, sorted."""
        return sorted(path.name for path in self._path(folder).iterdir())

    def cmp(self, one: str, other: str) -> list[str]:
        """Say so if two files differ."""
        same = self._path(one).read_bytes() == self._path(other).read_bytes()
        return [] if same else [f"{one} and {other} differ"]

    def _path(self, pattern: str) -> Path:
        """Return the one path that `pattern` names; `*` stands for names that are hashes."""
        found = list(self._folder.glob(pattern)) if "*" in pattern else [self._folder / pattern]
        assert len(found) == 1, f"{pattern} names {len(found)} paths"
        return found[0]

    def _text(self, file: str) -> str:
        return self._path(file).read_bytes().decode()


class Playing:
    """A modpm that runs until it is interrupted."""

    def __init__(self, args: list[str], folder: Path, env: dict[str, str]) -> None:
        assert MODPM, "modpm is not installed beside this Python"
        self._process = subprocess.Popen(
            [MODPM, *args],
            cwd=folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()

    def until(self, text: str) -> list[str]:
        """Return what it says up to a line with the text; fail if that does not come."""
        shown: list[str] = []
        while not any(text in line for line in shown[-1:]):
            try:
                line = self._lines.get(timeout=60)
            except Empty:
                line = None
            assert line is not None, "\n".join([f"no line with {text!r}, but", *shown])
            shown.append(line)
        return shown

    def interrupt(self) -> list[str]:
        """Press Ctrl-C; return what it says until it ends."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(60)
        return [*iter(self._lines.get, None), *([f"[exit {code}]"] if code else [])]

    def close(self) -> None:
        """End it if it runs."""
        with self._process:
            self._process.kill()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


class Stage:
    """A fresh folder with the scenario's files, a fresh cache, and the installed modpm."""

    def __init__(self, root: Path, files: str) -> None:
        self._folder = root / "play"
        self._cache = root / "cache"
        self._folder.mkdir()
        self._helpers = Helpers(self._folder)
        self._playing: dict[str, Playing] = {}
        for name, text in _files(files):
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    def play(self, command: str) -> list[str]:
        """Run one command; return what a player sees."""
        words = shlex.split(command)
        own = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
        name, *args = words[len(own) :]
        if name in ("modpm", "python"):
            assert MODPM, "modpm is not installed beside this Python"
            return self._run([MODPM if name == "modpm" else sys.executable, *args], own)
        if name == "typing":
            return self._typing(args[0], args[2:], own)
        if name in ("start", "until", "interrupt"):
            return self._beside(name, *args)
        helper = getattr(self._helpers, name)
        lines: list[str] = helper(*(arg.replace("[CACHE]", "../cache") for arg in args))
        return lines

    def _run(self, command: list[str], own: dict[str, str]) -> list[str]:
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment(own),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )
        return self._told(done.stdout, done.stderr, done.returncode)

    def _typing(self, word: str, args: list[str], own: dict[str, str]) -> list[str]:
        """Run modpm with a terminal for stdin and stderr."""
        pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
        assert MODPM, "modpm is not installed beside this Python"
        terminal, end = pty.openpty()
        with subprocess.Popen(
            [MODPM, *args],
            cwd=self._folder,
            env=self._environment(own),
            stdin=end,
            stdout=subprocess.PIPE,
            stderr=end,
        ) as process:
            os.close(end)
            shown = b""
            while piece := _read(terminal):
                asked = shown.count(ASKED)
                shown += piece
                os.write(terminal, f"{word}\n".encode() * (shown.count(ASKED) - asked))
            assert process.stdout
            printed = process.stdout.read().decode()
        os.close(terminal)
        return self._told(printed, shown.decode().replace("\r\n", "\n"), process.returncode)

    def _beside(self, what: str, name: str, *args: str) -> list[str]:
        if what == "start":
            if os.name == "nt":
                pytest.skip("Windows has no Ctrl-C for one process")
            self._playing[name] = Playing([*args[1:]], self._folder, self._environment({}))
            return []
        playing = self._playing[name]
        lines = playing.until(*args) if what == "until" else playing.interrupt()
        return self._seen("\n".join(lines))

    def close(self) -> None:
        """End what still runs."""
        for playing in self._playing.values():
            playing.close()

    def _environment(self, own: dict[str, str]) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("MODPM_")}
        env |= {"MODPM_CACHE": str(self._cache), "MODPM_DATA": str(self._folder / "data")}
        return env | {"NO_COLOR": "1", "PYTHONUTF8": "1", "TERM": "dumb", **own}

    def _told(self, stdout: str, stderr: str, code: int) -> list[str]:
        lines = self._seen(stdout) + [f"! {line}".rstrip() for line in self._seen(stderr)]
        return lines + ([f"[exit {code}]"] if code else [])

    def _seen(self, text: str) -> list[str]:
        for path, name in ((self._folder, "[CWD]"), (self._cache, "[CACHE]")):
            text = text.replace(str(path), name)
        return (text.replace("\\", "/") if os.name == "nt" else text).splitlines()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when nobody is at the other end
        return b""


def _files(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"(?m)^-- (.+) --\n", text)
    return zip(parts[1::2], parts[2::2], strict=True)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_scenario(file: Path, tmp_path: Path) -> None:
    """Every command of the story prints what the story says."""
    scenario = parse(file.read_text(encoding="utf-8"))
    with closing(Stage(tmp_path, scenario.files)) as stage:
        _follow(scenario, stage)
    if UPDATE:
        file.write_text(unparse(scenario), encoding="utf-8", newline="\n")


def _follow(scenario: Scenario, stage: Stage) -> None:
    for number, step in enumerate(scenario.steps):
        actual = trim(stage.play(step.command))
        if UPDATE and not matches(step.expected, actual):
            scenario.steps[number] = step._replace(expected=actual)
        elif not matches(step.expected, actual):
            assert [f"$ {step.command}", *actual] == [f"$ {step.command}", *step.expected], (
                scenario.title
            )


def test_a_scenario_survives_being_written_again() -> None:
    """Parsing and writing give the same text: an update changes only what commands print."""
    for file in FOLDER.glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        assert unparse(parse(text)) == text, file.name


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (["a"], ["a"], True),
        (["a"], ["a", "b"], False),
        (["a", "..."], ["a", "b", "c"], True),
        (["...", "c"], ["a", "b"], False),
        (["a[..]c"], ["abc"], True),
        (["a[..]c"], ["abd"], False),
        (["a.c"], ["abc"], False),
        ([], [], True),
    ],
)
def test_wildcards(expected: list[str], actual: list[str], same: bool) -> None:
    """Three dots stand for any lines, [..] for any text, all else for itself."""
    assert matches(expected, actual) is same

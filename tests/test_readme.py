"""The README does what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose cache is empty."""
    return os.environ | {"MODPM_CACHE": str(tmp_path / "cache"), "PYTHONUTF8": "1", "NO_COLOR": "1"}


def test_library(environment: dict[str, str]) -> None:
    """The library example runs, prints what changes, and no mod fails."""
    code, _mending = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stderr == ""
    *changes, last = done.stdout.splitlines()
    assert "enemy_damage 0.6" in changes
    assert last.endswith("()")


def test_library_mends_a_loadout(environment: dict[str, str], tmp_path: Path) -> None:
    """The example that catches the error leaves a loadout that is locked."""
    folder = tmp_path / "play"
    shutil.copytree(ROOT / "tests" / "scenarios" / "arena", folder)
    (folder / "loadout.toml").write_text(
        '[loadout]\nname = "friday"\ngame = "arena"\n[registries]\ndefault = "registry"\n'
        '[mods]\n"acme/hardmode" = "*"\n"acme/weather" = "^2"\n',
        encoding="utf-8",
    )
    _playing, code = blocks("python")
    start = "from pathlib import Path\nfrom modpm.session import Session\n"
    code = f"{start}session = Session.find(Path.cwd())\n{code}print(session.sync().changes)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("()\n", "")
    assert '"acme/weather" = "^1.0.0"' in (folder / "loadout.toml").read_text(encoding="utf-8")


def test_transcript(environment: dict[str, str]) -> None:
    """Every line of the transcript is one that the command prints, in that order."""
    transcript, _picture = blocks("console")
    command, *shown = transcript.splitlines()
    arguments = command.removeprefix("$ modpm ").split()
    done = subprocess.run(
        [sys.executable, "-m", "modpm", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    printed = iter(done.stdout.splitlines())
    assert [line for line in shown if line != "..." and line not in printed] == []


def test_loadout(environment: dict[str, str], tmp_path: Path) -> None:
    """The loadout that the README shows can be played."""
    [loadout] = blocks("toml")
    text = loadout.replace('"examples"', f"'{ROOT / 'examples'}'")
    (tmp_path / "loadout.toml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "modpm", "run", "--ticks", "5"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "150" in done.stdout

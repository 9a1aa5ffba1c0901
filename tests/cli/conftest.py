"""The installed `modpm`, run as a process of its own in a fresh folder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a player who has never run modpm."""
    own = {"MODPM_CACHE": str(tmp_path / "cache"), "PYTHONUTF8": "1"}
    return {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "MODPM_DEBUG")} | own


@pytest.fixture
def program() -> str:
    """The path of the installed command."""
    found = shutil.which("modpm", path=str(Path(sys.executable).parent))
    assert found, "modpm is not installed beside this Python"
    return found


@pytest.fixture
def modpm(tmp_path: Path, environment: dict[str, str], program: str) -> Run:
    """Run modpm with some words, in the folder `play`; more environment by keyword."""
    (tmp_path / "play").mkdir()

    def run(*args: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [program, *args],
            cwd=tmp_path / "play",
            env=environment | more,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    return run

"""A loadout that takes too long to decide: what the player sees, and that it ends."""

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PIGEONS, HOLES = 15, 13

MOD = """manifest-version = 1
[mod]
id = "p{pigeon}"
version = "{hole}.0.0"
[conflicts]
{foes}
"""


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """A loadout of more pigeons than there are holes for, which no resolver decides soon."""
    folder = tmp_path / "play"
    folder.mkdir(exist_ok=True)
    for pigeon in range(PIGEONS):
        for hole in range(1, HOLES + 1):
            mod = folder / "registry" / f"p{pigeon}-{hole}"
            mod.mkdir(parents=True)
            foes = "\n".join(f'p{other} = "={hole}.0.0"' for other in range(pigeon))
            text = MOD.format(pigeon=pigeon, hole=hole, foes=foes)
            (mod / "mod.toml").write_text(text, encoding="utf-8")
    invite(folder, PIGEONS)
    return folder


def invite(folder: Path, pigeons: int) -> None:
    """Let the loadout want so many."""
    wishes = "\n".join(f'p{pigeon} = "*"' for pigeon in range(pigeons))
    head = '[loadout]\nname = "crowd"\n[registries]\ndefault = "registry"\n[mods]\n'
    (folder / "loadout.toml").write_text(head + wishes + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    "command",
    [
        "lock",
        "sync",
        "fix",
        "plan",
        "add p1@=2.0.0",
        "remove p0",
        "update --all",
        "update p1",
        "outdated",
        "why-not p1@=2.0.0",
        "conflicts --preview p1@=2.0.0",
    ],
)
def test_what_cannot_be_decided_in_time(modpm: Run, crowd: Path, command: str) -> None:
    """When the time is up the player is told so, and what to do; nothing is written."""
    invite(crowd, 5)
    assert modpm("lock").returncode == 0
    invite(crowd, PIGEONS)
    before = {path: path.read_bytes() for path in crowd.glob("loadout.*")}
    done = modpm(*command.split(), "--timeout", "0.5")
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("error: gave up after 0.5 s, with neither an answer nor proof")
    assert "--timeout 300" in done.stderr
    assert {path: path.read_bytes() for path in crowd.glob("loadout.*")} == before


def test_progress_is_shown_and_ctrl_c_ends_it(
    crowd: Path, program: str, environment: dict[str, str]
) -> None:
    """On a terminal a bar appears; Ctrl-C takes it away, shows the cursor, and writes nothing."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    parent, child = pty.openpty()
    with subprocess.Popen(
        [program, "lock"], cwd=crowd, env=environment | {"TERM": "xterm"}, stderr=child
    ) as process:
        os.close(child)
        shown = b""
        while b"resolving" not in shown:
            shown += os.read(parent, 65536)
        process.send_signal(signal.SIGINT)
        with suppress(OSError):  # Linux says so when nobody is at the other end
            while piece := os.read(parent, 65536):
                shown += piece
    os.close(parent)
    assert process.returncode == 130
    assert shown.endswith(b"interrupted\r\n")
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")
    assert not (crowd / "loadout.lock").exists()

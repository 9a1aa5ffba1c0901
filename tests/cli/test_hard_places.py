"""Interrupts, disks that refuse, two modpm at once: nothing is lost, no traceback is shown."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Environment = dict[str, str]

ARENA = Path(__file__).parents[1] / "scenarios" / "arena"
CODE = {
    "main.rhai": Path(__file__).parents[1] / "runtime" / "relay",
    "mod.wasm": Path(__file__).parents[2] / "examples" / "mods" / "fairground",
}
STARTED = "from modpm.cli.main import main; print('started', flush=True); main()"
MOD = 'manifest-version = 1\n[mod]\nid = "own"\nversion = "1.0.0"\nentry = "%s"\n'

LOADOUT = """
[loadout]
name = "friday"
game = "arena"

[registries]
default = "registry"

[mods]
"acme/hardmode" = "*"
"""

interrupts = pytest.mark.skipif(
    sys.platform == "win32",
    reason="Windows sends Ctrl-C to a whole console, the tests' own included",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A loadout in the arena, never locked."""
    shutil.copytree(ARENA, tmp_path / "play")
    (tmp_path / "play" / "loadout.toml").write_text(LOADOUT, encoding="utf-8")
    return tmp_path / "play"


def many(folder: Path, count: int) -> None:
    """Fill the registry until reading it takes a while."""
    for number in range(count):
        mod = folder / "registry" / f"extra-{number}"
        mod.mkdir()
        head = f'manifest-version = 1\n[mod]\nid = "extra/n{number}"\n'
        (mod / "mod.toml").write_text(f'{head}version = "1.0.0"\nname = "N"\n', encoding="utf-8")


@interrupts
@pytest.mark.parametrize("wait", [0.0, 0.1, 0.3, 0.6])
def test_an_interrupted_sync_loses_nothing(
    program: str, environment: Environment, folder: Path, wait: float
) -> None:
    """Ctrl-C at any moment of a sync says so; the next sync does the work."""
    many(folder, 500)
    cache = Path(environment["MODPM_CACHE"])
    with subprocess.Popen(
        [program, "sync"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        while not cache.exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode in (0, 130, -signal.SIGINT), said  # the last: as Python shut down
    assert "Traceback" not in said
    assert ("interrupted" in said) is (process.returncode == 130)
    for verb in ("sync", "verify"):
        subprocess.run([program, verb], cwd=folder, env=environment, check=True)


@interrupts
def test_an_interrupted_run_says_so(program: str, environment: Environment, folder: Path) -> None:
    """Ctrl-C in the middle of a game ends it with one word."""
    script = folder / "registry" / "hardmode" / "main.rhai"
    script.write_text('fn on_tick(turn) { log("turn " + turn); }', encoding="utf-8")
    with subprocess.Popen(
        [program, "run", "--ticks", "1000000000"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert any("turn 3" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode == 130
    assert said.strip().endswith("interrupted")
    assert "Traceback" not in said


@interrupts
@pytest.mark.parametrize("words", ["run --ticks 1000000000", "run --watch", "dev own"])
@pytest.mark.parametrize("entry", CODE)
def test_ctrl_c_ends_a_play_at_any_moment(
    environment: Environment, folder: Path, entry: str, words: str
) -> None:
    """While it starts, while it plays, twice: no traceback, and the loadout is as it was."""
    (folder / "own").mkdir()
    shutil.copy(CODE[entry] / entry, folder / "own")
    (folder / "own" / "mod.toml").write_text(MOD % entry, encoding="utf-8")
    with (folder / "loadout.toml").open("a", encoding="utf-8") as loadout:
        loadout.write('own = { path = "own" }\n')
    command = [sys.executable, "-c", STARTED]
    subprocess.run([*command, "sync"], cwd=folder, env=environment, check=True)
    before = contents(folder)
    for wait in (0.0, 0.1, 0.2, 0.4, 0.8):
        with subprocess.Popen(
            [*command, "-q", *words.split()],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == "started\n"
            for seconds in (wait, 0.01):
                time.sleep(seconds)
                process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
        assert process.returncode in (0, 130, -signal.SIGINT), said  # the last: Python's own
        assert "Traceback" not in said
        assert contents(folder) == before


def contents(folder: Path) -> dict[Path, bytes]:
    """Return every file in a folder."""
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


FINALIZER = """
import os, signal, sys, time
from modpm.cli import main as entry

class Handle:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)

def run(args):
    Handle()
    time.sleep(30)
    return 0

entry._run = run
entry.main()
"""


@interrupts
def test_a_ctrl_c_in_a_finalizer_counts() -> None:
    """Python drops what is raised there and prints a traceback; the player wants to leave."""
    command = [sys.executable, "-c", FINALIZER]
    done = subprocess.run(command, capture_output=True, text=True, timeout=25)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


@interrupts
def test_an_interrupted_plan_writes_no_lock(
    program: str, environment: Environment, folder: Path
) -> None:
    """Ctrl-C while a mod starts for ever is one word, and everything is as it was."""
    script = folder / "registry" / "hardmode" / "main.rhai"
    script.write_text("fn on_init() { loop {} }", encoding="utf-8")
    store = Path(environment["MODPM_CACHE"]) / "store" / "sha256"
    with subprocess.Popen(
        [program, "lock"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        while len(list(store.glob("*"))) < 2 and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert (process.returncode, said.strip().splitlines()[-1]) == (130, "interrupted")
    assert not (folder / "loadout.lock").exists()


def test_a_pipe_that_closes_ends_a_run_quietly(
    program: str, environment: Environment, folder: Path
) -> None:
    """`modpm run | head -1` blames no mod."""
    script = folder / "registry" / "hardmode" / "main.rhai"
    script.write_text('fn on_tick(turn) { log("turn " + turn); }', encoding="utf-8")
    with subprocess.Popen(
        [program, "-q", "run", "--ticks", "1000000"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.fixture
def mounted(program: str, environment: Environment, folder: Path) -> Run:
    """Run modpm with a file system of its own as cache; stdout ends with what is left there."""
    unshare = ["unshare", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*unshare, "true"], check=False).returncode:
        pytest.skip("needs `unshare --mount`: a kernel that lets this user mount in a namespace")
    cache = Path(environment["MODPM_CACHE"])
    cache.mkdir()

    def run(options: str, *args: str) -> "subprocess.CompletedProcess[str]":
        script = (
            f'mount -t tmpfs -o {options} none "{cache}" || exit 99\n'
            f'"{program}" "$@"; code=$?\n'
            f'find "{cache}" -name "*.dat" -size +0 -o -name "*.rhai"; exit $code'
        )
        return subprocess.run(
            [*unshare, "sh", "-c", script, "sh", *args],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_read_only_store_is_named(
    mounted: Run, program: str, environment: Environment, folder: Path
) -> None:
    """A store that cannot be written stops a sync with the reason, and changes nothing."""
    done = mounted("ro", "sync")
    assert done.returncode == 1, done.stderr
    assert "read-only file system" in done.stderr.lower()
    assert not (folder / "loadout.lock").exists()
    subprocess.run([program, "sync"], cwd=folder, env=environment, check=True)


def test_a_full_disk_is_named(
    mounted: Run, program: str, environment: Environment, folder: Path
) -> None:
    """A disk that fills up stops a sync with the reason; no part of a mod stays behind."""
    (folder / "registry" / "hardmode" / "music.dat").write_bytes(os.urandom(3_000_000))
    done = mounted("size=1m", "sync")
    assert done.returncode == 1, done.stderr
    assert "no space left on device" in done.stderr.lower()
    assert "music.dat" not in done.stdout
    assert not (folder / "loadout.lock").exists()
    subprocess.run([program, "sync"], cwd=folder, env=environment, check=True)


def test_several_syncs_at_once_agree(program: str, environment: Environment, folder: Path) -> None:
    """Four players' hands on one loadout and one store: all succeed, and the store is whole."""
    together = [
        subprocess.Popen([program, "sync"], cwd=folder, env=environment, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate()[1].decode() for process in together]
    assert [process.returncode for process in together] == [0, 0, 0, 0], said
    subprocess.run([program, "sync", "--locked"], cwd=folder, env=environment, check=True)
    subprocess.run([program, "verify"], cwd=folder, env=environment, check=True)

"""Compiled once, kept in private, and never taken from anybody else."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from wasmtime import Engine
from wasmtime.component import Component, Instance, Linker

from modpm import disk
from modpm.errors import InvalidFormat, LoadFailed, NotFound, StoreError
from modpm.runtime.wasm import aot, calls, code_cache, engine, files
from modpm.runtime.wasm.compiler import Bounds

Build = Callable[[str], Path]

ANSWER = """
(component
  (core module $m (func (export "f") (result i32) (i32.const 42)))
  (core instance $i (instantiate $m))
  (func (export "answer") (result u32) (canon lift (core func $i "f")))
  (instance (export "modpm:mod/none@1.0.0")))
"""
ASYNC = """
(component
  (core module $m
    (func (export "f") (result i32) (i32.const 0))
    (func (export "c") (param i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (func (export "f") async (canon lift (core func $i "f") async (callback (core func $i "c"))))
  (instance (export "modpm:mod/none@1.0.0")))
"""


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a player who has never run modpm."""
    monkeypatch.setenv("MODPM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MODPM_DATA", str(tmp_path / "data"))


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Make a component of WebAssembly text; return its file."""

    def made(text: str) -> Path:
        source, target = tmp_path / "mod.wat", tmp_path / "mod.wasm"
        source.write_text(text, encoding="utf-8")
        tool = Path(sys.executable).with_name("wasm-tools")
        subprocess.run([tool, "parse", source, "-o", target], check=True)
        return target

    return made


def huge(steps: int) -> str:
    """Return a component with one function so long that compiling it takes `steps` steps."""
    body = "(local.set $x (i32.add (local.get $x) (i32.load (local.get $x))))\n" * steps
    function = f'(func (export "f") (param $x i32) (result i32)\n{body}(local.get $x))'
    return f"(component (core module (memory 1) {function}))"


def answer(path: Path) -> object:
    """Return what the component in the file answers."""
    loaded = aot.component(path, "me/x")
    store = calls.Store(loaded.engine, seconds=1)
    linker = Linker(loaded.engine)
    instance: Instance = calls.instantiate(store, linker, loaded.component)
    function = instance.get_func(store, "answer")
    assert function is not None
    return calls.bind(store, function)()


def kept(tmp_path: Path) -> list[Path]:
    """Return the files with code in the cache."""
    return sorted((tmp_path / "cache" / "aot").rglob("*.cwasm"))


def others(tmp_path: Path) -> list[Path]:
    """Return the files in the cache that are neither code nor notes about it."""
    found = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    return [path for path in found if path.suffix not in (".cwasm", ".seen")]


def rewrite(file: Path, content: bytes) -> None:
    """Change a file in place, its size and date as they were."""
    status = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_what_was_prepared_is_loaded_without_being_compiled(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an install no compiler is needed any more, from the first load on."""
    path = build(ANSWER)
    aot.prepare(path, "me/x")
    monkeypatch.setattr("multiprocessing.spawn._python_exe", b"/nowhere/python")
    assert answer(path) == 42
    assert answer(path) == 42


def test_a_component_that_nobody_prepared_is_compiled_when_it_is_loaded(build: Build) -> None:
    """A cache that was emptied costs time, nothing else."""
    assert answer(build(ANSWER)) == 42


def test_the_same_component_in_two_places_is_compiled_once(build: Build, tmp_path: Path) -> None:
    """Code belongs to content, not to a path."""
    path = build(ANSWER)
    aot.prepare(path, "me/x")
    aot.prepare(path.rename(tmp_path / "other.wasm"), "me/y")
    assert len(kept(tmp_path)) == 1


def test_another_component_at_the_same_path_is_another(build: Build, tmp_path: Path) -> None:
    """An edit in place, of the same size and date, is seen."""
    path = build(ANSWER)
    time.sleep(disk.RACY / 1e9)  # older than what is looked at again anyway
    assert answer(path) == 42
    rewrite(path, path.read_bytes().replace(b"\x41\x2a", b"\x41\x2b"))
    assert answer(path) == 43


def test_a_component_with_async_functions_gets_the_engine_that_can(build: Build) -> None:
    """Support that costs every call is there for those who need it only."""
    path = build(ASYNC)
    for _ in range(2):
        assert aot.component(path, "me/x").engine is engine.engine(asynchronous=True)
    assert aot.component(build(ANSWER), "me/x").engine is engine.engine()


def test_cache_and_secret_are_the_players_own(build: Build, tmp_path: Path) -> None:
    """Nobody else on the machine may write code, or forge its seal."""
    if sys.platform == "win32":
        pytest.skip("Windows has no modes")
    aot.prepare(build(ANSWER), "me/x")
    assert (tmp_path / "cache" / "aot").stat().st_mode & 0o777 == 0o700
    assert kept(tmp_path)[0].parent.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / "aot.secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owners of this kind")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_a_cache_of_somebody_else_is_refused(build: Build, tmp_path: Path) -> None:
    """Who owns a folder can swap what is in it."""
    (tmp_path / "cache" / "aot").mkdir(parents=True)
    os.chown(tmp_path / "cache" / "aot", 12345, 12345)
    with pytest.raises(StoreError, match="not a folder of your own"):
        aot.prepare(build(ANSWER), "me/x")


@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
def test_a_flipped_bit_is_never_loaded(build: Build, tmp_path: Path, place: float) -> None:
    """Code that is not what was compiled is compiled anew, wherever the damage is."""
    path = build(ANSWER)
    time.sleep(disk.RACY / 1e9)
    assert answer(path) == 42
    (code,) = kept(tmp_path)
    whole = code.read_bytes()
    broken = bytearray(whole)
    broken[int(len(whole) * place)] ^= 0x10
    rewrite(code, bytes(broken))
    assert answer(path) == 42
    assert [file.read_bytes() for file in kept(tmp_path)] == [whole]


def test_a_cache_from_elsewhere_is_never_loaded(build: Build, tmp_path: Path) -> None:
    """Code that another player's modpm compiled and sealed is compiled anew here."""
    path = build(ANSWER)
    aot.prepare(path, "me/x")
    theirs = kept(tmp_path)
    (tmp_path / "data" / "aot.secret").unlink()
    assert answer(path) == 42
    assert kept(tmp_path) != theirs
    assert len(kept(tmp_path)) == 1


def test_a_note_from_elsewhere_is_not_believed(build: Build, tmp_path: Path) -> None:
    """What was seen is sealed too: a note cannot lead to other code."""
    path = build(ANSWER)
    time.sleep(disk.RACY / 1e9)
    aot.prepare(path, "me/x")
    (note,) = (tmp_path / "cache").rglob("*.seen")
    seal, _, body = note.read_bytes().partition(b"\n")
    for forged in (b"0" * len(seal) + b"\n" + body, seal + b"\n[]", b"", b"\xff"):
        note.write_bytes(forged)
        assert answer(path) == 42


def test_a_secret_that_was_cut_off_is_made_anew(build: Build, tmp_path: Path) -> None:
    """A crash or an editor cannot leave an empty secret that anybody knows."""
    path = build(ANSWER)
    aot.prepare(path, "me/x")
    secret = tmp_path / "data" / "aot.secret"
    secret.write_bytes(b"")
    assert answer(path) == 42
    assert len(secret.read_bytes()) == 32


def test_an_upgrade_of_wasmtime_compiles_anew_and_clears_out(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code of another version is not looked at, and goes when new code comes."""
    path = build(ANSWER)
    monkeypatch.setattr(code_cache, "wasmtime_version", lambda: "49.0.0")
    aot.prepare(path, "me/x")
    (old,) = kept(tmp_path)
    monkeypatch.undo()
    monkeypatch.setenv("MODPM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MODPM_DATA", str(tmp_path / "data"))
    assert answer(path) == 42
    assert old not in kept(tmp_path)
    assert not old.parent.exists()


def test_code_for_another_configuration_is_not_looked_at(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting of the engine is part of what code is known by."""
    path = build(ANSWER)
    aot.prepare(path, "me/x")
    monkeypatch.setattr(code_cache, "SETTINGS", {"epoch_interruption": False})
    aot.prepare(path, "me/x")
    assert len(kept(tmp_path)) == 2


def test_code_that_wasmtime_refuses_is_compiled_anew(build: Build, tmp_path: Path) -> None:
    """A seal says who made the code; wasmtime has the last word on whether it fits."""
    path = build(ANSWER)
    cache = code_cache.CodeCache(tmp_path / "cache" / "aot", tmp_path / "data" / "aot.secret")
    with cache.place() as made:
        made.write_bytes(Component(Engine(), path.read_bytes()).serialize())
        cache.add(sha256(path.read_bytes()).hexdigest(), made, asynchronous=False)
    (wrong,) = kept(tmp_path)
    assert answer(path) == 42
    assert wrong not in kept(tmp_path)


BOTH = """
import sys
from pathlib import Path
from modpm.runtime.wasm import aot
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    aot.component(Path(sys.argv[1]), "me/x")
"""


THREADS = """
import sys
from pathlib import Path
from threading import Thread
from modpm.runtime.wasm import aot

def use():
    for _ in range(3_000):
        loaded = aot.component(Path(sys.argv[1]), "me/x")
        loaded.component.type.exports(loaded.engine)
        del loaded

threads = [Thread(target=use) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_what_one_thread_lets_go_of_no_other_finds(build: Build) -> None:
    """A watch loads and drops components while the game plays others, and the same."""
    command = [sys.executable, "-c", THREADS, str(build(ANSWER))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")


def test_two_processes_at_once_both_get_code(build: Build, tmp_path: Path) -> None:
    """Neither waits for the other, and what is left is whole."""
    path = build(ANSWER)
    command = [sys.executable, "-c", BOTH, str(path)]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.communicate("go\n")
        assert process.returncode == 0
    assert answer(path) == 42
    assert others(tmp_path) == []


def test_time_is_bounded(build: Build, tmp_path: Path) -> None:
    """A component that takes too long to compile is refused, and nothing of it is left."""
    path = build(huge(100_000))
    with pytest.raises(LoadFailed, match=r"it takes more than 0\.5 seconds to compile"):
        aot.prepare(path, "me/x", bounds=Bounds(seconds=0.5))
    assert (kept(tmp_path), others(tmp_path)) == ([], [])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a limit of memory")
def test_memory_is_bounded(build: Build, tmp_path: Path) -> None:
    """A component that takes too much memory to compile is refused, and nothing of it is left."""
    path = build(huge(100_000))
    with pytest.raises(LoadFailed, match="it takes more than 200,000,000 bytes of memory"):
        aot.prepare(path, "me/x", bounds=Bounds(memory=200_000_000))
    assert (kept(tmp_path), others(tmp_path)) == ([], [])


FULL = """
import resource, sys
from pathlib import Path
from modpm.cli.messages import explain
from modpm.errors import LoadFailed
from modpm.runtime.wasm import aot
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    aot.prepare(Path(sys.argv[1]), "me/x")
except LoadFailed as error:
    print(explain(error).text)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
def test_a_full_disk_is_told_of_the_mod(build: Build, tmp_path: Path) -> None:
    """Code that cannot be kept is told by the mod's id, not by where in the cache it was to be."""
    command = [sys.executable, "-c", FULL, str(build(ANSWER))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "`me/x` did not load: keeping its code: File too large\n"
    assert (kept(tmp_path), others(tmp_path)) == ([], [])


def test_a_component_for_no_world_is_never_ready(build: Build) -> None:
    """It compiles, so it can be inspected; but each time that it is to be played, it is refused."""
    path = build(ANSWER.replace("modpm:mod", "acme:mod"))
    for _ in range(2):
        with pytest.raises(InvalidFormat, match="built for no world that modpm knows"):
            aot.prepare(path, "me/x")
        time.sleep(disk.RACY / 1e9)


SLOW = """
import sys
from pathlib import Path
from modpm.runtime.wasm import aot
def working():
    print("working", flush=True)
try:
    aot.prepare(Path(sys.argv[1]), "me/x", working=working)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the compiler in /proc")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_the_compiler_ends_with_who_started_it(
    build: Build, tmp_path: Path, sign: signal.Signals
) -> None:
    """Neither Ctrl-C nor a kill leaves a compiler at work; Ctrl-C leaves no file either."""
    path = build(huge(100_000))
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    for _ in range(5):
        assert process.stdout.readline() == "working\n"
    compiler = only_child(process.pid)
    process.send_signal(sign)
    process.communicate()
    assert gone(compiler)
    assert kept(tmp_path) == []
    if sign == signal.SIGINT:
        assert process.returncode == 130
        assert others(tmp_path) == []


def only_child(pid: int) -> int:
    """Return the process that this one started."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def gone(pid: int) -> bool:
    """Return whether the process ends within ten seconds; a zombie has ended."""
    for _ in range(1000):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_what_a_killed_modpm_left_goes_after_a_day(build: Build, tmp_path: Path) -> None:
    """Half-written code does not pile up."""
    aot.prepare(build(ANSWER), "me/x")
    folder = kept(tmp_path)[0].parent
    for name, age in (("new.1.tmp", 0), ("new.2.tmp", 2 * 24 * 60 * 60)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age, time.time() - age))
    aot.prepare(build(ASYNC), "me/x")
    assert [file.name for file in others(tmp_path)] == ["new.1.tmp"]


def test_what_is_not_ours_stays(build: Build, tmp_path: Path) -> None:
    """A cache may be put where other things are; cleaning takes the code and nothing else."""
    other = tmp_path / "cache" / "aot" / "letters"
    other.mkdir(parents=True)
    aot.prepare(build(ANSWER), "me/x")
    (code,) = kept(tmp_path)
    size = code.stat().st_size
    assert aot.clean(tmp_path / "cache") >= size
    assert kept(tmp_path) == []
    assert other.exists()


def test_nothing_in_the_players_folder_is_imported(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of mods with a wasmtime.py does not run it."""
    path = build(ANSWER)
    trap = "open('trapped', 'w')"
    for name in ("wasmtime.py", "sitecustomize.py", "msgspec.py"):
        (tmp_path / name).write_text(trap, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    aot.prepare(path, "me/x")
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no WebAssembly component"),
        (b"\0asm", "a kind of WebAssembly that modpm does not know"),
        (files.MODULE + b"\0" * 20, "a core WebAssembly module, not a component"),
        (b"\0asm\x0c\0\x01\0", "a kind of WebAssembly that modpm does not know"),
        (b"\n (component)", "WebAssembly as text"),
        (b"hello", "no WebAssembly component"),
    ],
)
def test_what_is_no_component(tmp_path: Path, content: bytes, reason: str) -> None:
    """The first bytes tell what the file is instead, and what to do about it."""
    path = tmp_path / "mod.wasm"
    path.write_bytes(content)
    with pytest.raises(InvalidFormat) as caught:
        aot.prepare(path, "me/x")
    assert (caught.value.mod, caught.value.path) == ("me/x", str(path))
    assert caught.value.reason.startswith(reason)


def test_a_component_that_is_cut_off(build: Build) -> None:
    """What begins well and ends early is refused in one line."""
    path = build(ANSWER)
    os.truncate(path, path.stat().st_size - 10)
    with pytest.raises(InvalidFormat, match="no valid component: unexpected end") as caught:
        aot.prepare(path, "me/x")
    assert "\n" not in caught.value.reason


def test_a_giant_is_refused_unread(tmp_path: Path) -> None:
    """200 MB of anything are not even hashed."""
    path = tmp_path / "mod.wasm"
    path.write_bytes(files.COMPONENT)
    os.truncate(path, 200_000_000)
    with pytest.raises(InvalidFormat, match="longer than 67,108,864 bytes"):
        aot.prepare(path, "me/x")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    with pytest.raises(NotFound, match="nothing"):
        aot.prepare(tmp_path / "nothing.wasm", "me/x")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_cache_in_a_folder_whose_name_is_no_text(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any folder that the system allows will do."""
    monkeypatch.setenv("MODPM_CACHE", os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    path = build(ANSWER)
    shutil.copy(path, tmp_path / os.fsdecode(b"\xfe.wasm"))
    assert answer(tmp_path / os.fsdecode(b"\xfe.wasm")) == 42

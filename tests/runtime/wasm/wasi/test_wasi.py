"""What a component can do through WASI, tried by a mod in C that does as it is told."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree

import pytest
import wasmtime
from wasmtime.component import Component, Linker

from modpm.errors import ExecutionFailed
from modpm.game import Game
from modpm.manifest import parse_manifest
from modpm.runtime import Host, Mod
from modpm.runtime.api import Folder, Grants, ModContext
from modpm.runtime.wasm import calls
from modpm.runtime.wasm.loader import WasmLoader
from modpm.runtime.wasm.wasi import link
from modpm.runtime.wasm.wasi.folders import FILES, SPACE
from modpm.versions import parse_version

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent

NOT_PERMITTED, READ_ONLY, NO_ENTRY, NO_SPACE = "error 31", "error 33", "error 20", "error 23"


def built(folder: Path) -> bytes:
    """Return guest.c as a component."""
    core, embedded, component = (folder / name for name in ("core.wasm", "e.wasm", "c.wasm"))
    flags = ["--target=wasm32-freestanding", "-O1", "-nostdlib", "-Wl,--no-entry"]
    tools = str(BIN / "wasm-tools")
    wit = folder / "wit"
    copytree(HERE.parents[3] / "wit" / "issun-mod@0.7.0", wit / "deps" / "issun-mod")
    copy(HERE / "guest.wit", wit)
    for command in (
        [sys.executable, "-m", "ziglang", "cc", *flags, str(HERE / "guest.c"), "-o", str(core)],
        [tools, "component", "embed", str(wit), str(core), "-o", str(embedded)],
        [tools, "component", "new", str(embedded), "-o", str(component)],
    ):
        subprocess.run(command, check=True)
    return component.read_bytes()


@pytest.fixture(scope="module")
def engine() -> wasmtime.Engine:
    """An engine whose calls end."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    return wasmtime.Engine(config)


@pytest.fixture(scope="module")
def wasm(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The mod, built once."""
    return built(tmp_path_factory.mktemp("guest"))


@pytest.fixture(scope="module")
def probe(engine: wasmtime.Engine, wasm: bytes) -> Component:
    """The mod, compiled once."""
    return Component(engine, wasm)


class Probe:
    """A mod with a folder `data` of its own and a save folder `notes`; outside lies a secret."""

    def __init__(self, engine: wasmtime.Engine, component: Component, folder: Path) -> None:
        self._engine = engine
        self._component = component
        self.data = folder / "mod" / "data"
        self.notes = folder / "saves" / "notes"
        self.secret = folder / "secret.txt"
        for made in (self.data, self.notes):
            made.mkdir(parents=True)
        (self.data / "map.txt").write_text("here be dragons")
        self.secret.write_text("secret")
        self.lines: list[tuple[str, str]] = []
        self.load(Grants((Folder("data", self.data), Folder("notes", self.notes, writable=True))))

    def load(self, grants: Grants, seed: int = 0) -> None:
        """Load the mod anew, with those grants."""
        context = ModContext(
            grants=grants, seed=seed, log=lambda level, text: self.lines.append((level, text))
        )
        linker = Linker(self._engine)
        link(linker, self._component, "acme/probe", context)
        store = calls.Store(self._engine, seconds=20)
        func = calls.instantiate(store, linker, self._component).get_func(store, "call-custom")
        assert func is not None
        self._enter = calls.bind(store, func)

    def run(self, what: str, a: str = "", b: str = "") -> str:
        """Have the mod do something; return what it answers."""
        return str(self._enter(what, [a, b]))


@pytest.fixture
def mod(engine: wasmtime.Engine, probe: Component, tmp_path: Path) -> Probe:
    """The mod, with both folders granted."""
    return Probe(engine, probe, tmp_path)


def test_what_is_granted_works(mod: Probe) -> None:
    """A mod reads its own folder, and keeps files in its save folder."""
    assert mod.run("read", "/data/map.txt") == "here be dragons"
    assert mod.run("list", "/data") == "map.txt "
    assert mod.run("mkdir", "/notes/old") == ""
    assert mod.run("write", "/notes/old/a.txt", "one") == ""
    assert mod.run("append", "/notes/old/a.txt", " two") == ""
    assert mod.run("read", "/notes/old/a.txt") == "one two"
    assert (mod.notes / "old" / "a.txt").read_text() == "one two"
    assert mod.run("write", "/notes/old/a.txt", "3") == ""
    assert mod.run("read", "/notes/./old//../old/a.txt") == "3"
    assert mod.run("rmdir", "/notes/old") == "error 25"  # not empty
    assert mod.run("unlink", "/notes/old/a.txt") == ""
    assert mod.run("rmdir", "/notes/old") == ""
    assert list(mod.notes.iterdir()) == []


def test_without_grants_there_is_nothing(mod: Probe) -> None:
    """No folder, no environment, no arguments, no terminal, no input, and always the same time."""
    mod.load(Grants())
    assert mod.run("read", "/data/map.txt") == "not granted"
    assert mod.run("environment") == "000"
    assert mod.run("input") == "1"
    assert mod.run("time") == "0"


@pytest.mark.parametrize(
    "path",
    [
        "/data/../secret.txt",
        "/data/../../secret.txt",
        "/data/../data/../../secret.txt",
        "/data//etc/passwd/../../../secret.txt",
        "/data/..",
        "/data/..\\..\\secret.txt",
        "/data/C:\\secret.txt",
        "/data/c:secret.txt",
        "/data/nul",
        "/data/map.txt:stream",
        "/data/map.txt.",
        "/data/a\0b",
        "/data//../map.txt/../..",
    ],
)
def test_a_path_stays_in_its_folder(mod: Probe, path: str) -> None:
    """What leads out of a folder, or is no name on every system, is not permitted."""
    for what in ("read", "list", "stat", "write", "mkdir", "unlink", "rmdir", "append"):
        assert mod.run(what, path) == NOT_PERMITTED


@pytest.mark.parametrize("link", ["file", "folder", "dangling"])
def test_a_link_is_not_followed(mod: Probe, link: str) -> None:
    """Whoever put a link there, it leads nowhere, and is not shown."""
    target = {"file": mod.secret, "folder": mod.secret.parent, "dangling": Path("new.txt")}[link]
    try:
        (mod.notes / "link").symlink_to(target)
    except OSError:
        pytest.skip("this system lets nobody make links")
    for path in ("/notes/link", "/notes/link/secret.txt"):
        for what in ("read", "list", "stat", "write", "append", "unlink"):
            assert mod.run(what, path) == NOT_PERMITTED
    assert mod.run("list", "/notes") == ""
    assert mod.secret.read_text() == "secret"


def test_a_mod_makes_no_links(mod: Probe) -> None:
    """Neither in its own folder nor in its save folder."""
    assert mod.run("symlink", "/notes/link", "../../secret.txt") == NOT_PERMITTED
    assert mod.run("symlink", "/data/link", "map.txt") == NOT_PERMITTED


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_does_not_make_the_game_wait(mod: Probe) -> None:
    """What is neither a file nor a folder is not opened."""
    os.mkfifo(mod.notes / "pipe")
    assert mod.run("read", "/notes/pipe") == NOT_PERMITTED
    assert mod.run("append", "/notes/pipe", "x") == NOT_PERMITTED


@pytest.mark.parametrize("what", ["write", "append", "grow", "mkdir", "rmdir", "unlink"])
def test_the_folder_of_the_mod_is_read_only(mod: Probe, what: str) -> None:
    """What changes something there is refused, whether it is there or not."""
    for path in ("/data/map.txt", "/data/new"):
        assert mod.run(what, path, "1") == READ_ONLY
    assert [path.name for path in mod.data.iterdir()] == ["map.txt"]
    assert (mod.data / "map.txt").read_text() == "here be dragons"


def test_a_mod_cannot_fill_the_disk(mod: Probe) -> None:
    """What a mod keeps has a limit, which it does not escape by growing, seeking or removing."""
    assert mod.run("grow", "/notes/a", str(1 << 62)) == NO_SPACE
    assert mod.run("grow", "/notes/a", str(SPACE)) == ""
    assert mod.run("append", "/notes/a", "x") == "error 99"
    assert mod.run("write", "/notes/b", "x") == NO_SPACE
    assert mod.run("unlink", "/notes/a") == ""
    assert mod.run("write", "/notes/b", "x") == ""


def test_what_was_kept_before_counts(mod: Probe) -> None:
    """Being loaded again gives no new room."""
    (mod.notes / "old").touch()
    os.truncate(mod.notes / "old", SPACE)
    assert mod.run("write", "/notes/new", "x") == NO_SPACE


def test_a_mod_keeps_so_many_files(mod: Probe) -> None:
    """Empty files and folders take room too."""
    for number in range(FILES - 1):
        (mod.notes / str(number)).touch()
    assert mod.run("mkdir", "/notes/last") == ""
    assert mod.run("mkdir", "/notes/more") == NO_SPACE
    assert mod.run("write", "/notes/more", "x") == NO_SPACE


def test_files_do_not_tell_the_time(mod: Probe) -> None:
    """A mod that writes a file does not see when."""
    assert mod.run("write", "/notes/now", "tick") == ""
    assert mod.run("stat", "/notes/now") == "6 4"


def test_the_clock_runs_for_those_to_whom_it_is_granted(mod: Probe) -> None:
    """With the permission it is the real time, in nanoseconds and seconds."""
    mod.load(Grants(clock=True))
    assert int(mod.run("time")) > 1_000_000_000


def test_nothing_waits(mod: Probe) -> None:
    """Six hundred years of sleep are over at once, with and without the clock."""
    assert mod.run("sleep") == ""
    mod.load(Grants(clock=True))
    assert mod.run("sleep") == ""


def test_random_numbers_come_from_the_seed(mod: Probe) -> None:
    """The same seed gives the same numbers, another seed gives others."""
    drawn = []
    for seed in (1, 1, 2):
        mod.load(Grants(), seed)
        drawn.append((mod.run("random"), mod.run("random")))
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0][0] != drawn[0][1]


def test_what_a_mod_prints_is_in_its_log(mod: Probe) -> None:
    """Line by line; a line without an end is not lost when it grows too long."""
    mod.run("print", "one\ntw")
    mod.run("complain", "ouch\r\n")
    mod.run("print", "o\n")
    assert mod.lines == [("info", "one"), ("warn", "ouch"), ("info", "two")]
    mod.run("print", "x" * 3_000)
    assert mod.lines[-1] == ("info", "x" * 3_000)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("socket", "mods have no network"),
        ("exit", "the mod ended itself"),
        ("noise", "at most 65,536 random bytes"),
        ("hoard", "a mod holds at most 1,000 resources"),
    ],
)
def test_what_goes_too_far_ends_the_call(mod: Probe, what: str, why: str) -> None:
    """The guest is stopped, and the reason says why."""
    with pytest.raises(Exception, match=why):
        mod.run(what, "/data/map.txt")


def test_a_mod_cannot_rename_yet(mod: Probe) -> None:
    """wasmtime 50 stops every call that lends two resources; when it does not, renaming works."""
    (mod.notes / "a").write_text("a")
    with pytest.raises(wasmtime.WasmtimeError, match="no call context"):
        mod.run("rename", "/notes/a", "/notes/b")


DIARY = """
manifest-version = 1
[mod]
id = "acme/diary"
version = "1.0.0"
name = "Diary"
entry = "mod.wasm"
[permissions]
files = [{ path = "texts", mode = "read" }, { path = "notes", mode = "write" }]
"""


def test_a_host_grants_what_the_manifest_asks_for(wasm: bytes, tmp_path: Path) -> None:
    """From the manifest to the folders: a diary grows with every game, in the mod's save folder."""
    (tmp_path / "mod" / "texts").mkdir(parents=True)
    (tmp_path / "mod" / "mod.wasm").write_bytes(wasm)
    (tmp_path / "mod" / "texts" / "greeting.txt").write_text("Dear diary")
    saves = tmp_path / "saves" / "acme+diary"
    manifest = parse_manifest(DIARY, "mod.toml")
    for _ in range(2):
        game = Game("arena", parse_version("1.0.0"), "Arena")
        with Host(game, [Mod(manifest.id, manifest, tmp_path / "mod", saves=saves)]) as host:
            assert host.failures == ()
            assert [record.text for record in host.log] == ["Dear diary"]
    assert (saves / "notes" / "days.txt").read_text() == "one more day\none more day\n"


def test_a_host_without_a_place_for_saves_grants_none(wasm: bytes, tmp_path: Path) -> None:
    """The mod does not load, and the game goes on without it."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "mod.wasm").write_bytes(wasm)
    manifest = parse_manifest(DIARY, "mod.toml")
    game = Game("arena", parse_version("1.0.0"), "Arena")
    with Host(game, [Mod(manifest.id, manifest, tmp_path)]) as host:
        assert "the game keeps no files of mods" in host.log[0].text
        assert host.loaded == ()


def test_what_was_refused_is_told_in_one_line(wasm: bytes, tmp_path: Path) -> None:
    """The loader gives WASI's reason, not where in the machine it was."""
    (tmp_path / "mod.wasm").write_bytes(wasm)
    loader = WasmLoader()
    handle = loader.load(tmp_path / "mod.wasm")
    with pytest.raises(ExecutionFailed) as caught:
        loader.call_function(handle, "socket", "", "")
    expected = (
        "wasi:sockets/tcp-create-socket.create-tcp-socket was called, but mods have no network"
    )
    assert caught.value.reason == expected
    assert loader.call_function(handle, "time", "", "") == 0


def test_ctrl_c_while_a_mod_prints_is_ctrl_c(wasm: bytes, tmp_path: Path) -> None:
    """It ends the call, is no failure of the mod, and is not lost; the mod can be called again."""
    said: list[str] = []

    def interrupt(_level: str, text: str) -> None:
        said.append(text)
        if len(said) == 1:
            raise KeyboardInterrupt

    (tmp_path / "mod.wasm").write_bytes(wasm)
    loader = WasmLoader()
    handle = loader.load(tmp_path / "mod.wasm", ModContext(log=interrupt))
    with pytest.raises(KeyboardInterrupt):
        loader.call_function(handle, "print", "x" * 3_000, "")
    assert loader.call_function(handle, "time", "", "") == 0
    assert said[1:] == ["starts anew; what it knew is lost"]


LIAR = """
(component
  (import "wasi:{interface}" (instance $wasi (export "{name}" (func {type}))))
  (core func $f (canon lower (func $wasi "{name}")))
  (core module $code
    (import "" "f" (func $f {core}))
    (func (export "run") {call}))
  (core instance $made
    (instantiate $code (with "" (instance (export "f" (func $f))))))
  (func (export "run") (canon lift (core func $made "run"))))
"""


@pytest.mark.parametrize(
    ("interface", "name", "type", "core", "call", "why"),
    [
        (
            "random/random@0.2.0",
            "get-random-u64",
            '(param "x" u8) (result u64)',
            "(param i32) (result i64)",
            "(drop (call $f (i32.const 1)))",
            "other parameters",
        ),
        (
            "random/random@0.2.9",
            "get-random-bytes",
            '(param "len" s64)',
            "(param i64)",
            "(call $f (i64.const -1))",
            "other parameters",
        ),
        (
            "clocks/wall-clock@0.2.0",
            "now",
            "(result u32)",
            "(result i32)",
            "(drop (call $f))",
            "expected u32, found record",
        ),
        (
            "clocks/timezone@0.2.0",
            "functions",
            '(param "x" f32)',
            "(param f32)",
            "(call $f (f32.const 1))",
            "modpm does not offer it",
        ),
        (
            "sockets/udp@0.2.99",
            "listen",
            "",
            "",
            "(call $f)",
            "mods have no network",
        ),
    ],
)
def test_a_component_that_lies_about_wasi_is_stopped(
    engine: wasmtime.Engine, interface: str, name: str, type: str, core: str, call: str, why: str
) -> None:
    """A function of another type than WASI's, or that WASI lacks, ends the call."""
    text = LIAR.format(interface=interface, name=name, type=type, core=core, call=call)
    component = Component(engine, text.encode())
    linker = Linker(engine)
    link(linker, component, "acme/liar", ModContext())
    store = calls.Store(engine, seconds=5)
    func = calls.instantiate(store, linker, component).get_func(store, "run")
    assert func is not None
    with pytest.raises(wasmtime.WasmtimeError, match=why):
        calls.bind(store, func)()

"""The Rhai loader by itself, without a host."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import rhai

from modpm.errors import (
    ExecutionFailed,
    FunctionNotFound,
    InvalidFormat,
    LoadFailed,
    ModError,
    NotFound,
)
from modpm.runtime import (
    DynamicEvent,
    Grants,
    ModBackend,
    ModContext,
    ModHandle,
    ModMetadata,
    PluginControl,
    RhaiLoader,
)

QUICK = rhai.Limits(operations=200_000, timeout=5.0, memory=8_000_000)


def script(folder: Path, text: str, name: str = "easy_mode.rhai") -> Path:
    """Write a script."""
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def loaded(folder: Path, text: str, **context: object) -> tuple[RhaiLoader, ModHandle]:
    """Load a script with quick limits."""
    loader = RhaiLoader(QUICK)
    return loader, loader.load(script(folder, text), ModContext(**context))  # type: ignore[arg-type]


def test_a_bare_script_is_named_by_its_file(tmp_path: Path) -> None:
    """Without a manifest the file's stem is the id, and the script need not say who it is."""
    _, handle = loaded(tmp_path, "fn on_init() {}  fn helper() {}")
    assert handle == ModHandle(
        id="easy_mode",
        path=tmp_path / "easy_mode.rhai",
        backend=ModBackend.RHAI,
        metadata=ModMetadata(name="Unknown", version="0.1.0"),
        hooks=frozenset({"on_init"}),
    )


def test_a_script_says_who_it_is(tmp_path: Path) -> None:
    """`get_metadata` is asked when the host does not know; more keys than we read do no harm."""
    text = 'fn get_metadata() { #{name: "Easy", version: "2.0.1", author: "Ada", mood: 3} }'
    _, handle = loaded(tmp_path, text)
    assert handle.metadata == ModMetadata(name="Easy", version="2.0.1", author="Ada")


def test_what_the_manifest_says_is_not_asked_again(tmp_path: Path) -> None:
    """A host that knows the metadata does not run `get_metadata`."""
    known = ModMetadata(name="Easy", version="1.0.0")
    _, handle = loaded(tmp_path, 'fn get_metadata() { throw "asked" }', metadata=known)
    assert handle.metadata == known


@pytest.mark.parametrize(
    "value", [0, -7, 2**63 - 1, 1.0, True, None, "ä", [1, 1.5], {"a": {"b": 1}}]
)
def test_values_come_back_as_they_went(tmp_path: Path, value: object) -> None:
    """Values cross as JSON's do: an int stays an int, a float a float."""
    loader, handle = loaded(tmp_path, "fn same(x) { x }")
    back = loader.call_function(handle, "same", value)  # type: ignore[arg-type]
    assert (back, type(back)) == (value, type(value))


def test_state_lives_between_calls(tmp_path: Path) -> None:
    """`this` is the mod's own map; constants and MOD_ID are visible inside functions."""
    loader, handle = loaded(
        tmp_path,
        "const STEP = 2; fn on_init() { this.n = 0; }"
        "fn up() { this.n += STEP; `${MOD_ID} ${this.n}` }",
    )
    loader.call_function(handle, "on_init")
    assert [loader.call_function(handle, "up") for _ in range(2)] == ["easy_mode 2", "easy_mode 4"]


def test_one_mod_does_not_see_another(tmp_path: Path) -> None:
    """Two mods of one loader share neither functions nor state."""
    loader, first = loaded(tmp_path, "fn on_init() { this.n = 1; } fn n() { this.n }")
    second = loader.load(script(tmp_path, "fn n() { this.n }", "other.rhai"))
    loader.call_function(first, "on_init")
    assert (loader.call_function(first, "n"), loader.call_function(second, "n")) == (1, None)


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ("fn on_init() {\n    let hp = ;\n}", "Unexpected ';'", 2, 14),
        ("let a = 1;\nlet b = a + nothing;", "nothing", 2, 13),
        ('throw "not today";', "not today", 1, 1),
        ('let x = 1;\nset_plugin_param("combat", "hp", x);', "[permissions] plugins", 2, None),
        ("fn get_metadata() { 42 }", "get_metadata", None, None),
        ("fn get_metadata() { #{name: 7} }", "get_metadata", None, None),
        ("fn on_tick() {}", "on_tick(turn)", None, None),
        ("fn on_control_plugin(p, a, x) {}", "on_control_plugin(plugin, action)", None, None),
        ("loop {}", "operations", 1, None),
        ('import "/etc/passwd" as p;', "Module not found", 1, None),
    ],
)
def test_a_script_that_does_not_load(
    tmp_path: Path, text: str, reason: str, line: int | None, column: int | None
) -> None:
    """The error has the file, and the line and column where they are known; nothing is left."""
    loader = RhaiLoader(QUICK)
    path = script(tmp_path, text)
    with pytest.raises(LoadFailed) as failed:
        loader.load(path)
    error = failed.value
    assert (error.mod, error.file) == ("easy_mode", str(path))
    assert reason in error.reason
    assert error.line == line
    assert column is None or error.column == column
    assert not loader.drain_commands()
    path.write_text("")
    assert loader.load(path).id == "easy_mode"


def test_files_that_are_no_scripts(tmp_path: Path) -> None:
    """A missing file, a folder, bytes that are no text and a huge file are refused by name."""
    loader = RhaiLoader()
    (tmp_path / "folder.rhai").mkdir()
    (tmp_path / "bytes.rhai").write_bytes(b"let a = \xff;")
    (tmp_path / "huge.rhai").write_bytes(b"//" + b"x" * 2_000_000)
    cases: list[tuple[str, type[ModError]]] = [
        ("missing.rhai", NotFound),
        ("folder.rhai", NotFound),
        ("bytes.rhai", InvalidFormat),
        ("huge.rhai", InvalidFormat),
    ]
    for name, expected in cases:
        with pytest.raises(expected):
            loader.load(tmp_path / name)


def test_a_mark_that_windows_editors_write_is_no_error(tmp_path: Path) -> None:
    """A byte order mark and Windows line ends are part of no script."""
    path = tmp_path / "notepad.rhai"
    path.write_bytes(b"\xef\xbb\xbffn two() {\r\n 2\r\n}\r\n")
    loader = RhaiLoader()
    assert loader.call_function(loader.load(path), "two") == 2


def test_a_function_that_is_not_there(tmp_path: Path) -> None:
    """Asking for a function that the mod lacks is not the mod's failure."""
    loader, handle = loaded(tmp_path, "fn two(a, b) { missing(a) }")
    with pytest.raises(FunctionNotFound):
        loader.call_function(handle, "three")
    with pytest.raises(FunctionNotFound):
        loader.call_function(handle, "two", 1)
    with pytest.raises(ExecutionFailed) as failed:
        loader.call_function(handle, "two", 1, 2)
    assert "missing" in failed.value.reason


def test_a_mod_that_is_unloaded_is_gone(tmp_path: Path) -> None:
    """After unload its functions are not found and its commands are not drained."""
    loader, handle = loaded(tmp_path, 'fn f() { enable_plugin("x") }', plugins=("x",))
    loader.call_function(handle, "f")
    loader.unload(handle)
    with pytest.raises(NotFound):
        loader.call_function(handle, "f")
    assert loader.drain_commands() == []
    loader.unload(handle)


def test_one_id_is_loaded_once(tmp_path: Path) -> None:
    """A second mod with the same id is refused, and the first lives on."""
    loader, handle = loaded(tmp_path, "fn f() { 1 }")
    with pytest.raises(LoadFailed, match="already"):
        loader.load(handle.path)
    assert loader.call_function(handle, "f") == 1


def test_commands_wait_in_the_order_of_the_calls(tmp_path: Path) -> None:
    """Every way to control a plugin queues one command; draining empties the queue."""
    text = """fn f() {
        enable_plugin("x"); disable_plugin("x"); set_plugin_param("x", "k", 1.0);
        trigger_hook("x", "h"); trigger_hook("x", "h", #{day: 1});
    }"""
    loader, handle = loaded(tmp_path, text, plugins=("x",))
    loader.call_function(handle, "f")
    drained = loader.drain_commands()
    assert [command.control for command in drained] == [
        PluginControl.enable("x"),
        PluginControl.disable("x"),
        PluginControl.set_param("x", "k", 1.0),
        PluginControl.trigger_hook("x", "h"),
        PluginControl.trigger_hook("x", "h", {"day": 1}),
    ]
    assert {command.source_mod for command in drained} == {"easy_mode"}
    assert loader.drain_commands() == []


def test_random_numbers_are_the_same_on_every_machine(tmp_path: Path) -> None:
    """The stream is a function of seed and mod id alone; these numbers must never change."""
    text = "fn draw() { [random(), random(), random()] }"
    loader, handle = loaded(tmp_path, text, id="acme/dice", seed=7)
    drawn = loader.call_function(handle, "draw")
    assert isinstance(drawn, list)
    assert drawn == [0.6050455733393818, 0.060617684224300805, 0.7615658049849005]
    assert all(isinstance(x, float) and 0 <= x < 1 and not math.isnan(x) for x in drawn)


def test_mods_and_seeds_draw_differently(tmp_path: Path) -> None:
    """Two mods, or two seeds, have nothing in common; one mod and one seed repeat."""
    path = script(tmp_path, "fn draw() { random() }")

    def first(id: str, seed: int) -> object:
        loader = RhaiLoader()
        return loader.call_function(loader.load(path, ModContext(id=id, seed=seed)), "draw")

    assert first("a", 1) == first("a", 1)
    assert len({first("a", 1), first("b", 1), first("a", 2), first("a", -1)}) == 4


def test_rhai_is_imported_with_the_first_script() -> None:
    """Importing the runtime, and making a loader, does not load the Rhai library."""
    code = "import sys, modpm.runtime as r; r.RhaiLoader(); assert 'rhai' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_callbacks_of_one_event_share_the_time_of_one_call(tmp_path: Path) -> None:
    """A thousand subscriptions to one event do not buy a thousand times the time."""
    path = script(
        tmp_path,
        """for i in 0..1000 {
            subscribe_event("x", |x| { log(x); let n = 0; for i in 0..10000 { n += i; } });
        }""",
    )
    heard: list[str] = []
    loader = RhaiLoader(rhai.Limits(timeout=0.2))
    handle = loader.load(path, ModContext(log=lambda level, text: heard.append(text)))
    with pytest.raises(ExecutionFailed) as failed:
        loader.dispatch_event(handle, DynamicEvent("x", 1))
    assert failed.value.limit == "timeout"
    assert len(heard) < 1_000


@pytest.mark.parametrize(
    "body",
    ["1;" * 400_000, "switch 1 { " + ",".join(f'"{n}" => 1' for n in range(70_000)) + " }"],
    ids=["statements", "cases"],
)
def test_a_long_script_loads(tmp_path: Path, body: str) -> None:
    """What Rhai's optimizer would need half a minute for is compiled as it is written."""
    handle = RhaiLoader().load(script(tmp_path, f"fn on_init() {{ {body} }}"))
    assert handle.hooks == {"on_init"}


def test_the_clock_is_for_scripts_that_were_granted_it(tmp_path: Path) -> None:
    """With it there is `timestamp`; there is never a `sleep`."""
    text = "fn on_init() { let t = timestamp(); t.elapsed >= 0.0 }  fn wait() { sleep(1) }"
    loader, handle = loaded(tmp_path, text, grants=Grants(clock=True))
    assert loader.call_function(handle, "on_init") is True
    with pytest.raises(ExecutionFailed, match="sleep"):
        loader.call_function(handle, "wait")
    loader, handle = loaded(tmp_path, text)
    with pytest.raises(ExecutionFailed, match="timestamp"):
        loader.call_function(handle, "on_init")

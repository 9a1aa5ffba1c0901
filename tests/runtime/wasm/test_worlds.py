"""The worlds that components are built for: each as it was published, and nothing beside it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.errors import ExecutionFailed, FunctionNotFound, InvalidFormat
from modpm.runtime import (
    DynamicEvent,
    ModContext,
    ModHandle,
    ModMetadata,
    PluginControl,
    SetParam,
    WasmLoader,
)
from tests.runtime.wasm.conftest import Make, assembled, module

WIT = Path(__file__).parents[3] / "wit" / "issun-mod@0.7.0" / "issun.wit"
OLD = ["issun:mod@0.7.0", "issun:mod", "issun:modapi"]
"""The packages that components of the old world were built against."""
GUEST = """(module
  (import "{api}" "log" (func $log (param i32 i32)))
  (import "{api}" "enable-plugin" (func $enable (param i32 i32)))
  (import "{api}" "disable-plugin" (func $disable (param i32 i32)))
  (import "{api}" "set-plugin-param" (func $set (param i32 i32 i32 i32 i32 i32)))
  (import "{api}" "random" (func $random (result f32)))
  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))
  (data (i32.const 0) "combat max_hp 250 {{ Easy 2.0.1 Ada true false")
  (data (i32.const 200) "\\14\\00\\00\\00\\04\\00\\00\\00\\19\\00\\00\\00\\05\\00\\00\\00")
  (data (i32.const 216) "\\01\\00\\00\\00\\1f\\00\\00\\00\\03\\00\\00\\00")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "get-metadata") (result i32) (i32.const 200))
  (func (export "on-init")
    (call $log (i32.const 0) (i32.const 6))
    (call $enable (i32.const 0) (i32.const 6))
    (call $disable (i32.const 0) (i32.const 6))
    (call $set (i32.const 0) (i32.const 6) (i32.const 7) (i32.const 6) (i32.const 14) (i32.const 3))
    (call $set (i32.const 0) (i32.const 6) (i32.const 7) (i32.const 6) (i32.const 18) (i32.const 1))
    (call $enable (i32.const 7) (i32.const 6)))
  (func (export "on-shutdown") unreachable)
  (func (export "on-control-plugin") (param i32 i32 i32 i32)
    (call $log (local.get 0) (local.get 1))
    (call $log (local.get 2) (local.get 3)))
  (func (export "call-custom") (param $name i32) (param $length i32) (param $args i32)
    (param $count i32) (result i32)
    (if (i32.eqz (local.get $count)) (then
      (if (f32.lt (call $random) (f32.const 1))
        (then (i32.store (i32.const 240) (i32.const 35)) (i32.store (i32.const 244) (i32.const 4)))
        (else (i32.store (i32.const 240) (i32.const 18)) (i32.store (i32.const 244) (i32.const 1))))
      (return (i32.const 240))))
    (local.get $args)))
"""
Old = Callable[[str], Path]


@pytest.fixture(scope="session")
def old(tmp_path_factory: pytest.TempPathFactory) -> Old:
    """Build the guest of the old world against one of the packages."""

    def make(package: str) -> Path:
        folder = tmp_path_factory.mktemp("old")
        name, _, version = package.partition("@")
        api = f"{name}/api" + (f"@{version}" if version else "")
        wit = WIT.read_text(encoding="utf-8").replace("issun:mod@0.7.0", package, 1)
        (folder / "old.wit").write_text(wit, encoding="utf-8")
        core = assembled(GUEST.format(api=api), folder / "core.wasm")
        tool = str(Path(sys.executable).with_name("wasm-tools")), "component"
        embedded, made = folder / "embedded.wasm", folder / "guest.wasm"
        world = "--world", "mod-guest"
        subprocess.run(
            [*tool, "embed", folder / "old.wit", *world, core, "-o", embedded], check=True
        )
        subprocess.run([*tool, "new", embedded, "-o", made], check=True)
        return made

    return make


def loaded(path: Path, **context: object) -> tuple[WasmLoader, ModHandle, list[tuple[str, str]]]:
    """Load a component; the list is what it says."""
    said: list[tuple[str, str]] = []
    loader = WasmLoader()
    told = ModContext(**context, log=lambda *record: said.append(record))  # type: ignore[arg-type]
    return loader, loader.load(path, told), said


@pytest.mark.parametrize("package", OLD)
def test_the_old_world(old: Old, package: str) -> None:
    """All of `issun:mod`, whichever package a component was built against."""
    loader, handle, said = loaded(old(package), plugins=("combat",))
    assert handle.metadata == ModMetadata("Easy", "2.0.1", "Ada")
    assert handle.hooks == {"get_metadata", "on_init", "on_shutdown", "on_control_plugin"}
    loader.call_function(handle, "on_init")
    assert [command.control for command in loader.drain_commands()] == [
        PluginControl.enable("combat"),
        PluginControl.disable("combat"),
        PluginControl.set_param("combat", "max_hp", 250),
    ]
    loader.control_plugin(handle, "combat", SetParam("max_hp", 7))
    assert said == [
        ("info", "combat"),
        ("warn", "set-plugin-param of combat: no JSON value: Input data was truncated"),
        ("warn", '"max_hp" is not in its [permissions] plugins'),
        ("info", "combat"),
        ("info", "set_param:max_hp=7"),
    ]


@pytest.mark.parametrize("value", [0, -7, 2**63 - 1, 1.0, True, None, "ä", [1, 1.5], {"a": {}}])
def test_values_of_the_old_world_are_json(old: Old, value: object) -> None:
    """What `call-custom` gets and gives is JSON text: values come back as they went."""
    loader, handle, _ = loaded(old(OLD[0]))
    back = loader.call_function(handle, "same", value)  # type: ignore[arg-type]
    assert (back, type(back)) == (value, type(value))


def test_what_is_no_json_fails_the_call_and_no_more(old: Old) -> None:
    """A value that JSON does not have, or an answer that is none, costs no instance."""
    loader, handle, said = loaded(old(OLD[0]))
    with pytest.raises(ExecutionFailed):
        loader.call_function(handle, "same", object())  # type: ignore[arg-type]
    assert loader.call_function(handle, "same", 1) == 1
    assert said == []


def test_the_old_world_has_no_events(old: Old) -> None:
    """An event that is sent to a mod of it anyway does nothing."""
    loader, handle, said = loaded(old(OLD[0]))
    loader.dispatch_event(handle, DynamicEvent("ping"))
    assert said == []


API = {"modpm:mod@1": True, "modpm:mod@1.0": True, "modpm:mod@2": False, "issun:mod@0.7": False}


@pytest.mark.parametrize(("api", "fits"), API.items())
def test_a_manifest_that_says_another_world(component: Make, api: str, fits: bool) -> None:
    """`api` in the manifest is checked against the component, as far as it says."""
    path = component(module(on_tick=""))
    if fits:
        loaded(path, api=api)
        return
    with pytest.raises(InvalidFormat) as error:
        loaded(path, api=api)
    assert error.value.reason == f"built for modpm:mod@1, and its manifest says {api}"


NEWER = """(component
  (import "modpm:mod/host@1.4.0" (instance (export "{name}" (func {type})))))"""


@pytest.mark.parametrize(
    ("name", "type", "reason"),
    [
        ("teleport", "", "imports modpm:mod/host@1.4.0#teleport, which modpm does not offer"),
        (
            "random",
            "(result f32)",
            "modpm:mod/host@1.4.0#random takes or returns other values than its world says",
        ),
    ],
)
def test_a_host_that_modpm_is_not(tmp_path: Path, name: str, type: str, reason: str) -> None:
    """A function that the host lacks, or has otherwise, is named before anything runs."""
    text = NEWER.format(name=name, type=type)
    with pytest.raises(InvalidFormat) as error:
        loaded(assembled(text, tmp_path / "guest.wasm"))
    assert error.value.reason == reason


def test_a_mod_may_have_nothing(tmp_path: Path) -> None:
    """The world `quiet`: no hooks, and no functions to call."""
    text = NEWER.format(name="random", type="(result f64)")
    loader, handle, _ = loaded(assembled(text, tmp_path / "guest.wasm"))
    assert handle.hooks == frozenset()
    with pytest.raises(FunctionNotFound):
        loader.call_function(handle, "anything")

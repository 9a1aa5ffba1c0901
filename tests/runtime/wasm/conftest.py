"""Components from text: what a hook does, in WAT, and the rest of a mod around it."""

import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from modpm.guests.build import build
from modpm.manifest import Manifest
from modpm.versions import parse_version

Make = Callable[..., Path]
DONE = "(i32.const 80)"
"""What a hook returns: ok, for the 12 bytes at 80 are zero."""
SIGNATURES = {
    "on_init": ('"modpm:mod/lifecycle@1.0.0#on-init"', ""),
    "on_shutdown": ('"modpm:mod/lifecycle@1.0.0#on-shutdown"', ""),
    "on_tick": ('"modpm:mod/ticking@1.0.0#on-tick"', "(param $turn i64)"),
    "on_control_plugin": (
        '"modpm:mod/control@1.0.0#on-control-plugin"',
        "(param i32 i32 i32 i32 i32 i32 i64 i32)",
    ),
    "on_event": ('"modpm:mod/events@1.0.0#on-event"', "(param i32 i32 i32 i64 i32)"),
    "call": ('"modpm:mod/calls@1.0.0#call"', "(param i32 i32 i32 i32)"),
}
IMPORTS = """
  (import "modpm:mod/host@1.0.0" "log" (func $log (param i32 i32 i32)))
  (import "modpm:mod/host@1.0.0" "get-plugin-param"
    (func $get (param i32 i32 i32 i32 i32)))
  (import "modpm:mod/host@1.0.0" "enable-plugin" (func $enable (param i32 i32 i32)))
  (import "modpm:mod/host@1.0.0" "set-plugin-param"
    (func $set (param i32 i32 i32 i32 i32 i64 i32 i32)))
  (import "modpm:mod/host@1.0.0" "trigger-hook"
    (func $trigger (param i32 i32 i32 i32 i32 i64 i32 i32)))
  (import "modpm:mod/host@1.0.0" "subscribe-event" (func $subscribe (param i32 i32 i32)))
  (import "modpm:mod/host@1.0.0" "publish-event" (func $publish (param i32 i32 i32 i64 i32 i32)))
"""
REALLOC = """
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at
      (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
"""


def module(more: str = "", **hooks: str) -> str:
    """Return a core module with these hooks; `more` stands beside them."""
    if {"on_init", "on_shutdown"} & hooks.keys():
        hooks = {"on_init": "", "on_shutdown": ""} | hooks
    functions = "".join(
        f"(func (export {SIGNATURES[name][0]}) {SIGNATURES[name][1]} (result i32) {body} {DONE})\n"
        for name, body in hooks.items()
    )
    return f"""(module {IMPORTS}
      (memory (export "memory") 2)
      (global $free (mut i32) (i32.const 65536))
      (data (i32.const 0) "combat max_hp ping")
      {REALLOC} {functions} {more})"""


@pytest.fixture(scope="session")
def component(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make a component from WAT; the same text is built once."""
    home = tmp_path_factory.mktemp("components")

    def make(text: str) -> Path:
        folder = home / sha256(text.encode()).hexdigest()[:16]
        if not folder.exists():
            folder.mkdir()
            (folder / "main.wat").write_text(text)
            version = parse_version("1.0.0")
            manifest = Manifest(id="guest", version=version, name="Guest", entry="guest.wasm")
            build(folder, manifest, lambda made: None)
        return folder / "guest.wasm"

    return make


def assembled(text: str, to: Path) -> Path:
    """Write WAT, a component's or a module's, as the binary that it stands for."""
    source = to.with_suffix(".wat")
    source.write_text(text)
    tool = Path(sys.executable).with_name("wasm-tools")
    subprocess.run([tool, "parse", source, "-o", to], check=True)
    return to

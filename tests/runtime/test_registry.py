"""Several loaders as one: by name, by content, and those of other distributions."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.errors import InvalidFormat, ModError, NotFound
from modpm.runtime import BrokenLoader, Host, ModBackend, ModContext, ModRegistry, RhaiLoader
from modpm.runtime.host import all_loaders
from modpm.runtime.registry import installed

SCRIPT = 'fn f() { enable_plugin("x"); publish_event("e", 1); 5 }'


def test_several_loaders_as_one(tmp_path: Path) -> None:
    """Each mod is run by the first loader that accepts it, and every call finds that loader."""
    first, second = RhaiLoader(), RhaiLoader()
    registry = ModRegistry([first, second])
    path = tmp_path / "one.rhai"
    path.write_text(SCRIPT)
    handle = registry.load(path, ModContext(plugins=("x",)))
    assert registry.call_function(handle, "f") == 5
    assert len(registry.drain_commands()) == len(registry.drain_events()) == 1
    assert not second.drain_commands()
    registry.unload(handle)
    with pytest.raises(ModError):
        registry.call_function(handle, "f")
    with pytest.raises(InvalidFormat):
        registry.load(tmp_path / "one.lua")


def test_a_file_is_known_by_what_is_in_it(
    kind: str, entry: Callable[[str], Path], tmp_path: Path
) -> None:
    """A mod that was renamed, even to another kind's name, is run by the loader for its content."""
    for name in ("mod", "mod.txt", "mod.rhai", "mod.wasm"):
        path = tmp_path / name
        path.write_bytes(entry("easy_mode").read_bytes())
        registry = ModRegistry(all_loaders())
        assert registry.load_auto_detect(path).backend == ModBackend(kind)
        path.unlink()


@pytest.mark.parametrize(
    ("content", "suffix"),
    [(b"\xff\xfe\0", ".bin"), (b"(component)", ".wat"), (b"\0\0\0", ""), (b"\xff", ".wasm")],
)
def test_content_that_nobody_knows(tmp_path: Path, content: bytes, suffix: str) -> None:
    """What is neither text nor WebAssembly is refused, whatever it is called."""
    path = tmp_path / f"mod{suffix}"
    path.write_bytes(content)
    with pytest.raises(InvalidFormat):
        ModRegistry(all_loaders()).load_auto_detect(path)


def test_content_of_no_file(tmp_path: Path) -> None:
    """A file that is not there is said to be missing."""
    with pytest.raises(NotFound):
        ModRegistry(all_loaders()).load_auto_detect(tmp_path / "mod.rhai")


MODULE = """
from modpm.runtime import RhaiLoader

class Lua(RhaiLoader):
    def accepts(self, path):
        return path.suffix == ".lua"

def broken():
    raise OSError("no interpreter")
"""


@pytest.fixture
def other_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with a loader that works and two that do not, found as an installed one is."""
    info = tmp_path / "modpm_lua-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: modpm-lua\nVersion: 1.0\n")
    points = "[modpm.loaders]\nlua = lua_mods:Lua\nbad = lua_mods:broken\ngone = lua_mods:gone\n"
    (info / "entry_points.txt").write_text(points)
    (tmp_path / "lua_mods.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lua_mods", raising=False)


@pytest.mark.usefixtures("other_distribution")
def test_loaders_of_other_distributions(tmp_path: Path) -> None:
    """One that works runs its mods; one that raises, or is not there, is told and left out."""
    path = tmp_path / "one.lua"
    path.write_text(SCRIPT)
    registry = ModRegistry(all_loaders(), installed)
    with pytest.warns(BrokenLoader) as warned:
        handle = registry.load(path, ModContext(plugins=("x",)))
    assert registry.call_function(handle, "f") == 5
    told = [str(warning.message) for warning in warned]
    assert [text.split(":")[0] for text in told] == [
        "the loader bad (lua_mods",
        "the loader gone (lua_mods",
    ]
    assert "OSError('no interpreter')" in told[0]


@pytest.mark.usefixtures("other_distribution")
def test_no_loader_is_looked_for_without_need(
    mod: Callable[..., object], play: Callable[..., Host], recwarn: pytest.WarningsRecorder
) -> None:
    """Other distributions are asked only about files that ours do not run."""
    play(mod("a", "fn on_init() {}"))
    assert not recwarn.list

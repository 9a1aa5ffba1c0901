"""Several loaders as one: by name, and by content."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.errors import InvalidFormat, ModError, NotFound
from modpm.runtime import ModBackend, ModContext, ModRegistry, RhaiLoader
from modpm.runtime.host import all_loaders

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

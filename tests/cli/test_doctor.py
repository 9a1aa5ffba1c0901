"""doctor, where something is wrong with modpm itself."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def broken(folder: Path, module: str) -> str:
    """Return a PYTHONPATH on which that module is one that does not import."""
    (folder / "broken").mkdir()
    text = "raise ImportError('libm.so.6 is too old')"
    (folder / "broken" / f"{module}.py").write_text(text, encoding="utf-8")
    return str(folder / "broken")


def told(done: "subprocess.CompletedProcess[str]") -> Any:
    """Return the document that doctor wrote."""
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("module", "others"), [("rhai", []), ("turn_call", ["wasmtime"]), ("wasmtime", [])]
)
def test_a_part_that_does_not_work(
    modpm: Run, tmp_path: Path, module: str, others: list[str]
) -> None:
    """Without one of its engines modpm cannot play, and says which and why."""
    done = modpm("doctor", "--json", PYTHONPATH=broken(tmp_path, module))
    assert done.returncode == 1
    assert told(done)["problems"] == [module, *others]
    (part,) = [part for part in told(done)["parts"] if part["name"] == module]
    assert part["problem"] == "ImportError: libm.so.6 is too old"


def test_slow_calls_are_told_and_are_no_problem(modpm: Run, tmp_path: Path) -> None:
    """Without its fast path modpm plays as well, and says why it is slower."""
    path = broken(tmp_path, "wasm_call")
    assert "libm.so.6 is too old" in told(modpm("doctor", "--json", PYTHONPATH=path))["slow"]
    done = modpm("doctor", PYTHONPATH=path)
    assert "slower than they could be: libm.so.6 is too old" in done.stdout
    assert done.returncode == 0


def test_a_missing_compiler_is_no_problem(modpm: Run, tmp_path: Path) -> None:
    """What builds need is said with the way to get it; players need none of it."""
    done = modpm("doctor", PATH=str(tmp_path))
    assert "npm install assemblyscript" in done.stdout
    assert "https://rustup.rs" in done.stdout
    assert done.returncode == 0

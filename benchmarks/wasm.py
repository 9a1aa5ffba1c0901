"""What a component costs: a call, a load, and the memory of one more instance of a mod in C.

Run: python -m benchmarks wasm. At most 2 us a call, 2 times the C API, and 15 times faster than
wasmtime-py; 2 ms for a load from the cache; 1 ns an operation, 20 ns for 16 bytes; 100 KB an instance.
"""

import gc
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import wasm_call
import wasmtime
from wasmtime.component import Linker, Variant

from benchmarks.measure import Samples, calls, memory, show
from modpm.guests.build import build
from modpm.manifest import Manifest
from modpm.runtime import ModContext, ModHandle, WasmLoader
from modpm.versions import parse_version

SOURCE = Path(__file__).parent / "guest"
ROUNDS = 200


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        file = component(Path(folder))
        print(f"  the component has {file.stat().st_size:,} bytes")
        _call(file)
        _inside(file)
        _load(file)
        _memory(file)
        _steady(file)


def component(folder: Path) -> Path:
    """Build the guest in a folder; return its file."""
    (folder / "main.c").write_text((SOURCE / "main.c").read_text())
    version = parse_version("1.0.0")
    manifest = Manifest(id="bench", version=version, name="Bench", entry="bench.wasm")
    return build(folder, manifest, lambda made: None).entry


def _call(file: Path) -> None:
    loader, handle = _loaded(file)
    call = loader.call_function
    bound = loader._mods[handle.id].guest._bound["call"]  # type: ignore[attr-defined]
    stock, store = _stock(file)
    twice = [Variant("integer", 21)]
    found = {
        "the C API directly": [wasm_call._floor(bound, ["double", [21]], 20_000) for _ in range(15)]
    }
    found |= calls({"WasmLoader.call_function": lambda: call(handle, "double", 21)})
    found |= calls({"Func.__call__ of wasmtime-py": lambda: stock(store, "double", twice)}, number=2_000)
    show(found, "us", floor="the C API directly")
    show(
        calls(
            {
                "call_function with an int": lambda: call(handle, "double", 21),
                "a text of 16 bytes, in and out": lambda: call(handle, "echo", "the plague year "),
                "one host function": lambda: call(handle, "random"),
            }
        ),
        "us",
        floor="call_function with an int",
    )

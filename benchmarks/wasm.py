"""What a component costs: a call, its own work, a load, and memory, for a mod in C.

Run: python -m benchmarks wasm. The floor of a call is wasmtime's C API in a loop that `wasm_call`
has; the peer is wasmtime-py.
"""

import gc
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import wasm_call
import wasmtime
from wasmtime.component import Component, Func, Instance, Linker, Variant

from benchmarks.measure import Samples, calls, memory, show
from modpm.document import Value
from modpm.guests.build import build
from modpm.manifest import Manifest
from modpm.runtime import ModContext, ModHandle, WasmLoader
from modpm.runtime.wasm import calls as paths
from modpm.runtime.wasm.engine import engine
from modpm.versions import parse_version

SOURCE = Path(__file__).parent / "guest" / "main.c"
FLOOR = "the C API directly"
LOADER = "WasmLoader.call_function"
PEER = "Func.__call__ of wasmtime-py"
RUNS = 15
INSTANCES = 200
STEADY = 500_000
TEXT = "the plague year "
STEPS = 1_000_000
OPERATIONS = 6
"""In a step of the guest's chain: three shifts, three exclusive ors."""


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        file = component(Path(folder))
        print(f"  the component has {file.stat().st_size:,} bytes; the path is fast: {paths.FAST}")
        cache = Path(folder) / "cache"
        _load(file, cache)
        loader = WasmLoader(cache=cache)
        handle = loader.load(file, ModContext(id="bench"))
        _paths(file, loader, handle)
        _shapes(loader, handle)
        _work(loader, handle)
        _memory(loader, handle)


def component(folder: Path) -> Path:
    """Build the guest in a folder; return its file."""
    (folder / "main.c").write_bytes(SOURCE.read_bytes())
    version = parse_version("1.0.0")
    manifest = Manifest(id="bench", version=version, name="Bench", entry="bench.wasm")
    return build(folder, manifest, lambda made: None).entry


def _paths(file: Path, loader: WasmLoader, handle: ModHandle) -> None:
    """Call the same function of the guest directly, through the loader, and through the peer."""
    compiled = Component(engine(), file.read_bytes())
    direct, peer, call = _direct(compiled), _peer(compiled), loader.call_function
    found: dict[str, Samples] = {FLOOR: [], LOADER: [], PEER: []}
    for _ in range(RUNS):
        found[FLOOR].append(wasm_call._floor(direct, ["double", [21]], 20_000))
        start = perf_counter()
        for _ in range(20_000):
            call(handle, "double", 21)
        found[LOADER].append((perf_counter() - start) / 20_000)
        found[PEER] += calls({PEER: peer}, runs=1, number=1_000)[PEER]
    show(found, "us", floor=FLOOR, asked={LOADER: f"2 us, x2 of {FLOOR}, a 15th of {PEER}"})


def _direct(compiled: Component) -> Callable[..., Any]:
    store = paths.Store(engine(), seconds=60)
    instance = paths.instantiate(store, _hostless(compiled), compiled)
    return paths.bind(store, _call_of(store, instance))


def _peer(compiled: Component) -> Callable[[], object]:
    store = wasmtime.Store(engine())
    store.set_epoch_deadline(1 << 40)
    func = _call_of(store, _hostless(compiled).instantiate(store, compiled))
    twice = [Variant("integer", 21)]
    return lambda: func(store, "double", twice)


def _hostless(compiled: Component) -> Linker:
    linker = Linker(engine())
    linker.define_unknown_imports_as_traps(compiled)
    return linker


def _call_of(store: wasmtime.Store, instance: Instance) -> Func:
    interface = instance.get_export_index(store, "modpm:mod/calls@1.0.0")
    index = instance.get_export_index(store, "call", interface)
    assert index is not None
    func = instance.get_func(store, index)
    assert func is not None
    return func


def _shapes(loader: WasmLoader, handle: ModHandle) -> None:
    """Send values in and out, and call back."""
    call = loader.call_function
    five: Value = dict.fromkeys("abcde", 1)
    many: Value = list(range(100))
    work = {
        "an int, in and out": lambda: call(handle, "echo", 21),
        "a text of 16": lambda: call(handle, "echo", TEXT),
        "a dict of five": lambda: call(handle, "echo", five),
        "a list of 100 ints": lambda: call(handle, "echo", many),
        "a host function": lambda: call(handle, "random"),
    }
    show(calls(work, number=5_000), "us", floor="an int, in and out")


def _work(loader: WasmLoader, handle: ModHandle) -> None:
    """Have the guest work for so long that the call is nothing."""
    chain, upper = "an operation of a chain", "16 bytes copied and upper-cased"
    work = {
        chain: lambda: loader.call_function(handle, "arithmetic", STEPS),
        upper: lambda: loader.call_function(handle, "upper", STEPS),
    }
    per = {chain: OPERATIONS * STEPS, upper: STEPS}
    spent = calls(work, number=1)
    found = {name: [sample / per[name] for sample in spent[name]] for name in work}
    show(found, "ns", floor=chain, asked={chain: "1 ns", upper: "20 ns"})


def _load(file: Path, cache: Path) -> None:
    """Load from the cache: nobody else holds the component, so it is read each time."""

    def load() -> None:
        loader = WasmLoader(cache=cache)
        handle = loader.load(file, ModContext())
        loader.call_function(handle, "on_init")
        loader.unload(handle)

    load()
    found = calls({"read the file": file.read_bytes, "load, metadata, on_init": load}, number=50)
    show(found, "ms", floor="read the file", asked={"load, metadata, on_init": "2 ms"})


def _memory(loader: WasmLoader, handle: ModHandle) -> None:
    """Load the mod over and over, each time as a mod of its own; then call one of them often."""
    ids = count()

    def load(instances: int) -> list[ModHandle]:
        return [loader.load(handle.path, ModContext(id=f"m{next(ids)}")) for _ in range(instances)]

    handles = load(20)
    gc.collect()
    before = memory()
    handles += load(INSTANCES)
    gc.collect()
    each = (memory() - before) / INSTANCES
    print(f"  memory for each of {len(handles)} instances: {each / 1024:.1f} KiB (asked: 100 KB)")
    before = memory()
    for _ in range(STEADY):
        loader.call_function(handle, "echo", TEXT)
    print(f"  memory after {STEADY:,} calls more: {(memory() - before) / 1024:+,.0f} KiB")

"""What the sandbox costs: a call, a load, and the memory of one more mod.

Run: python -m benchmarks runtime. A call at most 2 us over an empty Python call, a load of 2 KB with
metadata and on_init at most 1 ms, at most 50 KB for each further script.
"""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import calls, memory, show
from modpm.runtime import ModContext, RhaiLoader

SCRIPT = """\
/// What the game shows of this mod.
fn get_metadata() { #{ name: "Bench", version: "1.0.0" } }

const RATES = [1, 2, 3, 5, 8];

fn on_init() {
    this.turns = 0;
    log("ready");
}

fn on_tick(turn) {
    this.turns += 1;
}

fn double(n) { n * 2 }
"""
FILLER = """
fn rule_{n}(count, share) {{
    let total = count * RATES[{n} % 5];
    if total > 100 && share > 0.5 {{ total - 10 }} else {{ total + share.to_int() }}
}}
"""
MODS = 500


def script() -> str:
    """Return a script of about 2 KB with metadata and on_init."""
    return SCRIPT + "".join(FILLER.format(n=n) for n in range(10))


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bench.rhai"
        file.write_text(script())
        print(f"  the script has {file.stat().st_size} bytes")
        _call(file)
        _load(file)
        _memory(Path(folder))


def _call(file: Path) -> None:
    loader = RhaiLoader()
    handle = loader.load(file)
    call = loader.call_function

    def empty(handle: object, name: str, n: int) -> int:
        return n

    found = calls(
        {
            "an empty Python call with the same arguments": lambda: empty(handle, "double", 21),
            "RhaiLoader.call_function with an int": lambda: call(handle, "double", 21),
        }
    )
    show(found, "us", floor="an empty Python call with the same arguments")


def _load(file: Path) -> None:
    def load() -> None:
        loader = RhaiLoader()
        handle = loader.load(file, ModContext())
        loader.call_function(handle, "on_init")
        loader.unload(handle)

    found = calls({"read the file": file.read_text, "load, metadata, on_init": load}, number=50)
    show(found, "us", floor="read the file")


def _memory(folder: Path) -> None:
    text = script()
    files = [folder / f"mod{n}.rhai" for n in range(MODS)]
    for n, file in enumerate(files):
        file.write_text(f"{text}\n// {n}\n")
    loader = RhaiLoader()
    handles = [loader.load(file) for file in files[:20]]
    gc.collect()
    before = memory()
    handles += [loader.load(file) for file in files[20:]]
    gc.collect()
    each = (memory() - before) / (MODS - 20)
    print(f"  memory for each further script, {len(handles)} loaded: {each / 1024:.1f} KiB")

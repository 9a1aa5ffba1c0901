"""What the sandbox costs: a call, a load, and the memory of one more mod.

Run: python -m benchmarks runtime. At most 2 us over an empty Python call, 1 ms for a load of 2 KB
with metadata and on_init, 50 KB for each further script.
"""

import gc
from pathlib import Path
from statistics import mean
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
ROUNDS = 40
ROOT = Path(__file__).parent.parent


def script() -> str:
    """Return a script of about 2 KB with metadata and on_init."""
    return SCRIPT + "".join(FILLER.format(n=n) for n in range(13))


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bench.rhai"
        file.write_text(script())
        print(f"  the script has {file.stat().st_size} bytes")
        _call(file)
        _load(file)
    _memory()


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


def _memory() -> None:
    """Load the shipped mods over and over, each time as mods of their own."""
    files = sorted((ROOT / "examples" / "mods").glob("*/main.rhai"))
    loader = RhaiLoader()
    handles = [loader.load(file, ModContext(id=f"warm/{file.parent.name}")) for file in files]
    gc.collect()
    before = memory()
    handles += [
        loader.load(f, ModContext(id=f"m{n}/{f.parent.name}")) for n in range(ROUNDS) for f in files
    ]
    gc.collect()
    each = (memory() - before) / (ROUNDS * len(files))
    size = mean(file.stat().st_size for file in files)
    print(
        f"  memory for each of {len(handles)} scripts of {size:,.0f} bytes: {each / 1024:.1f} KiB"
    )

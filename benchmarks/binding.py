"""The `rhai` binding beside bindings of Lua, JavaScript and Starlark, and beside Rust itself.

Run: python -m benchmarks binding. Cargo builds benchmarks/native, which does the same with the
plain rhai crate, in build/.

lupa.lua55 is what `import lupa` takes, and the floor; LuaJIT comes with lupa as well. A call of
lupa's converts the same values, takes lupa's lock, releases Python's and bounds nothing; ours
releases Python's once a call takes long, and counts operations, time and memory. quickjs-ng takes
no dict: the row parses JSON, and prints it. starlark-pyo3 keeps Python's lock.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

import quickjs  # type: ignore[import-untyped]
import rhai
import starlark

from benchmarks.measure import Samples, calls, memory, show

HERE = Path(__file__).parent
CALLS = HERE / "data" / "calls.rhai"
WATCH = HERE / "data" / "watch.rhai"
BUILD = HERE.parent / "build" / "native"
FIVE = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
RUNS = 15
SCRIPTS = 500

Calls = Mapping[str, Callable[[], object]]
INT, DICT, CALLBACK = "an int", "a dict of five, in and out", "one Python callback"


def main() -> None:
    """Measure and print."""
    peers = {
        "lupa": _lua("lua55"),
        "rhai": _rhai(),
        "lupa, LuaJIT": _lua("luajit21"),
        "quickjs-ng": _javascript(),
        "starlark": _starlark(),
    }
    for what in (INT, DICT, CALLBACK):
        print(f" {what}")
        found = calls({name: peer[what] for name, peer in peers.items()})
        show(found, "us", floor="lupa", asked={"rhai": "x1.00"})
    with Native() as native:
        _beside_rust(native)
    _memory()


def _beside_rust(native: "Native") -> None:
    ours, count, source = _rhai(), _instance().call, WATCH.read_text()
    _beside(native, "int", ours[INT], 20_000, "us", "x2.50")
    _beside(native, "dict", ours[DICT], 20_000, "us")
    _beside(native, "callback", ours[CALLBACK], 20_000, "us")
    _beside(native, "loop", lambda: count("count", 1_000_000), 1, "ms", "x1.20")
    print(f" the script to load has {WATCH.stat().st_size} bytes")
    _beside(native, "load", lambda: _loaded(rhai.Engine(), source, "load"), 200, "ms", "0.3 ms")


class Native:
    """The Rust program, up and waiting for work."""

    def __init__(self) -> None:
        subprocess.run(
            ("cargo", "build", "--quiet", "--release", "--target-dir", BUILD),
            cwd=HERE / "native",
            check=True,
        )
        self._program = subprocess.Popen(
            [BUILD / "release" / "native", CALLS, WATCH],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self, work: str, times: int) -> float:
        """Return what one piece of the work took, of so many."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(f"{work} {times}\n")
        self._program.stdin.flush()
        return float(self._program.stdout.readline()) / times

    def __enter__(self) -> Self:
        """Do nothing more."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the program."""
        self._program.communicate()


def _beside(
    native: Native,
    work: str,
    ours: Callable[[], object],
    times: int,
    unit: str,
    asked: str | None = None,
) -> None:
    print(f" beside Rust itself: {work}")
    found: dict[str, Samples] = {"Rust": [], "rhai": []}
    for _ in range(RUNS):
        found["Rust"].append(native.seconds(work, times))
        found["rhai"] += calls({"rhai": ours}, runs=1, number=times)["rhai"]
    show(found, unit, floor="Rust", asked={"rhai": asked} if asked else None)


def _instance() -> rhai.Instance:
    engine = rhai.Engine()
    engine.register_fn(_increment, name="increment")
    return engine.instantiate(engine.compile(CALLS.read_text(), name=CALLS.name))


def _rhai() -> Calls:
    call = _instance().call
    return {
        INT: lambda: call("f", 5),
        DICT: lambda: call("g", FIVE),
        CALLBACK: lambda: call("h", 5),
    }


def _lua(version: str) -> Calls:
    lua = import_module(f"lupa.{version}").LuaRuntime()
    lua.globals().increment = _increment
    f, g, h = lua.execute(
        "return function(n) return n + 1 end,"
        " function(m) m.a = m.a + 1; return m end,"
        " function(n) return increment(n) end"
    )
    return {
        INT: lambda: f(5),
        DICT: lambda: dict(g(lua.table_from(FIVE))),
        CALLBACK: lambda: h(5),
    }


def _javascript() -> Calls:
    context = quickjs.Context()
    context.add_callable("increment", _increment)
    context.eval(
        "function f(n) { return n + 1 } function g(m) { m.a += 1; return m }"
        " function h(n) { return increment(n) }"
    )
    f, g, h = (context.get(name) for name in "fgh")
    return {
        INT: lambda: f(5),
        DICT: lambda: json.loads(g(context.parse_json(json.dumps(FIVE))).json()),
        CALLBACK: lambda: h(5),
    }


def _starlark() -> Calls:
    module = starlark.Module()
    module.add_callable("increment", _increment)
    source = (
        "def f(n):\n  return n + 1\n"
        "def g(m):\n  m['a'] += 1\n  return m\n"
        "def h(n):\n  return increment(n)\n"
    )
    starlark.eval(module, starlark.parse("calls.star", source), starlark.Globals.standard())
    frozen = module.freeze()
    return {
        INT: lambda: frozen.call("f", 5),
        DICT: lambda: frozen.call("g", FIVE),
        CALLBACK: lambda: frozen.call("h", 5),
    }


def _memory() -> None:
    """Count in processes of their own, where nothing was freed that could be used again."""
    for kept in KEPT:
        command = [sys.executable, "-c", f"from benchmarks import binding; binding.grow({kept!r})"]
        subprocess.run(command, check=True, cwd=HERE.parent)


def grow(kept: str) -> None:
    """Load many scripts, keep them all, and print what each further one takes."""
    source = WATCH.read_text()
    rooms: list[object] = []
    before = 0
    for number in range(2 * SCRIPTS):
        if number == SCRIPTS:
            gc.collect()
            before = memory()
        rooms.append(KEPT[kept](rhai.Engine(), source, f"{number}.rhai"))
    size = (memory() - before) / SCRIPTS / 1024
    asked = "" if kept == "compiled" else " (asked: at most 20)"
    print(f"  memory for each further script, {kept}: {size:.1f} KiB{asked}")


def _compiled(engine: rhai.Engine, source: str, name: str) -> object:
    return engine.compile(source, name=name)


def _loaded(engine: rhai.Engine, source: str, name: str) -> rhai.Instance:
    return engine.instantiate(engine.compile(source, name=name))


def _called(engine: rhai.Engine, source: str, name: str) -> rhai.Instance:
    instance = _loaded(engine, source, name)
    instance.call("get_metadata")
    return instance


KEPT = {"compiled": _compiled, "loaded": _loaded, "loaded and called": _called}


def _increment(n: int) -> int:
    return n + 1

"""The `rhai` binding beside bindings of Lua, JavaScript and Starlark, and beside Rust itself.

Run: python -m benchmarks binding. Cargo builds benchmarks/native, which does the same with the
plain rhai crate, in build/.

lupa runs Lua 5.5. Its calls convert arguments and results, take its lock and release Python's, as
ours do, but bound neither time nor memory; ours count both. quickjs-ng takes no dict: the row
parses JSON, and prints it. starlark-pyo3 keeps Python's lock.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import lupa.lua55 as lupa  # type: ignore[import-untyped]
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
    peers = {"lupa": _lua(), "rhai": _rhai(), "quickjs-ng": _javascript(), "starlark": _starlark()}
    for what in (INT, DICT, CALLBACK):
        print(f" {what}; rhai is asked at most x1.00 of lupa")
        show(calls({name: peer[what] for name, peer in peers.items()}), "us", floor="lupa")
    with Native() as native:
        _beside(native, "call_fn with an int", "int", _rhai()[INT], 20_000, "us", "2.5")
        loop = _instance().call
        _beside(
            native, "a loop of 1,000,000", "loop", lambda: loop("count", 1_000_000), 1, "ms", "1.2"
        )
        _beside(native, f"load of {WATCH.stat().st_size} bytes", "load", _load, 200, "ms", None)
    print("  the load is asked at most 0.3 ms")
    _memory()


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
    name: str,
    work: str,
    ours: Callable[[], object],
    times: int,
    unit: str,
    asked: str | None,
) -> None:
    print(f" {name}" + (f"; rhai is asked at most x{asked}" if asked else ""))
    found: dict[str, Samples] = {"Rust": [], "rhai": []}
    for _ in range(RUNS):
        found["Rust"].append(native.seconds(work, times))
        found["rhai"] += calls({"rhai": ours}, runs=1, number=times)["rhai"]
    show(found, unit, floor="Rust")


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


def _lua() -> Calls:
    lua = lupa.LuaRuntime()
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


def _load() -> rhai.Instance:
    engine = rhai.Engine()
    return engine.instantiate(engine.compile(WATCH.read_text(), name=WATCH.name))


def _memory() -> None:
    """Count in a process of its own, where nothing was freed that could be used again."""
    for kept in ("compiled", "loaded"):
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
        engine = rhai.Engine()
        ast = engine.compile(source, name=f"{number}.rhai")
        rooms.append(ast if kept == "compiled" else (engine, engine.instantiate(ast)))
    size = (memory() - before) / SCRIPTS / 1024
    print(f"  memory for each further script {kept}: {size:.1f} KiB (asked: at most 20)")


def _increment(n: int) -> int:
    return n + 1

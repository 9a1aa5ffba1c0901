"""The `rhai` binding beside lupa: the same call, the same dict, the same callback.

Run: python -m benchmarks binding. lupa is the floor.
"""

import lupa  # type: ignore[import-untyped]
import rhai

from benchmarks.measure import calls, show

FIVE = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}


def main() -> None:
    """Measure and print."""
    engine = rhai.Engine()
    engine.register_fn(_increment, name="increment")
    ours = engine.instantiate(
        engine.compile("fn f(n) { n + 1 } fn g(m) { m.a += 1; m } fn h(n) { increment(n) }")
    ).call
    lua = lupa.LuaRuntime()
    lua.globals().increment = lambda n: n + 1
    f, g, h = lua.execute(
        "return function(n) return n + 1 end,"
        " function(m) m.a = m.a + 1; return m end,"
        " function(n) return increment(n) end"
    )
    pairs = {
        "an int": (lambda: f(5), lambda: ours("f", 5)),
        "a dict of five, in and out": (
            lambda: dict(g(lua.table_from(FIVE))),
            lambda: ours("g", FIVE),
        ),
        "one Python callback": (lambda: h(5), lambda: ours("h", 5)),
    }
    for name, (theirs, own) in pairs.items():
        show(calls({f"lupa, {name}": theirs, f"rhai, {name}": own}), "us", floor=f"lupa, {name}")


def _increment(n: int) -> int:
    return n + 1

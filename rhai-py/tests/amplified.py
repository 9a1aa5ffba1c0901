"""One long text, repeated by a script that gets it from somewhere else, at every limit.

Run by `test_hostile.py` in a process of its own, under a cap on its address space.
"""

import sys
from collections.abc import Callable

import rhai

LONG = "x" * 1_000_000
MANY = "let a = []; a.pad(100000, {}); `${{a}}`"


def from_scope(engine: rhai.Engine) -> None:
    """The text lies in a scope."""
    scope = rhai.Scope({"s": LONG})
    rhai.Engine().eval("1")
    engine.run(MANY.format("s"), scope)


def from_state(engine: rhai.Engine) -> None:
    """The text lies in the state of an instance."""
    ast = engine.compile("fn f() { " + MANY.format("this.s") + " }")
    mod = engine.instantiate(ast)
    mod.state = {"s": LONG}
    rhai.Engine().eval("1")
    mod.call("f")


def from_constant(engine: rhai.Engine) -> None:
    """The text is a constant of the host."""
    ast = engine.compile("fn f() { " + MANY.format("S") + " }")
    mod = engine.instantiate(ast, constants={"S": LONG})
    rhai.Engine().eval("1")
    mod.call("f")


def from_source(engine: rhai.Engine) -> None:
    """The text is a literal."""
    ast = engine.compile(MANY.format(f'"{LONG}"'))
    rhai.Engine().eval("1")
    engine.eval(ast)


def from_capture(engine: rhai.Engine) -> None:
    """The text was captured by a closure."""
    wide = rhai.Engine()
    scope = rhai.Scope({"s": LONG})
    closure = wide.eval("|| { " + MANY.format("s") + " }", scope)
    rhai.Engine().eval("1")
    engine.register_fn(lambda: closure(), name="enter")
    engine.eval("enter()")


def from_callback(engine: rhai.Engine) -> None:
    """The text is the result of a host function."""
    engine.register_fn(lambda: LONG, name="text")
    engine.eval("let s = text(); " + MANY.format("s"))


SOURCES: dict[str, Callable[[rhai.Engine], None]] = {
    f.__name__: f
    for f in (from_scope, from_state, from_constant, from_source, from_capture, from_callback)
}


def main(name: str) -> None:
    """Let the operations run out at each point of the script."""
    for operations in range(1, 40):
        try:
            SOURCES[name](rhai.Engine(rhai.Limits(operations=operations)))
        except rhai.LimitError:
            continue
    print("OK")


if __name__ == "__main__":
    main(sys.argv[1])

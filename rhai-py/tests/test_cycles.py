"""Captured variables that hold each other go when nothing else holds them, and not before.

Each holds an object of Python, which tells whether it is still there.
"""

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rhai

Edges = list[tuple[int, int]]
SIZE = 6


class Thing:
    """What a script captures."""


class Host:
    """An engine whose scripts get things, and the things that are still there."""

    def __init__(self, **settings: Any) -> None:
        self.engine = rhai.Engine(**settings)
        self.engine.register_type(Thing)
        self.engine.register_fn(self.thing, name="thing")
        self._things: list[weakref.ref[Thing]] = []

    def thing(self) -> Thing:
        """Return a new thing, for scripts."""
        made = Thing()
        self._things.append(weakref.ref(made))
        return made

    def alive(self) -> set[int]:
        """Return the things that are still there, by the order of their making."""
        return {number for number, thing in enumerate(self._things) if thing() is not None}


CYCLES = {
    "an array with its closure": "let a = [thing()]; let f = || a; a = [f, a]; f",
    "two variables": "let a = [thing()]; let b = 1; let f = || a; let g = || b; a += g; b = f; f",
    "deep in arrays": "let a = [thing()]; let f = || a; a = [f, a]; for i in 0..90 { a = [a] } f",
    "a curried pointer": "let a = [thing()]; let f = |x, y| a; a.push(1); a = [f.curry(2), a]; f",
}


@pytest.mark.parametrize("name", CYCLES)
def test_a_cycle_ends_with_the_call_that_made_it(name: str) -> None:
    """Whoever calls, a cycle that nobody keeps is gone when the call returns."""
    host = Host()
    host.engine.run(CYCLES[name])
    ast = host.engine.compile("fn f() { " + CYCLES[name] + "; () }")
    host.engine.call(ast, "f")
    host.engine.instantiate(ast).call("f")
    assert len(host._things) == 3
    assert host.alive() == set()


PLACES = (
    "let y = @;",
    "const Y = @;",
    "let y = 1; y = @;",
    "let y = [1]; y[0] += @;",
    "let y = [1, 2]; y[@];",
    "if 1 == @ {}",
    "if x { @ } else {}",
    "if !x {} else { @ }",
    "if !x {} else if 1 == @ {}",
    "while 2 == @ {}",
    "while x { @; break; }",
    "while x { break @; }",
    "do { @ } while !x;",
    "do { x = false } until 1 == @;",
    "for i in [@] {}",
    "for i in 0..1 { @ }",
    "switch @ { 1 => 2, _ => 3 }",
    "switch 1 { 1 => @, _ => 3 }",
    "switch 5 { 1 => 2, 3..9 => @, _ => 3 }",
    "switch 1 { 1 if 1 == @ => 2, _ => 3 }",
    "switch 8 { 1 => 2, _ => @ }",
    "try { @ } catch {}",
    "try { throw 1 } catch { @ }",
    "try { throw @ } catch {}",
    "return @;",
    "let y = #{a: @};",
    "let y = `${@}`;",
    "let y = [1, @].len();",
    "let y = [1]; y.push(@);",
    "let y = -@;",
    "let y = x && 1 == @;",
    "let y = !x || 1 == @;",
    "let y = () ?? @;",
    "let y = (|n| @).call(1);",
    "fn g() { @ } g();",
    "fn g(n) { n } g(@);",
    "eval(`${@}`);",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("optimize", ["simple", "none"])
def test_a_cycle_ends_wherever_its_closure_stands(place: str, optimize: str) -> None:
    """A closure is noticed in every part of the grammar that can hold one."""
    host = Host(optimize=optimize)
    cycle = "{ let a = [thing()]; let f = || a; a = [f, a]; 1 }"
    host.engine.run("let x = true; " + place.replace("@", cycle))
    assert (len(host._things), host.alive()) == (1, set())


def test_a_cycle_of_a_module_ends_too() -> None:
    """A script without closures may import one that captures."""
    host = Host(resolver=lambda name: f"fn g() {{ {CYCLES['two variables']}; () }}")
    host.engine.run('import "m" as m; m::g();')
    assert (len(host._things), host.alive()) == (1, set())


@pytest.mark.parametrize("name", CYCLES)
def test_a_cycle_that_python_holds_stays(name: str) -> None:
    """A closure goes on working until Python lets go of it; what it held goes with the engine."""
    host = Host()
    pointer = host.engine.eval(CYCLES[name])
    host.engine.run(CYCLES[name])
    gc.collect()
    assert host.alive() == {0}
    del pointer
    host.engine = rhai.Engine()
    assert host.alive() == set()


def source(edges: Edges, kept: list[int]) -> str:
    """A function in which maps hold each other as told, and the state holds some of them."""
    lines = [f"let m{n} = #{{t: thing()}}; let f{n} = || m{n};" for n in range(SIZE)]
    lines += [f"m{a}.e{b} = f{b};" for a, b in edges]
    lines += [f"this.k{n} = f{n};" for n in kept]
    return "fn make() { " + "\n".join(lines) + " }"


def reachable(edges: Edges, kept: list[int]) -> set[int]:
    """The maps that a path leads to from the state."""
    found: set[int] = set()
    todo = list(kept)
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += [b for a, b in edges if a == node]
    return found


nodes = st.integers(0, SIZE - 1)


@given(st.lists(st.tuples(nodes, nodes), max_size=12), st.lists(nodes, max_size=3))
def test_what_the_state_reaches_stays_and_nothing_else(edges: Edges, kept: list[int]) -> None:
    """In any graph of captured maps, a call leaves those that a path leads to from the state."""
    host = Host()
    mod = host.engine.instantiate(host.engine.compile(source(edges, kept)))
    mod.call("make")
    assert host.alive() == reachable(edges, kept)
    mod.state = {}
    assert host.alive() == set()


@pytest.mark.parametrize("operations", range(1, 45))
def test_a_stopped_script_leaves_no_cycle(operations: int) -> None:
    """Wherever a script is stopped, also while it changes a captured variable, all is freed."""
    host = Host(limits=rhai.Limits(operations=operations))
    with pytest.raises(rhai.OperationsLimit):
        host.engine.eval(
            "let a = [thing()]; let f = || a; a = [f, 1]; a.push(thing());"
            "a.for_each(|| { let b = [thing()]; let g = || b; b = [g, 1]; }); loop {}"
        )
    assert host.alive() == set()


def test_cycles_that_lose_their_holder_later_do_not_pile_up() -> None:
    """Each turn lets go of the megabyte that the last one kept, and never runs out of memory."""
    host = Host()
    mod = host.engine.instantiate(
        host.engine.compile(
            "fn turn() { let a = [thing()]; a.pad(60000, 0);"
            " let f = || a; a[1] = [f]; this.last = f; }"
        )
    )
    most = 0
    for _ in range(200):
        mod.call("turn")
        most = max(most, len(host.alive()))
    assert most < 20


def test_a_cycle_that_grows_later_does_not_pile_up() -> None:
    """What fills a captured variable need not be what captured it."""
    host = Host()
    source = (
        "fn keep() { let a = [thing()]; let f = || a; a.push(1); a[1] = [f];"
        " this.fill = || { a.pad(60000, 0); 0 }; }"
        "fn fill() { this.fill.call(); this.clear(); }"
    )
    mod = host.engine.instantiate(host.engine.compile(source))
    most = 0
    for _ in range(100):
        mod.call("keep")
        mod.call("fill")
        most = max(most, len(host.alive()))
    assert most < 20


def test_what_a_scope_holds_stays() -> None:
    """The variables of a scope outlive the call with all that they captured."""
    host = Host()
    scope = rhai.Scope()
    host.engine.run("let a = [thing()]; let f = || a; a = [7, f, a];", scope)
    host.engine.run(CYCLES["two variables"])
    assert (scope["f"]()[0], host.alive()) == (7, {0})


def test_what_a_mod_keeps_works_after_many_calls() -> None:
    """Closures in the state share their variable for ever, whatever other calls leave behind."""
    engine = rhai.Engine()
    mod = engine.instantiate(
        engine.compile(
            "fn start() { let n = 0; let all = []; this.up = || { n += 1; n };"
            " this.self = || all; all = [this.self, this.up]; }"
            "fn up() { let a = []; let f = || a; a = [f]; this.up.call() }"
        )
    )
    mod.call("start")
    assert [mod.call("up") for _ in range(2000)][-1] == 2000


def test_a_closure_lent_to_another_engine_stays() -> None:
    """What the state of another engine's script holds is held, and can be had back."""
    host, other = Host(), rhai.Engine()
    pointer = host.engine.eval("let a = [thing()]; let f = || a; a = [f, 7]; f")
    mod = other.instantiate(other.compile("fn get() { this.f }"), state={"f": pointer})
    del pointer
    host.engine.run(CYCLES["two variables"])
    host.engine = rhai.Engine()
    assert mod.call("get").name.startswith("anon$")

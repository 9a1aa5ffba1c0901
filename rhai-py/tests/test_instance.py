"""A script with state: `this`, variables, constants, closures."""

import subprocess
import sys

import pytest

import rhai

SOURCE = """
const MAX = 100;
const UNIT = "hp";
let calls = 0;
fn bump(n) { this.hp += n; this.hp }
fn cap() { if this.hp > MAX { this.hp = global::MAX } `${this.hp} ${UNIT}` }
fn who() { MOD_ID }
fn deep() { inner() }
fn inner() { MOD_ID }
fn count() { calls += 1; calls }
fn counter() { let n = 0; || { n += 1; n } }
fn hold(f) { this.f = f; }
fn use_held() { let f = this.f; f.call() }
"""


def instance(**state: object) -> rhai.Instance:
    """The script with some state."""
    engine = rhai.Engine()
    ast = engine.compile(SOURCE, name="mod.rhai")
    return engine.instantiate(ast, constants={"MOD_ID": "acme/x"}, state=dict(state))


def test_the_top_level_runs_once() -> None:
    """Calls do not run it again."""
    seen: list[str] = []
    engine = rhai.Engine(print=seen.append)
    mod = engine.instantiate(engine.compile('print("top"); fn f() { 1 }'))
    mod.call("f")
    mod.call("f")
    assert seen == ["top"]


def test_exit_ends_what_runs() -> None:
    """The top level, which keeps what it has so far, and calls, at any depth."""
    engine = rhai.Engine()
    mod = engine.instantiate(
        engine.compile(
            "const A = 1; let n = 2; exit(); const B = 3;"
            "fn f() { [1].map(|x| exit(x + A)); 0 } fn n() { n } fn b() { B }"
        )
    )
    assert (mod.call("f"), mod.call("n")) == (2, 2)
    with pytest.raises(rhai.VariableNotFound, match="B"):
        mod.call("b")


def test_this_persists() -> None:
    """Functions change the state map through `this`."""
    mod = instance(hp=90)
    assert mod.call("bump", 5) == 95
    assert mod.call("bump", 50) == 145
    assert mod.state == {"hp": 145}


def test_constants_are_visible_in_functions() -> None:
    """The script's own, by name and by global::, and those of the host at any depth."""
    mod = instance(hp=145)
    assert mod.call("cap") == "100 hp"
    assert mod.call("who") == "acme/x"
    assert mod.call("deep") == "acme/x"


def test_constants_cannot_be_assigned() -> None:
    """A host's constant stays what it is."""
    engine = rhai.Engine()
    mod = engine.instantiate(engine.compile("fn f() { ID = 2; }"), constants={"ID": 1})
    with pytest.raises(rhai.EvalError):
        mod.call("f")


def test_instances_of_one_script_are_apart() -> None:
    """Constants, state and variables are each instance's own."""
    engine = rhai.Engine()
    ast = engine.compile("let n = 0; fn id() { ID } fn up() { n += 1; n }")
    a = engine.instantiate(ast, constants={"ID": "a"})
    b = engine.instantiate(ast, constants={"ID": "b"})
    assert (a.call("id"), b.call("id")) == ("a", "b")
    assert (a.call("up"), a.call("up"), b.call("up")) == (1, 2, 1)


def test_top_level_variables_persist() -> None:
    """A function that Python calls sees them, and Python sees them in `scope`."""
    mod = instance()
    assert mod.call("count") == 1
    assert mod.call("count") == 2
    assert mod.scope["calls"] == 2
    mod.scope["calls"] = 10
    assert mod.call("count") == 11
    assert mod.scope.is_constant("MAX")


def test_state_is_saved_and_restored() -> None:
    """A hot reload carries the state over."""
    old = instance(hp=1)
    old.call("bump", 1)
    new = instance()
    new.state = old.state
    assert new.call("bump", 1) == 3


def test_state_is_a_copy() -> None:
    """Changing the dict changes nothing inside."""
    mod = instance(hp=1)
    mod.state["hp"] = 99
    assert mod.state == {"hp": 1}


def test_closures_keep_what_they_captured() -> None:
    """A closure in Python's hands counts on."""
    counter = instance().call("counter")
    assert [counter(), counter(), counter()] == [1, 2, 3]
    assert counter.is_anonymous


def test_closures_can_be_handed_back() -> None:
    """A FnPtr is an argument like any other."""
    mod = instance()
    counter = mod.call("counter")
    mod.call("hold", counter)
    assert mod.call("use_held") == 1
    assert counter() == 2


def test_a_closure_sees_this() -> None:
    """A closure called from Python sees the instance's state as `this`."""
    engine = rhai.Engine()
    mod = engine.instantiate(
        engine.compile("fn f() { |n| { this.n += n; this.n } }"), state={"n": 1}
    )
    add = mod.call("f")
    assert add(5) == 6
    assert mod.state == {"n": 6}


def test_has_tells_functions_apart() -> None:
    """By name, and by number of parameters."""
    mod = instance()
    assert mod.has("bump")
    assert mod.has("bump", 1)
    assert not mod.has("bump", 2)
    assert not mod.has("nope")


def test_a_nested_call_sees_the_same_state() -> None:
    """A callback that calls the instance again works on the same map."""
    engine = rhai.Engine()

    @engine.register_fn
    def emit() -> object:
        return mod.call("on_event")

    source = "let n = 0; fn f() { n += 1; this.n += 1; emit(); [n, this.n] } "
    mod = engine.instantiate(
        engine.compile(source + "fn on_event() { n += 10; this.n += 10; }"), state={"n": 0}
    )
    assert mod.call("f") == [11, 11]


def test_functions_registered_later_are_seen() -> None:
    """Registering after instantiating reaches the instance."""
    engine = rhai.Engine()
    mod = engine.instantiate(engine.compile("fn f() { late() }"))
    with pytest.raises(rhai.FunctionNotFound):
        mod.call("f")
    engine.register_fn(lambda: 7, name="late")
    assert mod.call("f") == 7


def test_memory_counts_over_calls() -> None:
    """A state that grows a little with each call meets the limit in the end."""
    engine = rhai.Engine(rhai.Limits(memory=1024 * 1024))
    mod = engine.instantiate(
        engine.compile("fn grow() { this.a.push(blob(10000)); this.a.len() }"), state={"a": []}
    )
    with pytest.raises(rhai.MemoryLimit):
        for _ in range(1000):
            mod.call("grow")


def test_what_passes_through_does_not_count_for_ever() -> None:
    """Values that leave the instance are not held against it."""
    engine = rhai.Engine(rhai.Limits(memory=1024 * 1024))
    mod = engine.instantiate(engine.compile("fn f() { let n = blob(1000); || n }"))
    for _ in range(20_000):
        mod.call("f")


def test_a_closed_instance_refuses() -> None:
    """After close, calls raise RhaiError, also through a closure; closing again is harmless."""
    mod = instance()
    counter = mod.call("counter")
    mod.close()
    mod.close()
    for use in (lambda: mod.call("who"), counter, lambda: mod.state):
        with pytest.raises(rhai.RhaiError, match="closed"):
            use()


def test_a_failed_call_leaves_the_instance_usable() -> None:
    """An error, a limit or a throw ends one call only."""
    engine = rhai.Engine(rhai.Limits(operations=10_000))
    mod = engine.instantiate(
        engine.compile("fn bad() { this.n = 5; loop {} } fn ok() { this.n }"), state={"n": 1}
    )
    with pytest.raises(rhai.OperationsLimit):
        mod.call("bad")
    assert mod.call("ok") == 5


LOCKED = """
let top = [1];
fn stuck() { this.items = [1, 2]; this.items.for_each(|| { loop {} }); }
fn size() { this.items.len() }
fn ask() { this.items.for_each(|| { call_back(); }); this.items.len() }
fn five() { 5 }
"""


def test_a_script_stopped_while_it_changed_its_state() -> None:
    """Nobody can read that state again, and every later call says so and what to do."""
    engine = rhai.Engine(rhai.Limits(operations=1_000))
    mod = engine.instantiate(engine.compile(LOCKED), state={"items": [1, 2]})
    saved = mod.state
    with pytest.raises(rhai.OperationsLimit):
        mod.call("stuck")
    for _ in range(2):
        with pytest.raises(rhai.RhaiError, match="instantiate it again"):
            mod.call("size")
    assert engine.instantiate(engine.compile(LOCKED), state=saved).call("size") == 2


def test_a_call_into_a_script_that_works_on_its_state() -> None:
    """A callback may call functions that need no state; the others fail, and nothing breaks."""
    engine = rhai.Engine()
    found: list[object] = []

    @engine.register_fn
    def call_back() -> None:
        found.append(mod.call("five"))
        with pytest.raises(rhai.EvalError):
            mod.call("size")

    mod = engine.instantiate(engine.compile(LOCKED), state={"items": [1, 2]})
    assert mod.call("ask") == 2
    assert found == [5, 5]
    assert mod.call("size") == 2


def test_panics_of_rhai_are_quiet() -> None:
    """A comparer without order is an error or a panic in Rust's sort; neither writes to stderr."""
    code = (
        "import rhai\n"
        "e = rhai.Engine()\n"
        "s = 'let a = []; for i in 0..500 { a.push(i * 7919 % 503); } let c = 0;'"
        "' a.sort(|x, y| { c += 1; if c % 3 == 0 { 1 } else { -1 } }); a.len()'\n"
        "try:\n    print(e.eval(s))\n"
        "except rhai.RhaiError as error:\n    print(type(error).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stderr, bool(done.stdout)) == ("", True)

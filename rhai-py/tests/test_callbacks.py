"""Python functions that scripts call, and script functions that Python calls."""

import functools
from typing import Any

import pytest

import rhai


def engine_with(*functions: Any, **limits: Any) -> rhai.Engine:
    """An engine with some functions registered under their own names."""
    engine = rhai.Engine(rhai.Limits(**limits))
    for function in functions:
        engine.register_fn(function)
    return engine


def test_register_as_call_and_as_decorator() -> None:
    """Both return the function; name= renames it."""
    engine = rhai.Engine()

    @engine.register_fn
    def one() -> int:
        return 1

    @engine.register_fn(name="deux")
    def two() -> int:
        return 2

    assert engine.eval("one() + deux()") == 3
    assert (one(), two()) == (1, 2)


def test_annotations_become_types() -> None:
    """An annotated parameter takes its type only; others take anything."""

    def typed(n: int, s: str, b: bool, a: list[int], m: dict[str, int], y: bytes) -> str:
        return f"{n}{s}{b}{a}{m}{y!r}"

    def free(x):  # type: ignore[no-untyped-def]
        return type(x).__name__

    engine = engine_with(typed, free)
    assert engine.eval('typed(1, "x", true, [1], #{a: 1}, blob(1))') == (
        "1xTrue[1]{'a': 1}b'\\x00'"
    )
    assert engine.eval("[free(1), free(1.5), free(()), free([])]") == [
        "int",
        "float",
        "NoneType",
        "list",
    ]
    with pytest.raises(rhai.FunctionNotFound):
        engine.eval('typed("1", "x", true, [1], #{}, blob())')


def test_float_parameters_take_ints_as_floats() -> None:
    """Python's numeric tower: a script may say 1 for 1.0."""

    def half(x: float) -> str:
        return repr(x / 2)

    assert engine_with(half).eval("[half(3), half(3.0)]") == ["1.5", "1.5"]


def test_defaults_make_overloads() -> None:
    """One for each legal number of arguments."""

    def greet(name: str, greeting: str = "hello", times: int = 1) -> str:
        return f"{greeting} {name}" * times

    engine = engine_with(greet)
    assert engine.eval('[greet("a"), greet("a", "hi"), greet("a", "hi", 2)]') == [
        "hello a",
        "hi a",
        "hi ahi a",
    ]
    assert engine.signatures() == [
        "greet(name: String) -> Dynamic",
        "greet(name: String, greeting: String) -> Dynamic",
        "greet(name: String, greeting: String, times: int) -> Dynamic",
    ]


def test_signatures_that_rhai_cannot_have_are_refused() -> None:
    """*args, keyword-only parameters without default, and names that are no identifiers."""

    def many(*args: int) -> None: ...
    def keyed(*, key: int) -> None: ...

    for function in (many, keyed):
        with pytest.raises(TypeError, match="Rhai"):
            rhai.Engine().register_fn(function)
    with pytest.raises(TypeError, match="name"):
        rhai.Engine().register_fn(lambda: 1)
    with pytest.raises(TypeError, match="function"):
        rhai.Engine().register_fn(3)  # type: ignore[call-overload]


def test_methods_and_partials_work() -> None:
    """Anything callable with a signature can be registered."""

    class Counter:
        def __init__(self) -> None:
            self.n = 0

        def add(self, by: int) -> int:
            self.n += by
            return self.n

    counter = Counter()
    engine = rhai.Engine()
    engine.register_fn(counter.add)
    engine.register_fn(functools.partial(pow, 2), name="power")
    assert engine.eval("add(2); add(3)") == 5
    assert engine.eval("power(5)") == 32


def test_functions_are_each_engine_s_own() -> None:
    """Registering on one engine does not reach another."""
    first, second = rhai.Engine(), rhai.Engine()
    first.register_fn(lambda: 1, name="mine")
    assert first.eval("mine()") == 1
    with pytest.raises(rhai.FunctionNotFound):
        second.eval("mine()")


def test_an_exception_comes_out_as_itself() -> None:
    """The very object, with the script's frames as a note."""
    error = KeyError("lost")

    def fail() -> None:
        raise error

    engine = engine_with(fail)
    ast = engine.compile("fn f() {\n  fail()\n}", name="m.rhai")
    with pytest.raises(KeyError) as caught:
        engine.call(ast, "f")
    assert caught.value is error
    assert error.__notes__ == [
        'Rhai traceback (most recent call last):\n  File "m.rhai", line 2, in f'
    ]


def test_scripts_can_catch_an_exception() -> None:
    """The caught value prints as the message, has type and message, and can be thrown on."""

    def fail(text: str) -> None:
        raise ValueError(text)

    engine = engine_with(fail)
    assert engine.eval('let r = ""; try { fail("no") } catch (e) { r = `${e}` } r') == "no"
    assert engine.eval('let r = 0; try { fail("no") } catch (e) { r = [e.type, e.message] } r') == [
        "ValueError",
        "no",
    ]
    assert (
        engine.eval('let r = ""; try { fail("no") } catch (e) { r = "was: " + e } r') == "was: no"
    )
    with pytest.raises(ValueError, match="no"):
        engine.eval('try { fail("no") } catch (e) { throw e }')
    assert engine.eval("1") == 1


def test_exit_and_interrupts_pass_through() -> None:
    """What is not an Exception cannot be caught by a script."""

    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        engine_with(leave).eval("try { leave() } catch { } 1")


def test_a_result_without_counterpart_is_an_error() -> None:
    """ConversionError names the type."""

    def odd() -> object:
        return {1, 2}

    with pytest.raises(rhai.ConversionError, match="set"):
        engine_with(odd).eval("odd()")


def test_function_pointers_are_callable() -> None:
    """Inside the callback and long after it; curried and named ones too."""
    kept: list[rhai.FnPtr] = []

    def keep(f: rhai.FnPtr) -> Any:
        kept.append(f)
        return f(1)

    engine = engine_with(keep)
    source = "fn add(a, b) { a + b } let n = 10; keep(|x| { n += x; n })"
    assert engine.eval(source) == 11
    assert [kept[0](1), kept[0](5)] == [12, 17]
    engine.eval('fn add(a, b) { a + b } keep(Fn("add").curry(100))')
    assert kept[1](5) == 105
    assert kept[1].name == "add"
    with pytest.raises(rhai.FunctionNotFound):
        kept[1](1, 2, 3)


def test_callbacks_nest_to_a_depth() -> None:
    """Calls back and forth end in StackLimit, and limits pass through scripts uncaught."""
    depth = 0

    def again() -> Any:
        nonlocal depth
        depth += 1
        return engine.eval("try { again() } catch { } 0")

    engine = engine_with(again, callback_depth=5)
    with pytest.raises(rhai.StackLimit):
        engine.eval("again()")
    assert depth == 5


def test_nested_calls_share_the_operations() -> None:
    """A callback cannot buy a script more of them."""

    def more() -> Any:
        return engine.eval("for i in 0..100 { let x = i; }")

    engine = engine_with(more, operations=5_000)
    with pytest.raises(rhai.OperationsLimit):
        engine.eval("try { loop { more() } } catch { }")


def test_a_nested_engine_inherits_the_deadline() -> None:
    """Another engine with wider limits, called from a callback, is still inside the first call."""
    wide = rhai.Engine(rhai.Limits.unlimited())

    def spin() -> Any:
        return wide.eval("loop {}")

    with pytest.raises(rhai.Timeout):
        engine_with(spin, timeout=0.1).eval("spin()")


def test_registering_while_running_is_refused() -> None:
    """The functions of an engine do not change under a running script."""

    def register() -> None:
        engine.register_fn(lambda: 1, name="late")

    engine = engine_with(register)
    with pytest.raises(rhai.RhaiError, match="while a script runs"):
        engine.eval("register()")


def test_caught_exceptions_count_as_memory() -> None:
    """A script that collects exceptions reaches its memory limit, whatever they hold on to."""
    engine = rhai.Engine()

    @engine.register_fn
    def fail(text: str) -> None:
        raise ValueError("no")

    with pytest.raises(rhai.MemoryLimit):
        engine.eval(
            'let s = ""; s.pad(100000, "x"); let kept = [];'
            "loop { try { fail(s + kept.len()) } catch (error) { kept.push(error) } }"
        )

"""Every exception says what, where and through which calls."""

import pytest

import rhai
from rhai import Frame

ENGINE = rhai.Engine(rhai.Limits(timeout=0.2, operations=None, array=100))


def test_operations_run_out() -> None:
    """OperationsLimit has its own number."""
    engine = rhai.Engine(rhai.Limits(operations=1000))
    with pytest.raises(rhai.OperationsLimit):
        engine.eval("loop {}")
    assert engine.eval("1") == 1


def test_the_tree_has_its_branches() -> None:
    """Scripts' own failures, limits and stops can be told apart by one except each."""
    for leaf in (rhai.FunctionNotFound, rhai.ScriptThrow, rhai.ModuleNotFound):
        assert issubclass(leaf, rhai.EvalError)
    for limit in (rhai.OperationsLimit, rhai.MemoryLimit, rhai.DataSizeLimit, rhai.StackLimit):
        assert issubclass(limit, rhai.LimitError)
    assert issubclass(rhai.Timeout, rhai.Terminated)
    assert issubclass(rhai.Cancelled, rhai.Terminated)
    assert issubclass(rhai.ConversionError, TypeError)


def test_the_innermost_place_counts() -> None:
    """An error inside functions has the place where it rose and the frames outermost first."""
    source = "fn inner(x) {\n  x / 0\n}\nfn outer(x) {\n  inner(x)\n}"
    ast = ENGINE.compile(source, name="main.rhai")
    with pytest.raises(rhai.ArithmeticError) as caught:
        ENGINE.call(ast, "outer", 1)
    error = caught.value
    assert (error.line, error.column, error.source) == (2, 5, "main.rhai")
    assert error.call_stack == (
        Frame("outer", "main.rhai", 5, 3),
        Frame("inner", "main.rhai", 2, 5),
    )
    assert str(error) == "Division by zero: 1 / 0 (main.rhai:2:5)"


def test_closures_have_a_frame() -> None:
    """A closure appears in the call stack without its generated name."""
    with pytest.raises(rhai.ArithmeticError) as caught:
        ENGINE.eval("let f = |x| x / 0;\nf.call(1)")
    assert [frame.function for frame in caught.value.call_stack] == ["<script>", "<closure>"]


def test_a_thrown_value_is_converted() -> None:
    """ScriptThrow.value is what the script threw."""
    with pytest.raises(rhai.ScriptThrow) as caught:
        ENGINE.eval("throw #{code: 7}")
    assert caught.value.value == {"code": 7}


def test_a_parse_error_has_the_name() -> None:
    """A source that does not compile is named too."""
    with pytest.raises(rhai.ParseError) as caught:
        ENGINE.compile("fn {", name="bad.rhai")
    assert caught.value.source == "bad.rhai"
    assert "bad.rhai:1:" in str(caught.value)


def test_scripts_catch_their_own_failures() -> None:
    """A runtime error is a value for try and catch."""
    assert ENGINE.eval("let r = 0; try { 1 / 0 } catch { r = 1 } r") == 1


@pytest.mark.parametrize("bomb", ["loop {}", "blob(3000000000)", "fn f() { f() } f()"])
def test_scripts_cannot_catch_limits(bomb: str) -> None:
    """A limit ends the script whatever it tries."""
    with pytest.raises((rhai.LimitError, rhai.Timeout)):
        ENGINE.eval(f"try {{ {bomb} }} catch {{ }} 1" if "fn" not in bomb else f"{bomb}")


def test_limits_reached_while_printing_do_no_harm() -> None:
    """Wherever the operations run out, printing one text many times over stays bounded."""
    source = "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(100000, s); `${a}`"
    for operations in range(1, 60):
        engine = rhai.Engine(rhai.Limits(operations=operations))
        with pytest.raises((rhai.OperationsLimit, rhai.MemoryLimit)):
            engine.eval(source)


def test_an_unknown_place_is_none() -> None:
    """A limit whose place Rhai does not tell has no line, rather than the first one."""
    engine = rhai.Engine()
    script = engine.compile('fn double() { let s = "x"; loop { s += s; } }')
    with pytest.raises(rhai.MemoryLimit) as caught:
        engine.instantiate(script).call("double")
    assert (caught.value.line, caught.value.column) == (None, None)

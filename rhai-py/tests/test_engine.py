"""Compile, evaluate, call and configure."""

import subprocess
import sys

import pytest

import rhai


def test_underscored_names_work() -> None:
    """Names may begin with an underscore."""
    assert rhai.Engine().eval("let _x = 1; _x") == 1


def test_eval_returns_the_last_value() -> None:
    """A script's value is its last expression; nothing is None."""
    engine = rhai.Engine()
    assert engine.eval("let x = 20; x * 2 + 2") == 42
    assert engine.eval("let x = 20;") is None


def test_integers_divide_as_integers() -> None:
    """30 / 100 is 0 for ints, as Rhai has it."""
    assert rhai.Engine().eval("30 / 100") == 0
    assert rhai.Engine().eval("30.0 / 100") == pytest.approx(0.3)


def test_an_ast_says_what_it_defines() -> None:
    """Functions have names, parameters and doc comments; closures are not listed."""
    ast = rhai.Engine().compile(
        "/// Adds.\n/// Twice.\nfn add(a, b) { a + b }\nfn nop() { || 1 }", name="m.rhai"
    )
    assert ast.name == "m.rhai"
    assert [(f.name, f.params, f.doc) for f in ast.functions] == [
        ("add", ["a", "b"], "Adds.\nTwice."),
        ("nop", [], None),
    ]


def test_call_does_not_run_the_top_level() -> None:
    """Engine.call runs the function and nothing else."""
    seen: list[str] = []
    engine = rhai.Engine(print=seen.append)
    ast = engine.compile('print("top"); fn f(x) { x + 1 }')
    assert engine.call(ast, "f", 1) == 2
    assert seen == []


def test_a_missing_function_is_named() -> None:
    """FunctionNotFound for a wrong name and for a wrong number of arguments."""
    engine = rhai.Engine()
    ast = engine.compile("fn f(x) { x }")
    for name, args in [("g", ()), ("f", ()), ("f", (1, 2))]:
        with pytest.raises(rhai.FunctionNotFound, match=name):
            engine.call(ast, name, *args)


def test_an_ast_runs_on_another_engine() -> None:
    """Compiled scripts belong to no engine."""
    ast = rhai.Engine().compile("let x = 1; x + 1")
    assert rhai.Engine().eval(ast) == 2


def test_print_and_debug_go_to_the_hooks() -> None:
    """print gives the text; debug gives source and line besides."""
    printed: list[str] = []
    debugged: list[tuple[str, str | None, int | None]] = []

    def debug(text: str, source: str | None, line: int | None) -> None:
        debugged.append((text, source, line))

    engine = rhai.Engine(print=printed.append, debug=debug)
    engine.run(engine.compile('print("hi");\ndebug("x");', name="m"))
    assert printed == ["hi"]
    assert debugged == [('"x"', "m", 2)]


def test_print_reaches_stdout_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Without hooks, scripts print like Python."""
    rhai.Engine().run('print("hello")')
    assert capsys.readouterr().out == "hello\n"


def test_an_error_in_print_comes_out() -> None:
    """An exception of the hook ends the script as itself."""

    def fail(text: str) -> None:
        raise ValueError(text)

    with pytest.raises(ValueError, match="hi"):
        rhai.Engine(print=fail).run('print("hi")')


def test_strict_variables_are_checked_when_compiling() -> None:
    """An unknown variable is a ParseError when asked for."""
    with pytest.raises(rhai.ParseError):
        rhai.Engine(strict_variables=True).compile("x + 1")
    rhai.Engine().compile("x + 1")


@pytest.mark.parametrize(
    ("symbol", "source"),
    [
        ("eval", 'eval("1")'),
        ("while", "while false {}"),
        ("sleep", "sleep(1)"),
        ("pad", "let a = []; a.pad(1, 1)"),
        ("timestamp", "timestamp(); 1"),
        ("+=", "let x = 1; x += 1"),
    ],
)
def test_disabled_symbols_are_refused(symbol: str, source: str) -> None:
    """Keywords, operators and standard functions can be taken away, named in any iterable."""
    rhai.Engine().eval(source.replace("sleep(1)", "sleep(0)"))
    with pytest.raises(rhai.RhaiError):
        rhai.Engine(disable={symbol}).eval(source)
    with pytest.raises(TypeError, match="several names"):
        rhai.Engine(disable=symbol)


def test_limits_are_frozen_and_checked() -> None:
    """Limits refuse nonsense and changes."""
    limits = rhai.Limits(timeout=0.5)
    with pytest.raises(AttributeError):
        limits.timeout = 1  # type: ignore[misc]
    for bad in ({"memory": 0}, {"timeout": 0}, {"timeout": -1.0}):
        with pytest.raises(ValueError, match="positive"):
            rhai.Limits(**bad)
    with pytest.raises(TypeError):
        rhai.Limits(memory="much")  # type: ignore[arg-type]


def test_unlimited_still_bounds_recursion() -> None:
    """Trusted scripts may run long, and still cannot overflow the native stack."""
    engine = rhai.Engine(rhai.Limits.unlimited())
    assert engine.eval("let n = 0; for i in 0..100000 { n += i } n") == 4999950000
    with pytest.raises(rhai.StackLimit):
        engine.eval("fn f() { f() } f()")


def test_a_deep_call_limit_meets_the_native_stack() -> None:
    """Call levels may be many; the stack that is there decides."""
    engine = rhai.Engine(rhai.Limits(call_levels=1_000_000))
    with pytest.raises(rhai.StackLimit):
        engine.eval("fn f(n) { f(n + 1) } f(0)")


def test_size_limits_hold() -> None:
    """string, array and map limit single values."""
    engine = rhai.Engine(rhai.Limits(string=10, array=10, map=3))
    for source in (
        'let s = "12345"; s += s; s += s;',
        "let a = [1, 2, 3]; a += a; a += a; a.push(1)",
        "#{a: 1, b: 2, c: 3, d: 4}",
        "let a = []; a.pad(11, 0)",
    ):
        with pytest.raises(rhai.DataSizeLimit):
            engine.eval(source)


def test_source_must_be_text_or_ast() -> None:
    """Anything else is a TypeError."""
    with pytest.raises(TypeError, match="int"):
        rhai.Engine().eval(1)  # type: ignore[arg-type]


def test_the_language_version_is_known() -> None:
    """rhai_version is that of the crate inside."""
    assert rhai.rhai_version.startswith("1.")


def test_arguments_are_counted_before_they_cost() -> None:
    """A call may have 256 arguments; arrays may have as many values as memory allows."""
    engine = rhai.Engine()
    with pytest.raises(rhai.ParseError, match="too many arguments"):
        engine.compile(f"f({','.join('1' * 100_000)})")
    with pytest.raises(rhai.FunctionNotFound):
        engine.eval(f"f({','.join('1' * 200)})")
    assert engine.eval(f"[{','.join('1' * 1000)}].len()") == 1000


def test_names_of_closures_are_the_same_everywhere() -> None:
    """What a script prints of a closure does not depend on the process."""
    code = "import rhai; print(rhai.Engine().eval('`${|x| x + 1}`'))"
    names = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(3)}
    assert len(names) == 1

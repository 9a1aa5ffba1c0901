"""Operators that a host adds to the language; `book/custom_operators.txt` has their use."""

from typing import Any

import pytest

import rhai


def pair(a: Any, b: Any) -> list[Any]:
    """Both operands."""
    return [a, b]


@pytest.mark.parametrize(
    "name",
    ["#", "@", "$", "~", "++", "--", "->", "<-", "===", "!==", "|>", "<|", ":=", "...", "with_"],
)
def test_free_symbols_and_words_are_operators(name: str) -> None:
    """With or without spaces round a symbol."""
    engine = rhai.Engine()
    engine.register_operator(name, 160, pair)
    assert engine.eval(f"1 {name} 2") == [1, 2]
    if name != "with_":
        assert engine.eval(f"1{name}2") == [1, 2]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("+", "reserved operator"),
        ("&&", "reserved operator"),
        ("=", "reserved"),
        ("while", "reserved keyword"),
        ("print", "reserved keyword"),
        ("async", "reserved keyword"),
        ("_", "reserved"),
        ("a b", "neither a word"),
        ("#!", "neither a word"),
        ("%%", "neither a word"),
        ("é", "neither a word"),
        ("1", "neither a word"),
        ("//", "neither a word"),
        ("", "neither a word"),
    ],
)
def test_other_names_are_refused(name: str, why: str) -> None:
    """What Rhai has a meaning for, and what it could never read."""
    with pytest.raises(ValueError, match=why):
        rhai.Engine().register_operator(name, 160, pair)


@pytest.mark.parametrize("precedence", [0, -1, 256])
def test_precedence_has_bounds(precedence: int) -> None:
    """One byte, not zero."""
    with pytest.raises(ValueError, match="1 to 255"):
        rhai.Engine().register_operator("#", precedence, pair)


def test_an_operator_needs_two_operands() -> None:
    """Defaults may make up for more; nothing makes up for fewer."""

    def three(a: int, b: int, c: int = 3) -> int:
        return a + b + c

    engine = rhai.Engine()
    engine.register_operator("#", 160, three)
    assert engine.eval("1 # 2") == 6
    wrong: list[Any] = [lambda a: a, lambda a, b, c: a, 5]
    for fn in wrong:
        with pytest.raises(TypeError):
            engine.register_operator("@", 160, fn)


def test_one_operator_has_many_types() -> None:
    """Each registration adds its overload."""
    engine = rhai.Engine()

    def ints(a: int, b: int) -> str:
        return "ints"

    def texts(a: str, b: str) -> str:
        return "texts"

    engine.register_operator("#", 160, ints)
    engine.register_operator("#", 160, texts)
    assert engine.eval('[1 # 2, "a" # "b"]') == ["ints", "texts"]
    assert [line.partition("(")[0] for line in engine.signatures()] == ["#", "#"]


def test_compiling_calls_no_operator() -> None:
    """Not even between constants; and scripts that use it run where it is known."""
    calls = []
    engine = rhai.Engine()
    engine.register_operator("#", 160, lambda a, b: calls.append((a, b)))
    ast = engine.compile("1 # 2")
    assert calls == []
    engine.eval(ast)
    assert calls == [(1, 2)]
    with pytest.raises(rhai.FunctionNotFound, match="#"):
        rhai.Engine().eval(ast)


@pytest.mark.parametrize(
    "source", ["1" + "#1" * 100_000, "let x = 1; x" + "#x" * 100_000, "1#(" * 100_000]
)
def test_long_chains_meet_the_limits(source: str) -> None:
    """Expressions of operators nest like any other."""
    engine = rhai.Engine()
    engine.register_operator("#", 160, pair)
    with pytest.raises(rhai.StackLimit):
        engine.eval(source)


def test_what_an_operator_returns_is_limited() -> None:
    """Its function is a callback: memory and time count, and its exceptions come out."""
    engine = rhai.Engine(rhai.Limits(timeout=0.2, operations=None))
    engine.register_operator("#", 160, lambda a, b: [a] * b)
    engine.register_operator("@", 160, lambda a, b: a / b)
    with pytest.raises(rhai.MemoryLimit):
        engine.eval("1 # 10000000")
    with pytest.raises(rhai.Timeout):
        engine.eval("loop { 1 # 1 }")
    with pytest.raises(ZeroDivisionError):
        engine.eval("1 @ 0")

"""Scope is a mapping of a script's variables."""

from collections.abc import MutableMapping

import pytest

import rhai


def test_a_scope_is_a_mutable_mapping() -> None:
    """Everything that dict's interface promises."""
    scope = rhai.Scope(
        {"a": 1},
    )
    scope["b"] = [1, 2]
    assert isinstance(scope, MutableMapping)
    assert dict(scope) == {"a": 1, "b": [1, 2]}
    assert (len(scope), "a" in scope, "z" in scope, scope.get("z")) == (2, True, False, None)
    assert scope.pop("a") == 1
    del scope["b"]
    assert not scope
    with pytest.raises(KeyError):
        scope["x"]
    with pytest.raises(KeyError):
        scope.pop("x")


def test_scripts_read_and_leave_variables() -> None:
    """Variables go in, change, and new ones come out."""
    engine, scope = rhai.Engine(), rhai.Scope({"hp": 30})
    engine.run("hp -= 5; let name = `n${hp}`;", scope)
    assert dict(scope) == {"hp": 25, "name": "n25"}


def test_constants_stay() -> None:
    """Neither the script nor Python assigns to one."""
    engine, scope = rhai.Engine(), rhai.Scope()
    scope.constant("MAX", 10)
    assert scope.is_constant("MAX")
    with pytest.raises(TypeError, match="constant"):
        scope["MAX"] = 11
    with pytest.raises(rhai.EvalError):
        engine.run("MAX = 11", scope)
    with pytest.raises(KeyError):
        scope.is_constant("nope")


def test_shadowed_names_count_once() -> None:
    """The innermost definition is what Python sees."""
    scope = rhai.Scope()
    rhai.Engine().run("let x = 1; let x = 2;", scope)
    assert dict(scope) == {"x": 2}


def test_closures_in_a_scope_stay_callable() -> None:
    """A scope remembers whose functions it holds."""
    scope = rhai.Scope()
    rhai.Engine().run("let n = 0; let f = || { n += 1; n };", scope)
    assert (scope["f"](), scope["f"](), scope["n"]) == (1, 2, 2)


def test_a_scope_in_use_is_refused() -> None:
    """A callback cannot touch the variables of the script that called it."""
    engine, scope = rhai.Engine(), rhai.Scope({"x": 1})
    engine.register_fn(lambda: scope["x"], name="peek")
    with pytest.raises(rhai.RhaiError, match="using this scope"):
        engine.run("peek()", scope)
    assert scope["x"] == 1


def test_memory_counts_over_runs() -> None:
    """A scope that grows with each run meets the limit in the end."""
    engine = rhai.Engine(rhai.Limits(memory=1024 * 1024))
    scope = rhai.Scope({"a": []})
    with pytest.raises(rhai.MemoryLimit):
        for _ in range(1000):
            engine.run("a.push(blob(10000))", scope)

"""Nothing keeps an engine alive that Python has let go."""

import gc
import weakref
from typing import Any

import rhai


class Host:
    """Holds an engine whose functions are its own methods: a cycle."""

    def __init__(self) -> None:
        self.engine = rhai.Engine(print=self.note)
        self.engine.register_fn(self.note)
        self.kept: Any = None

    def note(self, text: str) -> None:
        """Called by scripts."""


def test_a_cycle_through_an_engine_is_collected() -> None:
    """Registering a bound method of the engine's holder leaks nothing."""

    def made() -> Host:
        return Host()

    reference = weakref.ref(made())
    gc.collect()
    assert reference() is None


def test_a_cycle_through_instance_scope_and_pointer_is_collected() -> None:
    """Whatever a host keeps of a script leads back to it, and all of it goes."""

    def made() -> weakref.ref[Host]:
        host = Host()
        mod = host.engine.instantiate(host.engine.compile("fn f() { let n = 1; || n }"))
        scope = rhai.Scope()
        host.engine.run("let g = || note(`x`);", scope)
        host.kept = [mod, mod.call("f"), mod.scope, scope, scope["g"]]
        return weakref.ref(host)

    reference = made()
    gc.collect()
    assert reference() is None


def test_what_is_held_keeps_working_after_collection() -> None:
    """A closure outlives the names of its engine and instance, with the functions it calls."""
    seen: list[str] = []

    def pointer() -> Any:
        engine = rhai.Engine()
        engine.register_fn(lambda text: seen.append(text), name="note")
        return engine.instantiate(engine.compile("fn f() { || note(`x`) }")).call("f")

    held = pointer()
    gc.collect()
    held()
    assert seen == ["x"]

"""One mod, a parrot, in every language: each says and hears the same through its guest library."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from wasmtime.component import Component, Linker

from modpm.errors import Refused
from modpm.runtime.wasm import calls
from modpm.runtime.wasm.abi import GuestError

Build = Callable[[Path], Path]

PARROTS = Path(__file__).parent / "parrot"
LANGUAGES = sorted(path.name for path in PARROTS.iterdir() if path.is_dir())
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -(2**53) + 1,
    0.5,
    -1e300,
    "",
    'Zoë \N{PARROT}\n\0"',
    [],
    {"a": [1]},
]


HOST = "modpm:mod/host@1.0.0"
DONE = ("result", None, "string")
FUNCTIONS: tuple[tuple[str, tuple[Any, ...], Any], ...] = (
    ("mod-id", (), "string"),
    ("log", (("enum", "debug", "info", "warn", "error"), "string"), None),
    ("enable-plugin", ("string",), DONE),
    ("disable-plugin", ("string",), DONE),
    ("set-plugin-param", ("string", "string", "value"), DONE),
    ("get-plugin-param", ("string", "string"), ("result", "value", "string")),
    ("trigger-hook", ("string", "string", "value"), DONE),
    ("random", (), "f64"),
    ("subscribe-event", ("string",), DONE),
    ("publish-event", ("string", "value"), DONE),
)


@cache
def engine() -> wasmtime.Engine:
    """The one engine, on which a component need only be compiled once."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    return wasmtime.Engine(config)


@cache
def compiled(component: Path) -> Component:
    """Compile a component; Python's takes seconds."""
    return Component.from_file(engine(), str(component))


class Stage:
    """Plays the host to one component. `told` is what the guest said and asked for, in order."""

    def __init__(self, component: Path) -> None:
        made = compiled(component)
        linker = Linker(engine())
        self.told: list[tuple[object, ...]] = []
        with linker.root() as root, root.add_instance(HOST) as host:
            for name, params, result in FUNCTIONS:
                calls.define(host, name, self._answer(name), params, result)
        self._store = calls.Store(engine(), seconds=10)
        self._instance = calls.instantiate(self._store, linker, made)

    def has(self, interface: str) -> bool:
        """Return whether the guest exports an interface of modpm:mod."""
        name = f"modpm:mod/{interface}@1.0.0"
        return self._instance.get_export_index(self._store, name) is not None

    def call(self, interface: str, function: str, *args: Any) -> Any:
        """Call the guest; return its answer, or raise GuestError."""
        at = self._instance.get_export_index(self._store, f"modpm:mod/{interface}@1.0.0")
        index = self._instance.get_export_index(self._store, function, at)
        assert index is not None
        func = self._instance.get_func(self._store, index)
        assert func is not None
        return calls.bind(self._store, func)(*args)

    def heard(self) -> list[tuple[object, ...]]:
        """Return what the guest said since the last time."""
        told, self.told = self.told, []
        return told

    def _answer(self, name: str) -> Callable[..., object]:
        def answer(*args: object) -> object:
            match name, *args:
                case ("mod-id",):
                    return "parrot"
                case ("random",):
                    return 0.25
                case "get-plugin-param", _, key:
                    return {"difficulty": 2, "name": "Zoë", "names": ["a"], "on": True}.get(
                        str(key)
                    )
                case "set-plugin-param", "combat", *_:
                    raise Refused(mod="parrot", reason="not granted")
            self.told.append((name, *args))
            return None

        return answer


@pytest.fixture(scope="module", autouse=True)
def freed() -> Iterator[None]:
    """Let go of what was compiled while Python can still do so in order."""
    yield
    compiled.cache_clear()
    engine.cache_clear()


@pytest.fixture(params=LANGUAGES)
def parrot(request: pytest.FixtureRequest, built: Build) -> Stage:
    """The parrot in each language, freshly hatched."""
    return Stage(built(PARROTS / request.param))


def test_it_sets_what_it_got(parrot: Stage) -> None:
    """In on_init it subscribes, reads a parameter, sets it one higher, and greets by its id."""
    parrot.call("lifecycle", "on-init")
    assert parrot.heard() == [
        ("subscribe-event", "ask"),
        ("set-plugin-param", "rules", "difficulty", 3),
        ("log", "info", "hello from parrot"),
    ]


def test_what_the_host_refuses_is_no_end(parrot: Stage) -> None:
    """A bool, an object as JSON, and a refusal that the mod survives."""
    for turn in (1, 2, 3, 4):
        parrot.call("ticking", "on-tick", turn)
    assert parrot.heard() == [
        ("set-plugin-param", "rules", "locked", True),
        ("trigger-hook", "rules", "announce", {"turn": 2}),
    ]


def test_it_hears_and_answers(parrot: Stage) -> None:
    """Data of an event are read from JSON, escapes and all, and the answer is written as JSON."""
    words = ["a, {b", 'Zo\xeb said "\N{PARROT}"\t\\']
    for n in (3, -8):
        parrot.call("events", "on-event", "ask", {"x": {"n": [1]}, "n": n, "words": words})
    assert parrot.heard() == [
        (
            "publish-event",
            "answer",
            {"event": "ask", "twice": n * 2, "half": n / 2, "last": words[1]},
        )
        for n in (3, -8)
    ]
    parrot.call("lifecycle", "on-shutdown")
    assert parrot.heard() == [("log", "info", "heard 2")]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (("enable", None), "rules enable"),
        (("disable", None), "rules disable"),
        (("set-param", ("name", "Zoë")), "rules set-param name Zoë"),
        (("trigger", ("announce", None)), "rules trigger announce"),
    ],
)
def test_it_sees_what_others_do_to_a_plugin(
    parrot: Stage, action: tuple[str, Any], told: str
) -> None:
    """All four kinds of action arrive, with their name and value."""
    parrot.call("control", "on-control-plugin", "rules", action)
    [(_, _, line)] = parrot.heard()
    assert str(line).rstrip() == told


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_comes_back(parrot: Stage, value: object) -> None:
    """What a guest gets as an argument and returns is the same value, of the same type."""
    echoed = parrot.call("calls", "call", "echo", [value])
    assert (type(echoed), echoed) == (type(value), value)


def test_a_failure_is_told(parrot: Stage) -> None:
    """The text with which a mod gives up reaches the host, and the next call is fine."""
    with pytest.raises(GuestError, match="no more crackers"):
        parrot.call("calls", "call", "fail", [])
    assert parrot.call("calls", "call", "echo", ["again"]) == "again"


def test_state_moves_to_another_instance(parrot: Stage, built: Build) -> None:
    """What `save` gives, `load` takes."""
    parrot.call("state", "load", 41)
    parrot.call("events", "on-event", "ask", {"n": 1, "words": ["", ""]})
    assert parrot.call("state", "save") == 42


def test_memory_is_given_back(parrot: Stage) -> None:
    """A thousand texts of 64 KiB each go through a guest that may have far less memory."""
    text = "x" * 65536
    for _ in range(1000):
        assert parrot.call("calls", "call", "echo", [text]) == text


def test_only_what_the_mod_defines_is_exported(parrot: Stage) -> None:
    """The parrot says nothing of itself, so its component has no such export."""
    assert parrot.has("lifecycle")
    assert not parrot.has("about")

"""Calls into guests and out of them: over both paths, and the same over both."""

import gc
import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from math import inf
from time import sleep
from typing import Any

import pytest
import wasm_call
import wasmtime
from hypothesis import find, given, settings
from hypothesis import strategies as st
from wasmtime.component import Component, Linker

from modpm.errors import Refused
from modpm.runtime.wasm import calls, native, self_test
from modpm.runtime.wasm.abi import INTEGERS, Shape
from modpm.runtime.wasm.mirror import PADDING, mirror, padded

REASON: Shape = ("result", None, "string")
GUEST = b"""(component
  (import "ask" (func $ask (param "n" s64) (result s64)))
  (import "try" (func $try (result (result (error string)))))
  (core module $libc
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (core func $ask (canon lower (func $ask)))
  (core func $try (canon lower (func $try)
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $guest
    (import "host" "ask" (func $ask (param i64) (result i64)))
    (import "host" "try" (func $try (param i32)))
    (func (export "ask") (param i64) (result i64) (call $ask (local.get 0)))
    (func (export "try") (result i32) (call $try (i32.const 16)) (i32.const 16))
    (func (export "nag") (loop (drop (call $ask (i64.const 0))) (br 0)))
    (func (export "spin") (loop (br 0)))
    (func (export "trap") unreachable))
  (core instance $guest (instantiate $guest (with "host" (instance
    (export "ask" (func $ask)) (export "try" (func $try))))))
  (func (export "ask") (param "n" s64) (result s64) (canon lift (core func $guest "ask")))
  (func (export "try") (result (result (error string)))
    (canon lift (core func $guest "try") (memory (core memory $libc "memory"))))
  (func (export "nag") (canon lift (core func $guest "nag")))
  (func (export "spin") (canon lift (core func $guest "spin")))
  (func (export "trap") (canon lift (core func $guest "trap"))))"""


def engine() -> wasmtime.Engine:
    """Return an engine whose guests can be stopped."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    return wasmtime.Engine(config)


ENGINE = engine()


class Guest:
    """An instance of GUEST whose host functions are `ask` and `attempt`."""

    def __init__(
        self,
        ask: Callable[[int], object] = abs,
        attempt: Callable[[], object] = dict,
        seconds: float = 5,
    ) -> None:
        linker = Linker(ENGINE)
        with linker.root() as root:
            calls.define(root, "ask", ask, ["s64"], "s64")
            calls.define(root, "try", attempt, [], REASON)
        self.store = calls.Store(ENGINE, seconds)
        self.instance = calls.instantiate(self.store, linker, Component(ENGINE, GUEST))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        func = self.instance.get_func(self.store, name.removesuffix("_"))
        assert func is not None
        return calls.bind(self.store, func)


@pytest.fixture(params=["fast", "stock"], autouse=True)
def _path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test over both paths."""
    assert calls.FAST, calls.reason
    monkeypatch.setattr(calls, "FAST", request.param == "fast")


def echo(
    shape: Shape, answer: Callable[[object], object] = lambda value: value
) -> Callable[[object], object]:
    """Return a function that sends a value through a guest, to `answer`, and back."""

    def host(value: tuple[object, ...]) -> object:
        return *value[:-1], answer(value[-1])

    linker = Linker(ENGINE)
    with linker.root() as root:
        calls.define(root, "echo", host, [padded(shape)], padded(shape))
    store = calls.Store(ENGINE, seconds=5)
    instance = calls.instantiate(store, linker, Component(ENGINE, mirror(shape)))
    func = instance.get_func(store, "echo")
    assert func is not None
    call: Callable[..., Any] = calls.bind(store, func)
    return lambda value: call((*(0,) * PADDING, value))[-1]


def record(seen: list[object], value: object) -> object:
    """Put a value on the list, and return it."""
    seen.append(value)
    return value


def alike(value: object) -> object:
    """Return a value that compares equal only to the same values of the same types."""
    if isinstance(value, list | tuple):
        return type(value), [alike(part) for part in value]
    if isinstance(value, dict):
        return {key: alike(part) for key, part in value.items()}
    return type(value), value


# --- values ---------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
).filter(lambda value: "inf" not in repr(value))  # JSON has none
SCALARS: dict[str, st.SearchStrategy[object]] = {
    "bool": st.booleans(),
    "f32": st.floats(width=32, allow_nan=False),
    "f64": st.floats(allow_nan=False),
    "char": st.characters(exclude_categories=["Cs"]),
    "string": TEXTS,
    "value": JSON | TEXTS,
} | {
    name: st.integers(-(1 << bits - 1) if signed else 0, (1 << bits - signed) - 1)
    for name, (signed, bits) in INTEGERS.items()
}
LABELS = ["a", "b-c", "d2"]


def named(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """Return one to three names, each with what `inner` draws."""
    return st.lists(inner, min_size=1, max_size=3).map(
        lambda parts: list(zip(LABELS, parts, strict=False))
    )


def compound(inner: st.SearchStrategy[Shape]) -> st.SearchStrategy[Shape]:
    """Return shapes that are made of others."""
    perhaps = st.none() | inner
    return st.one_of(
        st.tuples(st.sampled_from(["list", "option"]), inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: ("tuple", *parts)),
        named(inner).map(lambda fields: ("record", *fields)),
        named(perhaps).map(lambda cases: ("variant", *cases)),
        st.tuples(st.just("result"), perhaps, perhaps),
        st.just(("enum", *LABELS)),
    )


SHAPES = st.recursive(st.sampled_from(sorted(SCALARS)), compound, max_leaves=5)


def values(shape: Shape | None) -> st.SearchStrategy[Any]:
    """Return the values of a shape."""
    match shape:
        case None:
            return st.none()
        case str():
            return SCALARS[shape]
        case "list", element:
            return st.lists(values(element), max_size=5)
        case "option", payload:
            return st.none() | values(payload)
        case "tuple", *elements:
            return st.tuples(*map(values, elements))
        case "record", *fields:
            return st.fixed_dictionaries({name: values(field) for name, field in fields})
        case "enum", *names:
            return st.sampled_from(names)
        case "variant", *cases:
            return st.one_of(*(st.tuples(st.just(name), values(part)) for name, part in cases))
    _, ok, err = shape
    return st.tuples(st.just("ok"), values(ok)) | st.tuples(st.just("err"), values(err))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_a_value_comes_back_as_it_was(data: st.DataObject, shape: Shape) -> None:
    """Through the guest to a host function and back, every shape keeps its values and types."""
    seen: list[object] = []
    try:
        send = echo(shape, lambda value: record(seen, value))
    except TypeError as error:
        assert "wasmtime-py cannot tell" in str(error)  # noqa: PT017
        return
    for value in data.draw(st.lists(values(shape), min_size=1, max_size=4)):
        assert alike(send(value)) == alike(value)
        assert alike(seen.pop()) == alike(value)


WRONG: list[tuple[Shape, object, type[Exception]]] = [
    ("bool", 1, TypeError),
    ("u8", 256, OverflowError),
    ("u8", -1, OverflowError),
    ("u8", True, TypeError),
    ("s64", 1 << 63, OverflowError),
    ("s64", 1 << 90, OverflowError),
    ("u64", -1, OverflowError),
    ("u64", 1 << 64, OverflowError),
    ("s32", 1.0, TypeError),
    ("f32", 1e39, OverflowError),
    ("f64", 10**400, OverflowError),
    ("f64", False, TypeError),
    ("f64", "1", TypeError),
    ("char", "ab", ValueError),
    ("char", "", ValueError),
    ("char", "\ud800", UnicodeEncodeError),
    ("string", "\ud800", UnicodeEncodeError),
    ("string", b"text", TypeError),
    ("value", 1 << 63, OverflowError),
    ("value", {1, 2}, TypeError),
    ("value", [{1, object()}], TypeError),
    ("value", "\ud800", UnicodeEncodeError),
    (("list", "u8"), b"12", TypeError),
    (("list", "u8"), [1, 2, 300], OverflowError),
    (("option", "u8"), "1", TypeError),
    (("tuple", "u8", "u8"), (1,), TypeError),
    (("tuple", "u8"), [1], TypeError),
    (("record", ("a", "u8")), {}, TypeError),
    (("record", ("a", "u8")), {"a": 1, "b": 2}, TypeError),
    (("record", ("a", "u8")), {"a": "1"}, TypeError),
    (("enum", "a"), "b", ValueError),
    (("enum", "a"), 0, TypeError),
    (("variant", ("a", "u8"), ("b", None)), ("c", 1), ValueError),
    (("variant", ("a", "u8"), ("b", None)), ("b", 1), TypeError),
    (("variant", ("a", "u8"), ("b", None)), "b", TypeError),
    (("result", "u8", None), ("maybe", 1), ValueError),
]


@pytest.mark.parametrize(("shape", "value", "error"), WRONG)
def test_a_value_that_does_not_fit_is_refused_before_the_guest_runs(
    shape: Shape, value: object, error: type[Exception]
) -> None:
    """The exception is the same over both paths, and the guest can still be called."""
    seen: list[object] = []
    send = echo(shape, seen.append)
    with pytest.raises(error):
        send(value)
    assert seen == []


@pytest.mark.parametrize(("shape", "value", "error"), WRONG)
def test_a_host_function_that_returns_what_does_not_fit_ends_the_call(
    shape: Shape, value: object, error: type[Exception]
) -> None:
    """The guest never sees such a value; the caller sees the same exception."""
    send = echo(shape, answer=lambda _: value)
    with pytest.raises(error):
        send(find(values(shape), lambda _: True))


def test_infinity_is_a_float() -> None:
    """What is infinite already does not overflow."""
    assert echo("f32")(-inf) == -inf


def test_a_tuple_is_a_list() -> None:
    """Where a list is expected a tuple will do: arguments come in one."""
    assert echo(("list", "value"))((1, "two")) == [1, "two"]


def test_an_int_is_a_float() -> None:
    """Where a float is expected an int will do, as in Python."""
    assert alike(echo("f64")(3)) == alike(3.0)


def test_the_number_of_arguments_is_checked() -> None:
    """A call with one argument too many is a TypeError."""
    with pytest.raises(TypeError, match="1 arguments expected, 2 given"):
        Guest().ask(1, 2)


# --- outcomes -------------------------------------------------------------------------------------


def test_refused_is_err_for_the_guest_and_err_is_guest_error() -> None:
    """The text of what a host function refuses comes back as what the guest says."""

    def attempt() -> None:
        raise Refused(mod="a/b", reason="not today")

    with pytest.raises(calls.GuestError) as caught:
        Guest(attempt=attempt).try_()
    assert caught.value.payload == "not today"


def test_ok_without_a_payload_is_none() -> None:
    """A function of result<_, string> that succeeds returns None."""
    assert Guest(attempt=lambda: None).try_() is None


@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt, SystemExit, Refused])
def test_what_a_host_function_raises_comes_out_as_itself(kind: type[BaseException]) -> None:
    """The very same exception ends the guest's call."""
    error = kind(mod="a", reason="b") if kind is Refused else kind("out")

    def ask(_: int) -> int:
        raise error

    with pytest.raises(kind) as caught:
        Guest(ask).ask(1)
    assert caught.value is error


def test_what_host_functions_raise_in_several_threads_does_not_mix() -> None:
    """Each thread gets the exception of its own guest."""
    wrong: list[object] = []

    def work(own: int) -> None:
        def ask(_: int) -> int:
            raise LookupError(own)

        for _ in range(20):
            try:
                Guest(ask).ask(1)
            except LookupError as error:
                if error.args != (own,):
                    wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_trap_is_wasmtimes_error_and_the_store_is_of_no_more_use() -> None:
    """After a trap every call into the store fails, and says so."""
    guest = Guest()
    with pytest.raises(wasmtime.WasmtimeError, match="unreachable"):
        guest.trap()
    with pytest.raises(wasmtime.WasmtimeError, match="cannot enter component instance"):
        guest.ask(1)


# --- who may enter --------------------------------------------------------------------------------


def test_a_guest_is_not_entered_again_from_its_own_host_function() -> None:
    """Re-entrance is an exception in the host function; the guest's call goes on."""
    guest = Guest(lambda n: again(n))

    def again(n: int) -> int:
        with pytest.raises(calls.Busy):
            guest.ask(n)
        return n + 1

    assert guest.ask(1) == 2


def test_a_guest_is_not_entered_from_another_thread_while_it_runs() -> None:
    """A second thread is refused while the first is inside, and may enter afterwards."""
    refused: list[BaseException] = []

    def intrude() -> None:
        try:
            guest.ask(1)
        except calls.Busy as error:
            refused.append(error)

    def ask(n: int) -> int:
        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        return n

    guest = Guest(ask)
    assert guest.ask(5) == 5
    assert len(refused) == 1


def test_a_store_is_not_closed_while_a_call_is_inside() -> None:
    """Closing it in a host function raises; afterwards it closes, and calls say that it has."""

    def ask(n: int) -> int:
        with pytest.raises(calls.Busy):
            guest.store.close()
        return n

    guest = Guest(ask)
    call = guest.ask
    assert call(1) == 1
    guest.store.close()
    with pytest.raises(ValueError, match="closed"):
        call(1)


def test_a_function_of_another_store_is_refused() -> None:
    """Binding a function to a store that it does not belong to is a ValueError."""
    one, other = Guest(), Guest()
    func = one.instance.get_func(one.store, "ask")
    assert func is not None
    with pytest.raises(ValueError, match="no instance in this store"):
        calls.bind(other.store, func)


def test_guests_may_call_one_another_through_the_host() -> None:
    """A host function of one guest may call into another."""
    inner = Guest(lambda n: n * 2)
    outer = Guest(lambda n: inner.ask(n) + 1)
    assert outer.ask(20) == 41


# --- time -----------------------------------------------------------------------------------------


def test_a_guest_that_does_not_end_is_ended() -> None:
    """After its time an endless loop is a trap, and other threads have run meanwhile."""
    turns = threading.Event()
    spin = Guest(seconds=0.3).spin
    threading.Timer(0.05, turns.set).start()
    with pytest.raises(wasmtime.WasmtimeError, match="interrupt"):
        spin()
    assert turns.is_set()


def test_each_call_has_the_whole_time() -> None:
    """What one call used up is not missing in the next."""
    guest = Guest(lambda n: threading.Event().wait(0.06) or n, seconds=0.1)
    assert [guest.ask(n) for n in range(4)] == [0, 1, 2, 3]


def test_the_time_in_host_functions_counts() -> None:
    """A guest gets no more time by spending it in the host."""
    asked: list[int] = []

    def ask(n: int) -> int:
        sleep(0.05)
        asked.append(n)
        return n

    with pytest.raises(wasmtime.WasmtimeError, match="interrupt"):
        Guest(ask, seconds=0.2).nag()
    assert len(asked) < 12


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """See Ctrl-C even where the tests run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_in_a_guest_is_keyboard_interrupt() -> None:
    """The loop ends, long before its time over the fast path, and Python gets its exception."""
    spin = Guest(seconds=60 if calls.FAST else 0.2).spin
    threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        spin()


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_in_a_host_function_is_keyboard_interrupt() -> None:
    """A Ctrl-C that comes while Python runs under a guest ends the call, and nothing else."""

    def ask(n: int) -> int:
        signal.raise_signal(signal.SIGINT)
        return n

    with pytest.raises(KeyboardInterrupt):
        Guest(ask).ask(1)
    assert Guest().ask(-1) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_time_runs_in_a_forked_process_too() -> None:
    """A child has no clock of its own until a call needs it."""
    guest = Guest(seconds=0.1)
    guest.ask(1)
    child = os.fork()
    if not child:
        try:
            guest.spin()
        except wasmtime.WasmtimeError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


# --- lifetimes ------------------------------------------------------------------------------------


def test_a_bound_function_keeps_its_store() -> None:
    """Nothing but the function needs to be kept for it to be called."""
    call = Guest().ask
    gc.collect()
    assert call(-3) == 3


def test_a_host_function_goes_with_its_store() -> None:
    """Once the linker and the store are gone, so is what the guest could call."""

    class Ask:
        def __call__(self, n: int) -> int:
            return n

    ask = Ask()
    gone = weakref.ref(ask)
    guest = Guest(ask)
    assert guest.ask(1) == 1
    del guest, ask
    gc.collect()
    assert gone() is None


def test_what_was_raised_is_let_go_of() -> None:
    """An exception lives no longer than its handler, whether it was err or ended the call."""

    class Odd(Exception):
        pass

    class Unwilling(Refused):
        pass

    gone: list[weakref.ref[Exception]] = []

    def ask(_: int) -> int:
        error = Odd()
        gone.append(weakref.ref(error))
        raise error

    def attempt() -> None:
        error = Unwilling(mod="a", reason="no")
        gone.append(weakref.ref(error))
        raise error

    with pytest.raises(Odd):
        Guest(ask).ask(1)
    with pytest.raises(calls.GuestError):
        Guest(attempt=attempt).try_()
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_a_library_with_other_structures_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason names the structure and both sizes."""
    monkeypatch.setattr(wasm_call, "layout", lambda: {"wasmtime_component_val_t": 40})
    assert native.set_up() == "wasmtime_component_val_t is 32, not 40"


def test_the_self_test_finds_what_gets_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that loses a part of a value is told what it lost."""
    assert self_test.difference() is None
    monkeypatch.setattr(self_test, "_VALUE", (1, *self_test._VALUE[1:]))
    assert self_test.difference() == "TypeError: a bool expected, not int"

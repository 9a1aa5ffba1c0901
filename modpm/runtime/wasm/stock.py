"""Calls through wasmtime-py as it comes: right, and ten times slower than `wasm_call`."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from time import sleep

from wasmtime import Engine, Store, WasmtimeError
from wasmtime.component import Component, Func, Instance, Linker, LinkerInstance

from modpm.errors import Refused
from modpm.runtime.wasm.abi import TICK, Busy, GuestError, Shape, Signature
from modpm.runtime.wasm.translate import Translate, lift, lower


class Gate:
    """Lets one call at a time into a store, for so many seconds."""

    def __init__(self, store: Store, seconds: float) -> None:
        self.error: BaseException | None = None
        self.broken = False
        self._busy = False
        self._engine = store.engine
        self._ticks = ceil(seconds / TICK) + 1

    def allow(self, seconds: float) -> None:
        """Let no call from now on take longer."""
        self._ticks = ceil(seconds / TICK) + 1

    def close(self) -> None:
        """Say that the store goes; raise Busy if a call is inside."""
        if self._busy:
            raise Busy("the store of a running call cannot be closed")

    def instantiate(self, store: Store, linker: Linker, component: Component) -> Instance:
        """See `calls.instantiate`."""
        with self._entered(store):
            return linker.instantiate(store, component)

    def bind(self, store: Store, func: Func, kind: Signature) -> Callable[..., object]:
        """See `calls.bind`."""
        params, result = kind
        lowers = [lower(shape) for shape in params]
        lifted = _answer(result)

        def call(*args: object) -> object:
            if len(args) != len(lowers):
                raise TypeError(f"{len(lowers)} arguments expected, {len(args)} given")
            lowered = [to(arg) for to, arg in zip(lowers, args, strict=True)]
            with self._entered(store):
                found = func(store, *lowered)
            return lifted(found)

        return call

    @contextmanager
    def _entered(self, store: Store) -> Iterator[None]:
        """Be inside the store; what a host function raised comes out as itself."""
        if self._busy:
            raise Busy("a call into this store is running")
        store.set_epoch_deadline(self._ticks)
        self._busy = True
        _inside.gates.append(self)
        try:
            with _interrupt_after(), _ticker.running(self._engine):
                yield
        except WasmtimeError:
            self.broken = True
            error, self.error = self.error, None
            if error is not None:
                raise error from None
            raise
        finally:
            _inside.gates.pop()
            self._busy = False


def define(
    instance: LinkerInstance,
    name: str,
    function: Callable[..., object],
    params: Sequence[Shape],
    result: Shape | None,
) -> None:
    """See `calls.define`."""
    lifts = [lift(shape) for shape in params]
    lowered = _reply(result)

    def call(_: object, *args: object) -> object:
        try:
            given = [to(arg) for to, arg in zip(lifts, args, strict=True)]
            return lowered(lambda: function(*given))
        except BaseException as error:
            # Nothing else may leave a callback, and wasmtime-py has one place for all threads.
            if _inside.gates:
                _inside.gates[-1].error = error
            raise WasmtimeError(f"{type(error).__name__}: {error}") from error

    instance.add_func(name, call)


def _answer(shape: Shape | None) -> Translate:
    """Return what makes a guest's answer a value, or an exception."""
    if shape is None or shape[0] != "result":
        return lift(shape) if shape else lambda value: value
    known = lift(shape)

    def answer(value: object) -> object:
        name, payload = known(value)
        if name == "err":
            raise GuestError(payload)
        return payload

    return answer


def _reply(shape: Shape | None) -> Callable[[Callable[[], object]], object]:
    """Return what makes a host function's outcome an answer for the guest."""
    if shape is None:
        return _nothing
    to = lower(shape)
    if shape[0] != "result":
        return lambda outcome: to(outcome())

    def reply(outcome: Callable[[], object]) -> object:
        try:
            return to(("ok", outcome()))
        except Refused as refused:
            return to(("err", str(refused)))

    return reply


def _nothing(outcome: Callable[[], object]) -> None:
    if (value := outcome()) is not None:
        raise TypeError(f"None expected, not {type(value).__name__}")


class _Inside(threading.local):
    def __init__(self) -> None:
        self.gates: list[Gate] = []


_inside = _Inside()


class _Ticker:
    """Moves the epoch of the engines that calls run in."""

    def __init__(self) -> None:
        self._running: Counter[Engine] = Counter()
        self.start_anew()

    def start_anew(self) -> None:
        """Forget the thread, which a forked process does not have, and what it may have held."""
        self._awake = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def running(self, engine: Engine) -> Iterator[None]:
        """Have the engine's epoch move for as long as this lasts."""
        self._count(engine, 1)
        try:
            yield
        finally:
            self._count(engine, -1)

    def _count(self, engine: Engine, step: int) -> None:
        with self._lock:
            self._running[engine] += step
            if not self._running[engine]:
                del self._running[engine]
            (self._awake.set if self._running else self._awake.clear)()
            if self._thread is None:
                self._thread = threading.Thread(target=self._tick, daemon=True, name="wasm-epochs")
                self._thread.start()

    def _tick(self) -> None:
        while True:
            self._awake.wait()
            sleep(TICK)
            with self._lock:
                engines = list(self._running)
            for engine in engines:
                engine.increment_epoch()


_ticker = _Ticker()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ticker.start_anew)


@contextmanager
def _interrupt_after() -> Iterator[None]:
    """Keep Ctrl-C until the call is over: inside wasmtime-py's callbacks it ends the process."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)

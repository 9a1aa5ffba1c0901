"""Threads, cancellation and Ctrl-C."""

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import rhai

SUM = "let n = 0; for i in 0..200000 { n += i } n"


def test_engines_run_side_by_side() -> None:
    """One engine a thread, all at once, all with the right result."""
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: rhai.Engine().eval(SUM), range(8)))
    assert results == [19999900000] * 8


def test_other_threads_run_while_a_script_does() -> None:
    """The GIL is released: Python goes on while a script waits."""
    engine = rhai.Engine()
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    engine.eval("sleep(0.3)")
    done.set()
    thread.join()
    assert len(ticks) > 5


def test_a_second_thread_is_refused() -> None:
    """EngineBusy at once, and the first goes on undisturbed."""
    engine = rhai.Engine()
    inside, leave = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        leave.wait(10)

    engine.register_fn(wait)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.eval, "wait(); 42")
        assert inside.wait(10)
        with pytest.raises(rhai.EngineBusy):
            engine.eval("1")
        leave.set()
        assert running.result(10) == 42
    assert engine.eval("1") == 1


def test_cancel_from_another_thread() -> None:
    """The script raises Cancelled and the engine can run again."""
    engine = rhai.Engine(rhai.Limits(timeout=30, operations=None))
    started = threading.Event()
    engine.register_fn(started.set, name="started")

    def cancel() -> None:
        started.wait(10)
        engine.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(rhai.Cancelled):
        engine.eval("started(); loop {}")
    thread.join()
    assert engine.eval("1") == 1


def test_cancel_reaches_a_nested_engine() -> None:
    """Cancelling the outer engine stops what it called through Python."""
    outer = rhai.Engine(rhai.Limits(timeout=30, operations=None))
    inner = rhai.Engine(rhai.Limits(timeout=30, operations=None))

    def nest() -> object:
        outer.cancel()
        return inner.eval("loop {}")

    outer.register_fn(nest)
    with pytest.raises(rhai.Cancelled):
        outer.eval("nest()")


def test_cancel_wakes_a_sleeper() -> None:
    """sleep does not outlast a cancellation."""
    engine = rhai.Engine(rhai.Limits(timeout=30))
    timer = threading.Timer(0.05, engine.cancel)
    timer.start()
    with pytest.raises(rhai.Cancelled):
        engine.eval("sleep(20)")
    timer.join()


def test_a_cancel_without_a_script_does_nothing() -> None:
    """It does not wait for the next one."""
    engine = rhai.Engine()
    engine.cancel()
    assert engine.eval("1") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process there")
@pytest.mark.parametrize(
    "script", ["loop {}", "sleep(60)", "let a = [1]; loop { let t = `${a}`; }"]
)
def test_ctrl_c_lands(script: str) -> None:
    """SIGINT ends a running script as KeyboardInterrupt, which it cannot catch."""
    code = f"""
import rhai
engine = rhai.Engine(rhai.Limits(timeout=60, operations=None))
engine.register_fn(lambda: print("ready", flush=True), name="ready")
try:
    engine.eval("ready(); try {{ {script} }} catch {{ }}")
except KeyboardInterrupt:
    print("interrupted")
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=30)
    assert out == "interrupted\n"
    assert child.returncode == 0

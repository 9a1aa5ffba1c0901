"""Calls that are awaited."""

import asyncio

import pytest

import rhai


def spinning() -> rhai.Instance:
    """A script with a quick function and one that never ends."""
    engine = rhai.Engine(rhai.Limits(operations=None, timeout=60))
    return engine.instantiate(
        engine.compile("fn f(n) { this.n = n; n + 1 } fn spin() { loop {} } fn bad() { throw 1 }")
    )


def test_a_call_is_awaited() -> None:
    """Results and errors come out as from `call`."""

    async def main() -> None:
        mod = spinning()
        assert await mod.acall("f", 1) == 2
        assert mod.state == {"n": 1}
        with pytest.raises(rhai.ScriptThrow):
            await mod.acall("bad")

    asyncio.run(main())


def test_the_loop_runs_on_meanwhile() -> None:
    """Two engines run beside other tasks."""

    async def main() -> None:
        tasks = [asyncio.create_task(spinning().acall("spin")) for _ in range(2)]
        for _ in range(10):
            await asyncio.sleep(0.001)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)

    asyncio.run(main())


@pytest.mark.parametrize("delay", [0, 0.001, 0.1])
def test_cancelling_the_task_stops_the_script(delay: float) -> None:
    """However early; afterwards the instance can be called again at once."""

    async def main() -> None:
        mod = spinning()
        task = asyncio.create_task(mod.acall("spin"))
        await asyncio.sleep(delay)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert mod.call("f", 1) == 2

    asyncio.run(main())


def test_a_deadline_over_a_call() -> None:
    """asyncio.timeout stops the script."""

    async def main() -> None:
        mod = spinning()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await mod.acall("spin")
        assert mod.call("f", 2) == 3

    asyncio.run(main())


def test_a_second_call_inside_is_refused() -> None:
    """EngineBusy, and the first goes on until it is cancelled."""

    async def main() -> None:
        mod = spinning()
        task = asyncio.create_task(mod.acall("spin"))
        await asyncio.sleep(0.1)
        with pytest.raises(rhai.EngineBusy):
            await mod.acall("f", 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_loop_that_ends_stops_its_scripts() -> None:
    """asyncio.run does not wait for a script that nobody awaits any more."""
    mod = spinning()

    async def main() -> None:
        task = asyncio.create_task(mod.acall("spin"))
        await asyncio.sleep(0.05)
        assert not task.done()

    asyncio.run(main())
    assert mod.call("f", 3) == 4

"""Scripts and asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rhai._rhai import Instance

# Seconds between two attempts to stop a script, which may not have begun at the first.
_PATIENCE = 0.01


async def acall(instance: Instance, name: str, args: tuple[Any, ...]) -> Any:
    """Call in a thread. When the task is cancelled, stop the script and wait until it has."""
    work = partial(contextvars.copy_context().run, instance.call, name, *args)
    # No task, for asyncio.run would cancel that when it ends, and leave the thread to itself.
    call = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        while not call.done():
            instance.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({call}, timeout=_PATIENCE)
        call.exception()
        raise

"""Compiles components, one JSON line in and one out for each: python -m modpm.runtime.wasm.compile.

`compiler` runs it in a process of its own: nothing else can stop wasmtime while it compiles, nor
bound what it takes. A line in has source, sha256, target and memory; a line out has one of

    kind      "plain" or "async": the engine that the code in the target is for
    invalid   why there can be no code
    failed    why there is none
    ready     for a line in that has nothing: from now on compiling starts at once
"""

import json
import os
import signal
import sys
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any


def main(idle: float) -> None:
    """Answer until nobody has asked for `idle` seconds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this decides when it ends
    asked: SimpleQueue[str] = SimpleQueue()
    Thread(target=_listen, args=[asked], daemon=True).start()
    while True:
        try:
            job = json.loads(asked.get(timeout=idle))
        except Empty:
            return
        try:
            answer = _done(job)
        except MemoryError:
            answer = {"failed": f"it takes more than {job['memory']:,} bytes of memory to compile"}
        except OSError as error:
            what = "reading it" if error.filename == job["source"] else "keeping its code"
            answer = {"failed": f"{what}: {error.strerror}"}
        print(json.dumps(answer), flush=True)


def _done(job: dict[str, Any]) -> dict[str, str]:
    if not job:
        from modpm.runtime.wasm.engine import engine

        return {"ready": str(engine())}
    _limit(job["memory"])
    return _compiled(Path(job["source"]), job["sha256"], Path(job["target"]))


def _compiled(source: Path, digest: str, target: Path) -> dict[str, str]:
    from wasmtime import WasmtimeError
    from wasmtime.component import Component

    from modpm.runtime.wasm.engine import NEEDS_ASYNC, engine

    content = source.read_bytes()
    if sha256(content).hexdigest() != digest:
        return {"failed": "the file changed meanwhile"}
    for kind in ("plain", "async"):
        try:
            target.write_bytes(Component(engine(kind == "async"), content).serialize())
        except WasmtimeError as error:
            reason = str(error)
            if NEEDS_ASYNC not in reason:
                break
        else:
            return {"kind": kind}
    return {"invalid": reason}


def _listen(asked: "SimpleQueue[str]") -> None:
    """Hand on what is asked. When who asks is gone, nobody waits for an answer either."""
    for line in sys.stdin:
        asked.put(line)
    os._exit(0)


def _limit(memory: int) -> None:
    """Bound what this process may take, on Linux: elsewhere no limit of its kind is kept."""
    if sys.platform == "linux":
        import resource

        # Not RLIMIT_AS: on many cores threads reserve more address space than they ever use.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(float(sys.argv[1]))

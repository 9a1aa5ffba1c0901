"""`make bench`, or `python -m benchmarks [NAME...]`: startup, sync, runtime, binding, wasm."""

import sys
from importlib import import_module

NAMES = ("startup", "sync", "runtime", "binding", "wasm")

for name in sys.argv[1:] or NAMES:
    print(f"\n{name}")
    import_module(f"benchmarks.{name}").main()

"""`make bench`, or `python -m benchmarks [NAME...]`: startup, sync and the others in NAMES."""

import sys
from importlib import import_module

NAMES = (
    "startup",
    "sync",
    "index",
    "resolve",
    "order",
    "conflicts",
    "runtime",
    "host",
    "reload",
    "binding",
    "wasm",
)

for name in sys.argv[1:] or NAMES:
    print(f"\n{name}")
    import_module(f"benchmarks.{name}").main()

"""Mods in languages that compile to WebAssembly: what each needs, and how its component is made."""

from modpm.guests.build import Built, build

__all__ = ["Built", "build"]

"""Mods that are WebAssembly components, whatever language they were written in."""

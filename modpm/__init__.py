"""A dependency-resolving package manager for game mods, and the sandboxed host that runs them."""

__version__ = "0.1.0"

"""Mods as archives: packed the same everywhere, unpacked only when nothing in them is hostile."""

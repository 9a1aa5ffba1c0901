"""What a script that is reloaded knows of the time before."""

from typing import Any


def remembered(former: dict[str, Any], begun: dict[str, Any], edited: bool) -> dict[str, Any]:
    """Return the memory of the former version, and what only the new one can know."""
    kept = {name: value for name, value in former.items() if not _holds_code(value)}
    own = {name: value for name, value in begun.items() if edited or _holds_code(value)}
    return own | kept


def _holds_code(value: object) -> bool:
    """Return whether there is a function in the value: it belongs to the script that made it."""
    import rhai

    if isinstance(value, list | dict):
        return any(map(_holds_code, value.values() if isinstance(value, dict) else value))
    return isinstance(value, rhai.FnPtr)

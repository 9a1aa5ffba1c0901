"""How much a script may use."""

from __future__ import annotations

from dataclasses import dataclass, fields

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one call into Rhai may use; None means unlimited.

    Everything that a call does counts: the functions it calls, the Python callbacks, and the
    scripts which those run again. `memory` also counts what an `Instance` or a `Scope` keeps.

    The limits on one string, array or map make building a container quadratic. `memory` bounds
    all of them at once and costs nothing, so they are off by default.

    >>> engine = Engine(Limits(timeout=0.5, memory=1024 * 1024))
    >>> engine.eval('let s = "x"; loop { s += s }')
    Traceback (most recent call last):
    rhai.errors.MemoryLimit: the script needs more memory than it may use ...
    """

    operations: int | None = 50_000_000
    """Operations of one call; a tight loop does some 10 million a second."""
    timeout: float | None = 5.0
    """Seconds of wall time of one call, callbacks included."""
    memory: int | None = 32 * MIB
    """Bytes that a call may hold at once."""
    call_levels: int = 64
    """Script functions inside script functions. The native stack is guarded besides."""
    expr_depth: int = 64
    """Nesting of expressions and blocks in the source."""
    string: int | None = None
    """Bytes of one string."""
    array: int | None = None
    """Elements of one array."""
    map: int | None = None
    """Properties of one object map."""
    variables: int | None = 10_000
    """Variables in scope at once."""
    functions: int | None = 10_000
    """Functions that one script may define."""
    modules: int | None = 100
    """Modules that one script may import."""
    callback_depth: int = 16
    """Calls Python -> Rhai inside calls Rhai -> Python."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant: ValueError for numbers below 1 (timeout: not above 0)."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"Limits.{field.name} must be a number, not {value!r}")
            if field.name != "timeout" and not isinstance(value, int):
                raise TypeError(f"Limits.{field.name} must be an int, not {value!r}")
            if not (value > 0 if field.name == "timeout" else value >= 1):
                raise ValueError(f"Limits.{field.name} must be positive, not {value!r}")

    @classmethod
    def unlimited(cls) -> Limits:
        """Limits for scripts that you trust as your own code.

        Recursion stays bounded, because a native stack that overflows ends the process.

        >>> Limits.unlimited().timeout is None
        True
        """
        return cls(
            operations=None,
            timeout=None,
            memory=None,
            variables=None,
            functions=None,
            modules=None,
        )

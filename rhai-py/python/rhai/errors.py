"""What can go wrong, as a tree of exceptions that carry data.

RhaiError
    ParseError              the source is not Rhai
    EvalError               the script failed; a script can catch these itself
        FunctionNotFound, VariableNotFound, PropertyNotFound, IndexOutOfBounds,
        TypeMismatch, ArithmeticError, ModuleNotFound, ScriptThrow
    LimitError              a limit was reached; a script cannot catch these
        OperationsLimit, MemoryLimit, DataSizeLimit, StackLimit
    Terminated              stopped from outside; a script cannot catch these
        Timeout, Cancelled
    ConversionError         a value has no counterpart on the other side
    EngineBusy              another thread is inside this engine
    EnginePanic             a bug in Rhai or in this binding
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Frame(NamedTuple):
    """One line of a script's call stack: where `function` was when the error rose."""

    function: str
    source: str | None
    line: int | None
    column: int | None


class RhaiError(Exception):
    """Anything that Rhai reports.

    `line` and `column` count from 1 and are None where Rhai does not know them; `source` is the
    name given to `Engine.compile`; `call_stack` has the innermost frame last, as in Python.
    """

    message: str
    line: int | None
    column: int | None
    source: str | None
    call_stack: tuple[Frame, ...]

    def __init__(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        source: str | None = None,
        call_stack: tuple[Frame, ...] = (),
    ) -> None:
        super().__init__(message, line, column, source, call_stack)
        self.message = message
        self.line = line
        self.column = column
        self.source = source
        self.call_stack = call_stack

    def __str__(self) -> str:
        """The message, with the place when it is known: `message (main.rhai:3:5)`."""
        if self.line is None:
            return self.message
        return f"{self.message} ({self.source or '<script>'}:{self.line}:{self.column})"


class ParseError(RhaiError):
    """The source could not be parsed."""


class EvalError(RhaiError):
    """The script failed while it ran."""


class FunctionNotFound(EvalError):
    """No function has this name and these parameter types."""


class VariableNotFound(EvalError):
    """No variable has this name where it was used."""


class PropertyNotFound(EvalError):
    """The value has no such property."""


class IndexOutOfBounds(EvalError):
    """An index lies outside the array, string or bit field."""


class TypeMismatch(EvalError):
    """A value has another type than the operation needs."""


class ArithmeticError(EvalError):
    """Overflow, division by zero, a text that is no number, and the like."""


class ModuleNotFound(EvalError):
    """An `import` named a module that no resolver offers."""


class ScriptThrow(EvalError):
    """The script said `throw`; `value` is what it threw, converted.

    `parse_json` and a failing comparer of `sort` throw as well: their message.
    """

    value: Any

    def __init__(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        source: str | None = None,
        call_stack: tuple[Frame, ...] = (),
        value: Any = None,
    ) -> None:
        super().__init__(message, line, column, source, call_stack)
        self.value = value


class LimitError(RhaiError):
    """A limit of `Limits` was reached."""


class OperationsLimit(LimitError):
    """`Limits.operations` was reached."""


class MemoryLimit(LimitError):
    """`Limits.memory` was reached, or one call would have passed it."""


class DataSizeLimit(LimitError):
    """A string, array, map or the nesting of values grew past its limit."""


class StackLimit(LimitError):
    """Calls or expressions nest too deeply."""


class Terminated(RhaiError):
    """The script was stopped from outside."""


class Timeout(Terminated):
    """`Limits.timeout` ran out."""


class Cancelled(Terminated):
    """`Engine.cancel` was called."""


class ConversionError(RhaiError, TypeError):
    """A value cannot cross between Python and Rhai."""


class EngineBusy(RhaiError):
    """Another thread is running this engine; use one engine a thread."""


class EnginePanic(RhaiError):
    """Rhai, or this binding, broke one of its own rules. Please report it."""

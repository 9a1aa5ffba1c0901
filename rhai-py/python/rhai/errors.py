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
    """One line of a script's call stack: where `function` was when the error rose.

    >>> try:
    ...     Engine().eval("fn half(x) { x / 0 }\\nhalf(1)")
    ... except EvalError as error:
    ...     [(frame.function, frame.line) for frame in error.call_stack]
    [('<script>', 2), ('half', 1)]
    """

    function: str
    source: str | None
    line: int | None
    column: int | None


class RhaiError(Exception):
    """Anything that Rhai reports.

    `line` and `column` count from 1 and are None where Rhai does not know them; `source` is the
    name given to `Engine.compile`; `call_stack` has the innermost frame last, as in Python.

    >>> try:
    ...     Engine().compile("let x = ;", name="main.rhai")
    ... except RhaiError as error:
    ...     error.message, error.line, error.column, error.source
    ("Unexpected ';'", 1, 9, 'main.rhai')
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
    """The source could not be parsed.

    >>> Engine().eval("fn {")
    Traceback (most recent call last):
    rhai.errors.ParseError: Expecting function name in function declaration (<script>:1:4)
    """


class EvalError(RhaiError):
    """The script failed while it ran.

    >>> Engine().eval("const LIST = [1]; LIST.push(2)")
    Traceback (most recent call last):
    rhai.errors.EvalError: Non-pure method 'push' cannot be called on constant (<script>:1:24)
    """


class FunctionNotFound(EvalError):
    """No function has this name and these parameter types.

    >>> Engine().eval("nope(1)")
    Traceback (most recent call last):
    rhai.errors.FunctionNotFound: Function not found: nope (i64) (<script>:1:1)
    """


class VariableNotFound(EvalError):
    """No variable has this name where it was used.

    >>> Engine().eval("nope + 1")
    Traceback (most recent call last):
    rhai.errors.VariableNotFound: Variable not found: nope (<script>:1:1)
    """


class PropertyNotFound(EvalError):
    """The value has no such property.

    >>> try:
    ...     Engine().eval("[1].nope")
    ... except PropertyNotFound as error:
    ...     error.message
    "Unknown property 'nope' - a getter is not registered for type 'array'"
    """


class IndexOutOfBounds(EvalError):
    """An index lies outside the array, string or bit field.

    >>> Engine().eval("[][0]")
    Traceback (most recent call last):
    rhai.errors.IndexOutOfBounds: Array index 0 out of bounds: array is empty (<script>:1:4)
    """


class TypeMismatch(EvalError):
    """A value has another type than the operation needs.

    >>> Engine().eval("let x = 1; if x { 2 }")
    Traceback (most recent call last):
    rhai.errors.TypeMismatch: Data type incorrect: i64 (expecting bool) (<script>:1:15)
    """


class ArithmeticError(EvalError):
    """Overflow, division by zero, a text that is no number, and the like.

    >>> Engine().eval("1 / 0")
    Traceback (most recent call last):
    rhai.errors.ArithmeticError: Division by zero: 1 / 0 (<script>:1:3)
    """


class ModuleNotFound(EvalError):
    """An `import` named a module that no resolver offers.

    >>> Engine().eval('import "dice" as d;')
    Traceback (most recent call last):
    rhai.errors.ModuleNotFound: Module not found: dice (<script>:1:8)
    """


class ScriptThrow(EvalError):
    """The script said `throw`; `value` is what it threw, converted.

    `parse_json` and a failing comparer of `sort` throw as well: their message.

    >>> try:
    ...     Engine().eval("throw #{ code: 7 }")
    ... except ScriptThrow as error:
    ...     error.value
    {'code': 7}
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
    """A limit of `Limits` was reached.

    >>> try:
    ...     Engine(Limits(operations=1000)).eval("try { loop {} } catch {}")
    ... except LimitError as error:
    ...     type(error).__name__
    'OperationsLimit'
    """


class OperationsLimit(LimitError):
    """`Limits.operations` was reached.

    >>> Engine(Limits(operations=1000)).eval("loop {}")
    Traceback (most recent call last):
    rhai.errors.OperationsLimit: the script used up its operations ...
    """


class MemoryLimit(LimitError):
    """`Limits.memory` was reached, or one call would have passed it.

    >>> Engine().eval("blob(3000000000)")
    Traceback (most recent call last):
    rhai.errors.MemoryLimit: the script needs more memory than it may use ...
    """


class DataSizeLimit(LimitError):
    """A string, array, map or the nesting of values grew past its limit.

    >>> Engine(Limits(array=2)).eval("[1, 2, 3]")
    Traceback (most recent call last):
    rhai.errors.DataSizeLimit: Size of array literal exceeds the maximum limit (2) (<script>:1:8)
    """


class StackLimit(LimitError):
    """Calls or expressions nest too deeply.

    >>> Engine().eval("fn f() { f() } f()")
    Traceback (most recent call last):
    rhai.errors.StackLimit: Stack overflow (<script>:1:16)
    """


class Terminated(RhaiError):
    """The script was stopped from outside.

    >>> issubclass(Timeout, Terminated), issubclass(Cancelled, Terminated)
    (True, True)
    """


class Timeout(Terminated):
    """`Limits.timeout` ran out.

    >>> Engine(Limits(timeout=0.01)).eval("sleep(60)")
    Traceback (most recent call last):
    rhai.errors.Timeout: the script ran out of time (<script>:1:1)
    """


class Cancelled(Terminated):
    """`Engine.cancel` was called.

    >>> engine = Engine()
    >>> _ = engine.register_fn(engine.cancel, name="stop")
    >>> engine.eval("stop(); loop {}")
    Traceback (most recent call last):
    rhai.errors.Cancelled: the script was cancelled ...
    """


class ConversionError(RhaiError, TypeError):
    """A value cannot cross between Python and Rhai.

    >>> Scope({"when": object()})
    Traceback (most recent call last):
    rhai.errors.ConversionError: no Rhai value for Python's object
    """


class EngineBusy(RhaiError):
    """Another thread is running this engine; use one engine a thread.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> def elsewhere() -> str:
    ...     with ThreadPoolExecutor() as pool:
    ...         return str(pool.submit(engine.eval, "1").exception())
    >>> _ = engine.register_fn(elsewhere)
    >>> engine.eval("elsewhere()")
    'another thread is running this engine; use one engine a thread'
    """


class EnginePanic(RhaiError):
    """Rhai, or this binding, broke one of its own rules. Please report it.

    >>> issubclass(EnginePanic, RhaiError)
    True
    """

"""Rhai for Python: run scripts that you did not write, and stay in charge.

>>> import rhai
>>> rhai.Engine().eval("40 + 2")
42
>>> rhai.rhai_version.partition(".")[0]
'1'
"""

from collections.abc import MutableMapping
from typing import Any

from rhai._rhai import AST, Engine, FnPtr, FunctionInfo, Instance, ScopeBase, rhai_version
from rhai.errors import (
    ArithmeticError,
    Cancelled,
    ConversionError,
    DataSizeLimit,
    EngineBusy,
    EnginePanic,
    EvalError,
    Frame,
    FunctionNotFound,
    IndexOutOfBounds,
    LimitError,
    MemoryLimit,
    ModuleNotFound,
    OperationsLimit,
    ParseError,
    PropertyNotFound,
    RhaiError,
    ScriptThrow,
    StackLimit,
    Terminated,
    Timeout,
    TypeMismatch,
    VariableNotFound,
)
from rhai.limits import Limits
from rhai.resolvers import CallableResolver, Chain, DirResolver, Resolver, StaticResolver


class Scope(ScopeBase, MutableMapping[str, Any]):
    """The variables of a script, as a mapping from names to values.

    >>> scope = Scope({"hp": 30})
    >>> Engine().eval("hp -= 5; hp", scope)
    25
    >>> scope["hp"]
    25
    """


__all__ = [
    "AST",
    "ArithmeticError",
    "CallableResolver",
    "Cancelled",
    "Chain",
    "ConversionError",
    "DataSizeLimit",
    "DirResolver",
    "Engine",
    "EngineBusy",
    "EnginePanic",
    "EvalError",
    "FnPtr",
    "Frame",
    "FunctionInfo",
    "FunctionNotFound",
    "IndexOutOfBounds",
    "Instance",
    "LimitError",
    "Limits",
    "MemoryLimit",
    "ModuleNotFound",
    "OperationsLimit",
    "ParseError",
    "PropertyNotFound",
    "Resolver",
    "RhaiError",
    "Scope",
    "ScriptThrow",
    "StackLimit",
    "StaticResolver",
    "Terminated",
    "Timeout",
    "TypeMismatch",
    "VariableNotFound",
    "rhai_version",
]

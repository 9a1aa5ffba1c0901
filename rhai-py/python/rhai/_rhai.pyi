"""The native half of `rhai`."""

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeVar, final, overload

from typing_extensions import disjoint_base

from rhai import Scope
from rhai.limits import Limits
from rhai.resolvers import Resolver

__all__ = [
    "AST",
    "Engine",
    "FnPtr",
    "FunctionInfo",
    "Instance",
    "ScopeBase",
    "rhai_version",
]

_F = TypeVar("_F", bound=Callable[..., Any])

rhai_version: Final[str]
"""The version of the Rhai language crate inside."""

@final
class FunctionInfo:
    """One function of a script: its name, the names of its parameters, its doc comment."""

    @property
    def name(self) -> str: ...
    @property
    def params(self) -> list[str]: ...
    @property
    def doc(self) -> str | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class AST:
    """A compiled script. Immutable, so engines and threads may share it."""

    @property
    def name(self) -> str | None:
        """The name given to `Engine.compile`, or None."""

    @property
    def functions(self) -> tuple[FunctionInfo, ...]:
        """The functions that the script defines, by name, then by number of parameters."""

    @property
    def imports(self) -> tuple[str, ...]:
        """The modules that the script imports by a literal name, each once, in source order."""

    def merge(self, other: AST) -> AST:
        """A script that runs this one's top level, then the other's, with the functions of both.

        Where both define a function with the same number of parameters, the other's counts.
        """

@final
class FnPtr:
    """A function or closure of a script that Python can call.

    Returned by scripts and passed to callbacks; never made by Python. It keeps the script and
    the variables that a closure captured. Calling it raises what the script raises.
    """

    @property
    def name(self) -> str:
        """The name of the function; closures have generated names."""

    @property
    def is_anonymous(self) -> bool:
        """Whether this is a closure."""

    def __call__(self, /, *args: Any) -> Any: ...

@disjoint_base
class ScopeBase:
    """The native half of `rhai.Scope`."""

    def __new__(
        cls, variables: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, /
    ) -> ScopeBase: ...
    def constant(self, name: str, value: Any) -> None:
        """Define a constant, which scripts cannot assign to.

        Raises TypeError when the name already is one.
        """

    def is_constant(self, name: str) -> bool:
        """Whether a name is a constant. Raises KeyError for a name that is not there."""

    def __getitem__(self, name: str, /) -> Any: ...
    def __setitem__(self, name: str, value: Any, /) -> None: ...
    def __delitem__(self, name: str, /) -> None: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __iter__(self, /) -> Iterator[str]: ...
    def __len__(self, /) -> int: ...

@final
class Instance:
    """A script that ran once and keeps its state. Made by `Engine.instantiate`.

    Functions see the state as `this`, a map; closures keep what they captured.
    """

    def call(self, name: str, *args: Any) -> Any:
        """Call a function of the script and return its result.

        Raises FunctionNotFound when there is no such function; what else `Engine.eval` raises.
        """

    def acall(self, name: str, *args: Any) -> Coroutine[Any, Any, Any]:
        """As `call`, in a thread: `await mod.acall("f", 1)`. Cancelling the task stops the script.

        One call at a time may be inside an engine; a second raises EngineBusy.
        """

    def cancel(self) -> None:
        """Stop the script that runs on this instance's engine, as `Engine.cancel` does."""

    def has(self, name: str, arity: int | None = None) -> bool:
        """Whether the script defines a function; with `arity`, one with so many parameters."""

    @property
    def state(self) -> dict[str, Any]:
        """The state map as a copy; assign a dict to replace it, as on a hot reload."""

    @state.setter
    def state(self, value: dict[str, Any], /) -> None: ...
    @property
    def scope(self) -> Scope:
        """The top-level variables and constants. Setting a variable here changes the script's."""

    @property
    def name(self) -> str | None:
        """The compiled script's name, or None."""

    def close(self) -> None:
        """Free the state. Later calls, also through FnPtr, raise RhaiError.

        Harmless when repeated.
        """

@final
class Engine:
    """Runs scripts, within `limits`, with the functions registered on it.

    An engine is cheap (microseconds, a few hundred bytes): give each mod its own. One thread at a
    time may be inside; a second gets EngineBusy. Scripts reach nothing but what is registered.

    `resolver` finds what scripts `import`; without one, nothing. Each instance, and the engine
    for `eval`, `run` and `call`, runs a module once, and all share the limits of the call.

    `packages` are those of Rhai that scripts have: "standard", which is all of them, or some of
    "core" (that is "language_core", "arithmetic", "basic_string", "basic_iterator" and "basic_fn"),
    "bit_field", "logic", "basic_math", "basic_array", "basic_blob", "basic_map", "basic_time" and
    "more_string". Raises ValueError for others.

    `optimize` is "simple", which computes constant expressions while compiling and drops what has
    no effect, or "none". A script without mistakes gives the same with both. These mistakes pass
    unseen with "simple": a name that is not there, alone in a statement whose value nobody uses; an
    import that is not there, in a block of nothing but imports; a value that is no bool, beside a
    literal `true` or `false` (`x && true` is `x`) or before an empty block (`if x {}`). And where a
    back-tick string has a literal array or map in it, that one's characters print with quotes.

    `print` and `debug` take what scripts print: `print(text)` and `debug(text, source, line)`;
    without them it goes to `print`. `disable` names functions, keywords and operators to refuse.
    """

    def __new__(
        cls,
        limits: Limits | None = None,
        *,
        packages: Iterable[str] = ...,
        resolver: Resolver | None = None,
        print: Callable[[str], object] | None = None,
        debug: Callable[[str, str | None, int | None], object] | None = None,
        optimize: Literal["simple", "none"] = "simple",
        strict_variables: bool = False,
        disable: Iterable[str] = ...,
    ) -> Engine: ...
    def compile(self, source: str, *, name: str | None = None) -> AST:
        """Compile a script, to be run later, by any engine. `name` shows in errors.

        Raises ParseError, and LimitError for sources past `expr_depth` or `memory`.
        """

    def eval(self, source: str | AST, scope: Scope | None = None) -> Any:
        """Run a script and return the value of its last expression.

        With `scope`, the script sees its variables and leaves its own there. Raises EvalError,
        LimitError or Terminated; ConversionError for a result that Python has no value for.
        """

    def run(self, source: str | AST, scope: Scope | None = None) -> None:
        """Run a script for what it does; the same as `eval` without a result."""

    def call(self, ast: AST, name: str, *args: Any) -> Any:
        """Call a function of a script, without running its top level, and return its result.

        For state that lasts between calls, use `instantiate`.
        """

    def instantiate(
        self,
        ast: AST,
        *,
        constants: dict[str, Any] | None = None,
        state: dict[str, Any] | None = None,
    ) -> Instance:
        """Run the top level of a script once and return it with the state that it keeps.

        `constants` and the script's own top-level constants are visible in its functions, by
        name and as `global::NAME`. `state` is the map that functions see as `this`.
        """

    @overload
    def register_fn(self, fn: _F, *, name: str | None = None) -> _F: ...
    @overload
    def register_fn(self, fn: None = None, *, name: str | None = None) -> Callable[[_F], _F]:
        """Make a Python function callable from scripts; usable as a decorator.

        Parameters annotated int, float, str, bool, bytes, list, dict or FnPtr take only that
        type, and float also takes an int; others take any. A default makes an overload for each
        number of arguments. Raises TypeError for `*args`; RhaiError while a script runs.
        """

    def register_operator(self, name: str, precedence: int, fn: Callable[[Any, Any], Any]) -> None:
        """Let scripts write `a NAME b` for a call of a Python function with both operands.

        `name` is a word, or a symbol that Rhai keeps free: #, @, $, ~, ++, --, ->, <-, === and the
        like. `precedence` is 1 to 255, larger binds tighter: Rhai's || has 30, && 60, == 90, < 130,
        + 150, * 180, << 210. The function's annotations count as in `register_fn`.

        Raises ValueError for a name or a precedence that Rhai does not take, TypeError for a
        function that does not take two arguments.
        """

    def register_type(
        self,
        cls: type,
        *,
        name: str | None = None,
        methods: Iterable[str] = ...,
        properties: Iterable[str] = ...,
        writable: Iterable[str] = ...,
    ) -> None:
        """Let instances of a class cross into scripts, which see what is listed and nothing else.

        They come back as the same objects. Scripts call `methods`, read `properties` and
        `writable`, and assign to `writable`. The class is matched exactly; `name`, by default its
        own, is its type in scripts: what `type_of` and errors say. Classes beyond the 63 that Rhai
        can tell apart are of type "object".

        Raises TypeError for names with a leading underscore, and for methods that the class does
        not have.
        """

    def register_module(self, name: str, members: dict[str, Any]) -> None:
        """Offer functions and constants as `name::member`, without an import."""

    def cancel(self) -> None:
        """Stop the script that runs on this engine, from another thread or a callback.

        It raises Cancelled where it was called. Does nothing when no script runs.
        """

    def signatures(self) -> list[str]:
        """The registered functions as scripts see them, one line an overload, sorted."""

"""The native half of `rhai`.

The examples run after `from rhai import *` and `engine = Engine()`.
"""

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
    """One function of a script: its name, the names of its parameters, its doc comment.

    >>> info = engine.compile("/** Adds. */ fn add(a, b) { a + b }").functions[0]
    >>> info.name, info.params, info.doc
    ('add', ['a', 'b'], 'Adds.')
    """

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
    """A compiled script. Immutable, so engines and threads may share it.

    >>> ast = engine.compile('import "dice" as d; fn roll() { d::SIDES }', name="game.rhai")
    >>> ast.name, ast.functions, ast.imports
    ('game.rhai', (<rhai.FunctionInfo roll()>,), ('dice',))
    """

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

        >>> base, mod = engine.compile("fn hp() { 10 }"), engine.compile("fn hp() { 20 }")
        >>> engine.call(base.merge(mod), "hp")
        20
        """

@final
class FnPtr:
    """A function or closure of a script that Python can call.

    Returned by scripts and passed to callbacks; never made by Python. It keeps the script and
    the variables that a closure captured. Calling it raises what the script raises.

    >>> double = engine.eval("|x| x * 2")
    >>> double(21), double.is_anonymous, engine.eval('Fn("abs")').name
    (42, True, 'abs')
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

        >>> scope = Scope()
        >>> scope.constant("MAX", 9)
        >>> engine.eval("MAX + 1", scope), scope.is_constant("MAX")
        (10, True)
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

    >>> source = "let hits = 0; fn hit(n) { hits += 1; this.hp -= n; this.hp }"
    >>> orc = engine.instantiate(engine.compile(source, name="orc.rhai"), state={"hp": 30})
    >>> orc.call("hit", 5), orc.state, orc.scope["hits"]
    (25, {'hp': 25}, 1)
    >>> orc.has("hit", arity=1), orc.name
    (True, 'orc.rhai')
    >>> orc.close()
    """

    def call(self, name: str, *args: Any) -> Any:
        """Call a function of the script and return its result.

        Raises FunctionNotFound when there is no such function; what else `Engine.eval` raises.
        """

    def acall(self, name: str, *args: Any) -> Coroutine[Any, Any, Any]:
        """As `call`, in a thread: `await mod.acall("f", 1)`. Cancelling the task stops the script.

        One call at a time may be inside an engine; a second raises EngineBusy.

        >>> import asyncio
        >>> mod = engine.instantiate(engine.compile("fn next(n) { n + 1 }"))
        >>> asyncio.run(mod.acall("next", 1))
        2
        """

    def cancel(self) -> None:
        """Stop the script that runs on this instance's engine, as `Engine.cancel` does.

        >>> _ = engine.register_fn(lambda: mod.cancel(), name="stop")
        >>> mod = engine.instantiate(engine.compile("fn f() { stop(); loop {} }"))
        >>> mod.call("f")
        Traceback (most recent call last):
        rhai.errors.Cancelled: the script was cancelled
        """

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

    >>> engine = Engine(Limits(timeout=0.5), disable=["eval"])
    >>> engine.eval("let x = 20; x * 2 + 2")
    42
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

        >>> engine.compile("fn f() { 1 }", name="main.rhai")
        <rhai.AST main.rhai>
        """

    def eval(self, source: str | AST, scope: Scope | None = None) -> Any:
        """Run a script and return the value of its last expression.

        With `scope`, the script sees its variables and leaves its own there. Raises EvalError,
        LimitError or Terminated; ConversionError for a result that Python has no value for.

        >>> engine.eval("[hp, hp / 2]", Scope({"hp": 5}))
        [5, 2]
        """

    def run(self, source: str | AST, scope: Scope | None = None) -> None:
        """Run a script for what it does; the same as `eval` without a result.

        >>> engine.run('print("hello")')
        hello
        """

    def call(self, ast: AST, name: str, *args: Any) -> Any:
        """Call a function of a script, without running its top level, and return its result.

        For state that lasts between calls, use `instantiate`.

        >>> engine.call(engine.compile("fn add(a, b) { a + b }"), "add", 1, 2)
        3
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

        >>> ast = engine.compile("fn heal(n) { this.hp = min(this.hp + n, MOST) }")
        >>> mod = engine.instantiate(ast, constants={"MOST": 30}, state={"hp": 28})
        >>> mod.call("heal", 5)
        >>> mod.state
        {'hp': 30}
        """

    @overload
    def register_fn(self, fn: _F, *, name: str | None = None) -> _F: ...
    @overload
    def register_fn(self, fn: None = None, *, name: str | None = None) -> Callable[[_F], _F]:
        """Make a Python function callable from scripts; usable as a decorator.

        Parameters annotated int, float, str, bool, bytes, list, dict or FnPtr take only that
        type, and float also takes an int; others take any. A default makes an overload for each
        number of arguments. Raises TypeError for `*args`; RhaiError while a script runs.

        >>> @engine.register_fn
        ... def damage(target: str, amount: int = 1) -> str:
        ...     return f"{target} loses {amount}"
        >>> engine.eval('damage("orc")')
        'orc loses 1'
        """

    def register_operator(self, name: str, precedence: int, fn: Callable[[Any, Any], Any]) -> None:
        """Let scripts write `a NAME b` for a call of a Python function with both operands.

        `name` is a word, or a symbol that Rhai keeps free: #, @, $, ~, ++, --, ->, <-, === and the
        like. `precedence` is 1 to 255, larger binds tighter: Rhai's || has 30, && 60, == 90, < 130,
        + 150, * 180, << 210. The function's annotations count as in `register_fn`.

        Raises ValueError for a name or a precedence that Rhai does not take, TypeError for a
        function that does not take two arguments.

        >>> engine.register_operator("before", 130, lambda a, b: a < b)
        >>> engine.eval("1 + 2 before 2 * 2")
        True
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

        >>> class Player:
        ...     hp = 5
        ...     def heal(self, by: int) -> None:
        ...         self.hp += by
        >>> engine.register_type(Player, methods=["heal"], properties=["hp"])
        >>> engine.eval("p.heal(3); [p.hp, type_of(p)]", Scope({"p": Player()}))
        [8, 'Player']
        """

    def register_module(self, name: str, members: dict[str, Any]) -> None:
        """Offer functions and constants as `name::member`, without an import.

        >>> engine.register_module("game", {"MAX": 100, "half": lambda n: n // 2})
        >>> engine.eval("game::half(game::MAX)")
        50
        """

    def cancel(self) -> None:
        """Stop the script that runs on this engine, from another thread or a callback.

        It raises Cancelled where it was called. Does nothing when no script runs.

        >>> _ = engine.register_fn(engine.cancel, name="stop")
        >>> engine.eval("stop(); loop {}")
        Traceback (most recent call last):
        rhai.errors.Cancelled: the script was cancelled ...
        """

    def signatures(self) -> list[str]:
        """The registered functions as scripts see them, one line an overload, sorted.

        >>> _ = engine.register_fn(lambda who, by=1: None, name="heal")
        >>> engine.signatures()
        ['heal(who: Dynamic) -> Dynamic', 'heal(who: Dynamic, by: Dynamic) -> Dynamic']
        """

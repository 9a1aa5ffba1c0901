"""Python objects in scripts: what of them each engine shows.

An object crosses as it is, and a script can do with it what `Engine.register_type` lists: no other
attribute is reachable, by any name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, NamedTuple
from weakref import finalize

from rhai.errors import FunctionNotFound, PropertyNotFound
from rhai.signature import method_overloads

# The ids of the classes whose instances may cross, each with the smallest number that was free.
NUMBERS: dict[int, int] = {}


class Entry(NamedTuple):
    """One function as Rhai registers it."""

    name: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]
    overloads: list[str]


class Listed(NamedTuple):
    """What an engine learns about a class."""

    number: int
    name: str
    members: list[Entry]


class Member:
    """One name of one or more classes. `use` gets the object, the name and the arguments."""

    def __init__(self, name: str, use: Callable[..., Any], missing: type[Exception]) -> None:
        self._name = name
        self._use = use
        self._missing = missing
        self.classes: set[type] = set()

    def __call__(self, target: Any, *args: Any) -> Any:
        """Use the member, if the object's class lists it."""
        if type(target) not in self.classes:
            raise self._missing(f"{type(target).__name__} has no {self._name}")
        return self._use(target, self._name, *args)


class Registry:
    """The members that one engine shows."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        # A number is free again when its class is gone, so classes stay as long as the engine.
        self._classes: set[type] = set()

    def add(
        self,
        cls: type,
        name: str | None,
        methods: Iterable[str],
        properties: Iterable[str],
        writable: Iterable[str],
        fn_ptr: type,
    ) -> Listed:
        """List members of a class. Raises TypeError for names that cannot be listed."""
        writable = list(writable)
        readable = list(dict.fromkeys([*properties, *writable]))
        for each in (methods := list(methods)):
            check(each)
            if not callable(getattr(cls, each, None)):
                raise TypeError(f"{cls.__name__} has no method {each}")
        for each in readable:
            check(each)
        self._classes.add(cls)
        members = [
            *(self._method(cls, each, fn_ptr) for each in methods),
            *(
                self._property(cls, f"get${each}", each, getattr, ("self",), "o")
                for each in readable
            ),
            *(
                self._property(cls, f"set${each}", each, setattr, ("self", "value"), "oa")
                for each in writable
            ),
        ]
        return Listed(number(cls), name or cls.__name__, members)

    def _method(self, cls: type, name: str, fn_ptr: type) -> Entry:
        parameters, overloads = method_overloads(cls, name, fn_ptr)
        member = self._members.setdefault(name, Member(name, call, FunctionNotFound))
        member.classes.add(cls)
        return Entry(name, member, parameters, overloads)

    def _property(
        self,
        cls: type,
        key: str,
        name: str,
        use: Callable[..., Any],
        parameters: tuple[str, ...],
        kinds: str,
    ) -> Entry:
        member = self._members.setdefault(key, Member(name, use, PropertyNotFound))
        member.classes.add(cls)
        return Entry(key, member, parameters, [kinds])


def number(cls: type) -> int:
    """The number of a class, a new one for a new class, given back when that is gone."""
    key = id(cls)
    if key not in NUMBERS:
        taken = set(NUMBERS.values())
        NUMBERS[key] = next(n for n in count() if n not in taken)
        finalize(cls, NUMBERS.pop, key)
    return NUMBERS[key]


def call(target: Any, name: str, *args: Any) -> Any:
    """Call a method by name."""
    return getattr(target, name)(*args)


def check(name: str) -> None:
    """Refuse names that a script cannot write, or that Python keeps to itself."""
    if not name.isidentifier() or name.startswith("_"):
        raise TypeError(f"{name!r} cannot be listed: names are identifiers without leading _")

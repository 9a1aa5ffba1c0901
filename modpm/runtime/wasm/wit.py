"""Types of components in the words of WIT, as far as a component still knows them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from wasmtime import component as c

from modpm.runtime.wasm.abi import VALUE, shape

LENGTH = 1_000
"""Words that one function is told in: a few types inside one another can stand for millions."""
_VALUE = [case[0] for case in VALUE[1:]]


def spelled(function: c.FuncType) -> str:
    """Return a function's type; what is too long ends in dots."""
    words = list(islice(_function(function), LENGTH + 1))
    return "".join(words[:LENGTH]) + (" ..." if len(words) > LENGTH else "")


def _function(function: c.FuncType) -> Iterator[str]:
    yield "func("
    yield from _listed((name, kind) for name, kind in function.params)
    yield ")"
    result = function.result
    if result is not None:
        yield " -> "
        yield from _words(result)


def _words(kind: c.ValType | None) -> Iterator[str]:
    match kind:
        case None:
            yield "_"
        case c.ListType():
            yield from _of("list", kind.element)
        case c.OptionType():
            yield from _of("option", kind.payload)
        case c.ResultType():
            yield from _of("result", kind.ok, kind.err)
        case c.TupleType():
            yield from _of("tuple", *kind.elements)
        case c.FutureType():
            yield from _of("future", kind.payload)
        case c.StreamType():
            yield from _of("stream", kind.payload)
        case c.RecordType():
            yield from _braced("record", kind.fields)
        case c.VariantType():
            yield from ["value"] if _is_value(kind) else _cases(kind.cases)
        case c.EnumType() | c.FlagsType():
            name = "enum" if isinstance(kind, c.EnumType) else "flags"
            yield f"{name} {{{', '.join(kind.names)}}}"
        case c.OwnType():
            yield "resource"
        case c.BorrowType():
            yield "borrow<resource>"
        case _:
            yield type(kind).__name__.lower()


def _is_value(kind: c.VariantType) -> bool:
    """Return whether it is modpm:mod's own variant; its name is lost, and it is everywhere."""
    return [name for name, _ in kind.cases] == _VALUE and shape(kind) == "value"


def _of(name: str, *kinds: c.ValType | None) -> Iterator[str]:
    yield f"{name}<"
    for number, kind in enumerate(kinds):
        yield ", " if number else ""
        yield from _words(kind)
    yield ">"


def _braced(name: str, fields: Iterable[tuple[str, c.ValType]]) -> Iterator[str]:
    yield f"{name} {{"
    yield from _listed(fields)
    yield "}"


def _listed(fields: Iterable[tuple[str, c.ValType]]) -> Iterator[str]:
    for number, (name, kind) in enumerate(fields):
        yield f"{', ' if number else ''}{name}: "
        yield from _words(kind)


def _cases(cases: Iterable[tuple[str, c.ValType | None]]) -> Iterator[str]:
    yield "variant {"
    for number, (name, payload) in enumerate(cases):
        yield f"{', ' if number else ''}{name}"
        if payload is not None:
            yield "("
            yield from _words(payload)
            yield ")"
    yield "}"

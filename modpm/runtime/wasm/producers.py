"""Who made a component: its `producers` sections and those of all that is in it.

The binary format: https://webassembly.github.io/spec/core/binary and, for components,
https://github.com/WebAssembly/component-model. Of untrusted bytes: what is cut off, or lies about
its length, ends the reading there.
"""

from collections.abc import Iterator

from msgspec import Struct

SECTIONS = 10_000
"""How many sections are looked at; no honest component has so many."""
NAMES = 100
"""How many producers are told."""
TOLD = 60
"""How much of each name and version is told, in characters."""
_HEAD = 8
_CUSTOM = 0
_NESTED = {b"\x0d\0\x01\0": (1, 4)}
"""By the second half of the head: the sections in which there are modules and components."""
_FIELDS = ("language", "processed-by", "sdk")


class Producer(Struct, frozen=True, order=True):
    """A language, tool or SDK that made some part. `role`: language, processed-by or sdk."""

    role: str
    name: str
    version: str


class _End(Exception):
    """The bytes end before what they promise."""


def producers(component: bytes) -> tuple[Producer, ...]:
    """Return who made the component or the module, each once, sorted."""
    found: set[Producer] = set()
    parts, looked = [memoryview(component)], 0
    while parts:
        part = parts.pop()
        nested = _NESTED.get(bytes(part[4:_HEAD]), ())
        for kind, content in _sections(part[_HEAD:]):
            looked += 1
            if looked > SECTIONS or len(found) > NAMES:
                return tuple(sorted(found)[:NAMES])
            if kind in nested:
                parts.append(content)
            elif kind == _CUSTOM:
                found.update(_of_custom(content))
    return tuple(sorted(found))


def _sections(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    try:
        while content:
            kind = content[0]
            size, content = _number(content[1:])
            yield kind, content[:size]
            content = content[size:]
    except _End:
        return


def _of_custom(content: memoryview) -> Iterator[Producer]:
    try:
        name, content = _text(content)
        if name != "producers":
            return
        fields, content = _number(content)
        for _ in range(min(fields, len(_FIELDS))):
            role, content = _text(content)
            count, content = _number(content)
            for _ in range(min(count, NAMES)):
                made, content = _text(content)
                version, content = _text(content)
                if role in _FIELDS:
                    yield Producer(role, made[:TOLD], version[:TOLD])
    except _End:
        return


def _text(content: memoryview) -> tuple[str, memoryview]:
    size, content = _number(content)
    if size > len(content):
        raise _End
    return bytes(content[:size]).decode(errors="replace"), content[size:]


def _number(content: memoryview) -> tuple[int, memoryview]:
    """Return the unsigned LEB128 number of at most 32 bits, and what follows it."""
    value = 0
    for at in range(min(5, len(content))):
        value |= (content[at] & 0x7F) << 7 * at
        if content[at] < 0x80:
            return value, content[at + 1 :]
    raise _End

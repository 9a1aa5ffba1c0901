"""What a component is, told without running any of it."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from modpm.errors import InvalidFormat
from modpm.runtime.wasm import aot
from modpm.runtime.wasm.producers import Producer, producers

if TYPE_CHECKING:
    from wasmtime import Engine
    from wasmtime.component import Component
    from wasmtime.component._types import ComponentExtern

    Externs = Mapping[str, ComponentExtern]

FUNCTIONS = 1_000
"""How many functions are told of each interface, and how many interfaces."""
GRANTS = {"wasi:filesystem": "files", "wasi:clocks": "clock"}
"""By the WASI package that a component imports: what [permissions] would have to say."""


class Function(Struct, frozen=True):
    """A function, and its type in the words of WIT."""

    name: str
    type: str


class Interface(Struct, frozen=True):
    """What a component imports or exports under one name; "" stands for the component itself."""

    name: str
    functions: tuple[Function, ...]


class Description(Struct, frozen=True):
    """A component.

    `world` is the one of modpm's that it was built for, None if it is none of them; `problem` says
    why it cannot be played. `permissions` are what it has a use for, if they are granted.
    """

    size: int
    world: str | None
    problem: str | None
    producers: tuple[Producer, ...]
    permissions: tuple[str, ...]
    imports: tuple[Interface, ...]
    exports: tuple[Interface, ...]


def describe(
    path: Path,
    mod: str,
    *,
    cache: Path | None = None,
    working: Callable[[], object] = lambda: None,
) -> Description:
    """Return what the component in the file is; it may be compiled for that.

    Raises NotFound, Io, InvalidFormat, LoadFailed or StoreError.
    """
    loaded = aot.component(path, mod, cache=cache, working=working)
    component, engine = loaded.component, loaded.engine
    content = path.read_bytes()
    imports = component.type.imports(engine)
    world, problem = _fit(path, mod, engine, component)
    packages = {name.partition("/")[0] for name in imports}
    return Description(
        size=len(content),
        world=world,
        problem=problem,
        producers=producers(content),
        permissions=tuple(sorted(GRANTS[package] for package in packages & GRANTS.keys())),
        imports=tuple(_interfaces(imports, engine)),
        exports=tuple(_interfaces(component.type.exports(engine), engine)),
    )


def _fit(
    path: Path, mod: str, engine: "Engine", component: "Component"
) -> tuple[str | None, str | None]:
    """Return the world that the component was built for, and why it does not fit."""
    from modpm.runtime.wasm.fit import fit
    from modpm.runtime.wasm.worlds import WORLDS

    kind = component.type
    names = [*kind.imports(engine), *kind.exports(engine)]
    world = next((world.name for world in WORLDS if any(map(world.owns, names))), None)
    try:
        fit(path, mod, component, engine, None)
    except InvalidFormat as error:
        return world, error.reason
    return world, None


def _interfaces(items: "Externs", engine: "Engine") -> Iterator[Interface]:
    from wasmtime.component import ComponentInstanceType

    if own := tuple(_functions(items)):
        yield Interface("", own)
    for name, item in islice(items.items(), FUNCTIONS):
        kind = item.ty
        if isinstance(kind, ComponentInstanceType):
            yield Interface(name, tuple(_functions(kind.exports(engine))))


def _functions(items: "Externs") -> Iterator[Function]:
    from wasmtime.component import FuncType

    from modpm.runtime.wasm.wit import spelled

    for name, item in islice(items.items(), FUNCTIONS):
        kind = item.ty
        if isinstance(kind, FuncType):
            yield Function(name, spelled(kind))

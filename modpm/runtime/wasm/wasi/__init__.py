"""WASI 0.2 for a mod: what its permissions grant, and for the rest what does no harm.

Without `clock` it is always midnight of 1 January 1970. What is random comes from the loadout's
seed. There are no arguments, no environment and no input; what a mod prints goes to its log.
Nothing waits, and there is no network: who asks for it is stopped.
"""

import re
from collections.abc import Callable
from typing import NoReturn

from wasmtime.component import (
    Component,
    ComponentInstanceType,
    FuncType,
    Linker,
    LinkerInstance,
    ResourceType,
)
from wasmtime.component._types import ComponentExtern

from modpm.runtime.api import ModContext
from modpm.runtime.wasm.wasi.resources import Handles, Shapes, define, interrupted, resource
from modpm.runtime.wasm.wasi.shapes import FUNCTIONS, METHODS
from modpm.runtime.wasm.wasi.world import World

__all__ = ["OFFERED", "interrupted", "link"]

OFFERED = re.compile(r"wasi:((?:cli|clocks|filesystem|io|random|sockets)/[a-z-]+)@0\.2\.\d+")
"""The interfaces that can be imported. Sockets only because the libraries of languages ask."""

_METHOD = re.compile(r"\[method\]([a-z-]+)\.([a-z0-9-]+)")

Function = Callable[..., object]


def link(linker: Linker, component: Component, mod: str, context: ModContext) -> None:
    """Define in `linker` what `component` imports of WASI, for one instance of one mod.

    Other imports are left alone.
    """
    functions, handles = World(mod, context).functions(), Handles()
    with linker.root() as root:
        for name, item in component.type.imports(linker.engine).items():
            found = OFFERED.fullmatch(name)
            kind = item.ty if found else None
            if found and isinstance(kind, ComponentInstanceType):
                with root.add_instance(name) as instance:
                    for member, extern in kind.exports(linker.engine).items():
                        _define(instance, found[1], member, extern, functions, handles)


def _define(
    instance: LinkerInstance,
    interface: str,
    name: str,
    extern: ComponentExtern,
    functions: dict[str, Function],
    handles: Handles,
) -> None:
    """Define one member of an interface, as a refusal if it is a function that is not ours."""
    key = f"{interface}.{name}"
    method = _method(name)
    if method is not None:
        define(instance, name, *method, handles)
    elif key in functions:
        define(instance, name, functions[key], FUNCTIONS[key], handles)
    else:
        kind = extern.ty
        if isinstance(kind, ResourceType):
            resource(instance, name, handles)
        elif isinstance(kind, FuncType):
            define(instance, name, _refusal(key), None, handles)


def _method(name: str) -> tuple[Function, Shapes] | None:
    """Return what calls a method of a resource, and its shapes."""
    found = _METHOD.fullmatch(name)
    shapes = METHODS.get(found[1], {}).get(found[2]) if found else None
    if found is None or shapes is None:
        return None
    attribute = found[2].replace("-", "_")

    def call(thing: object, *args: object) -> object:
        return getattr(thing, attribute)(*args)

    return call, ((("borrow", found[1]), *shapes[0]), shapes[1])


def _refusal(key: str) -> Function:
    what = "mods have no network" if key.startswith("sockets/") else "modpm does not offer it"

    def refuse() -> NoReturn:
        raise PermissionError(f"wasi:{key} was called, but {what}")

    return refuse

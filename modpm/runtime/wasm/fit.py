"""Which world a component was built for, and whether it keeps to it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import wasmtime
from msgspec import Struct
from wasmtime.component import Component, ComponentInstanceType, FuncType, Instance
from wasmtime.component._types import ComponentExtern

from modpm.errors import InvalidFormat
from modpm.runtime.wasm import calls, wasi
from modpm.runtime.wasm.abi import Signature, signature
from modpm.runtime.wasm.guest import Bound, Exports, World
from modpm.runtime.wasm.worlds import WORLDS

Externs = Mapping[str, ComponentExtern]


class Fit(Struct, frozen=True):
    """A component's world, which functions it imports of the host there, and what it exports."""

    world: World
    engine: wasmtime.Engine
    imports: Mapping[str, Sequence[str]]
    exports: Exports

    def bind(self, store: calls.Store, instance: Instance) -> Bound:
        """Return the guest's functions of an instance in the store."""
        bound = {}
        for interface, functions in self.exports.items():
            inside = instance.get_export_index(store, interface) if interface else None
            for name, kind in functions.items():
                index = instance.get_export_index(store, name, inside)
                function = instance.get_func(store, index) if index else None
                if function is not None:
                    bound[name] = calls.bind(store, function, kind)
        return bound


def fit(
    path: Path, mod: str, component: Component, engine: wasmtime.Engine, api: str | None
) -> Fit:
    """Return how a component fits the world that it was built for, which is `api` if that is known.

    Raises InvalidFormat.
    """
    try:
        return _fit(component, engine, api)
    except _Misfit as misfit:
        raise InvalidFormat(mod=mod, path=str(path), reason=str(misfit)) from None


class _Misfit(Exception):
    pass


def _fit(component: Component, engine: wasmtime.Engine, api: str | None) -> Fit:
    imports, exports = component.type.imports(engine), component.type.exports(engine)
    world = _world([*imports, *exports])
    if api is not None and not f"{api}.".startswith(f"{world.name}."):
        raise _Misfit(f"built for {world.name}, and its manifest says {api}")
    strange = [n for n in imports if not (world.is_known(n) or wasi.OFFERED.fullmatch(n))]
    if strange:
        raise _Misfit(
            f"imports {', '.join(strange[:3])}, which modpm does not offer; "
            f"it offers {world.offers}, and WASI 0.2"
        )
    wanted = world.wanted(tuple(exports))
    for interface, functions in wanted.items():
        there = _inside(exports[interface], engine) if interface else exports
        for name, expected in functions.items():
            _check(_path(interface, name), there.get(name), expected)
    hosts = {
        name: tuple(_asked(name, _inside(item, engine), world))
        for name, item in imports.items()
        if world.is_host(name)
    }
    return Fit(world, engine, hosts, wanted)


def _world(names: Sequence[str]) -> World:
    for world in WORLDS:
        if any(map(world.owns, names)):
            return world
    known = " and ".join(world.name for world in WORLDS)
    raise _Misfit(f"built for no world that modpm knows, which are {known}")


def _asked(interface: str, there: Externs, world: World) -> Iterator[str]:
    """Yield the names of the host's functions that a component wants."""
    for name, item in there.items():
        if isinstance(item.ty, FuncType):
            if name not in world.imports:
                raise _Misfit(f"imports {_path(interface, name)}, which modpm does not offer")
            _check(_path(interface, name), item, world.imports[name])
            yield name


def _inside(item: ComponentExtern, engine: wasmtime.Engine) -> Externs:
    return item.ty.exports(engine) if isinstance(item.ty, ComponentInstanceType) else {}


def _check(name: str, item: ComponentExtern | None, expected: Signature) -> None:
    """Return if the function is there, and is the one of its world."""
    kind = item.ty if item else None
    if not isinstance(kind, FuncType):
        raise _Misfit(f"does not export {name}")
    try:
        params, result = signature(kind)
    except TypeError:
        params, result = [], "unknown"
    if (list(params), result) != expected:
        raise _Misfit(f"{name} takes or returns other values than its world says")


def _path(interface: str | None, name: str) -> str:
    return f"{interface}#{name}" if interface else name

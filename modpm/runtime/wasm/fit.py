"""Which world a component was built for, and whether it keeps to it."""

from collections.abc import Mapping
from pathlib import Path

import wasmtime
from msgspec import Struct
from wasmtime.component import Component, ComponentInstanceType, FuncType, Instance
from wasmtime.component._types import ComponentExtern

from modpm.errors import InvalidFormat
from modpm.runtime.wasm import calls, wasi
from modpm.runtime.wasm.abi import signature
from modpm.runtime.wasm.guest import Bound, Exports, Signature, World
from modpm.runtime.wasm.worlds import WORLDS


class Fit(Struct, frozen=True):
    """A component's world, what it imports of the host there, and what it exports."""

    world: World
    engine: wasmtime.Engine
    imports: tuple[str, ...]
    exports: Exports

    def bind(self, store: calls.Store, instance: Instance) -> Bound:
        """Return the guest's functions of an instance in the store."""
        bound = {}
        for interface, functions in self.exports.items():
            inside = instance.get_export_index(store, interface) if interface else None
            for name in functions:
                index = instance.get_export_index(store, name, inside)
                function = instance.get_func(store, index) if index else None
                if function is not None:
                    bound[name] = calls.bind(store, function)
        return bound


def fit(id: str, path: Path, component: Component, engine: wasmtime.Engine) -> Fit:
    """Return how a component fits; raise InvalidFormat if it fits no world that modpm knows."""
    kind = component.type
    imports, exports = tuple(kind.imports(engine)), kind.exports(engine)
    for world in WORLDS:
        if wanted := world.wanted(tuple(exports)):
            break
    else:
        known = " and ".join(world.name for world in WORLDS)
        raise _invalid(id, path, f"built for no world that modpm knows: {known}")
    strange = [n for n in imports if not (world.is_known(n) or wasi.OFFERED.fullmatch(n))]
    if strange:
        raise _invalid(id, path, f"imports {strange[0]}, which modpm does not offer")
    for interface, functions in wanted.items():
        _check(id, path, functions, interface, _there(exports, interface, engine))
    return Fit(world, engine, tuple(filter(world.is_host, imports)), wanted)


def _there(
    exports: Mapping[str, ComponentExtern], interface: str | None, engine: wasmtime.Engine
) -> Mapping[str, ComponentExtern]:
    kind = exports[interface].ty if interface else None
    return kind.exports(engine) if isinstance(kind, ComponentInstanceType) else exports


def _check(
    id: str,
    path: Path,
    wanted: Mapping[str, Signature],
    interface: str | None,
    there: Mapping[str, ComponentExtern],
) -> None:
    """Raise InvalidFormat for a function that is missing, or is another than the world's."""
    for name, expected in wanted.items():
        known = f"{interface}#{name}" if interface else name
        kind = there[name].ty if name in there else None
        if not isinstance(kind, FuncType):
            raise _invalid(id, path, f"does not export {known}")
        try:
            params, result = signature(kind)
        except TypeError:
            params, result = [], "unknown"
        if (list(params), result) != expected:
            raise _invalid(id, path, f"{known} takes or returns other values than its world says")


def _invalid(id: str, path: Path, reason: str) -> InvalidFormat:
    return InvalidFormat(mod=id, path=str(path), reason=reason)

"""Components compiled once, at install, and from then on loaded from the cache in milliseconds."""

from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from modpm.disk import long, refusals, remove_tree
from modpm.errors import InvalidFormat, Io, LoadFailed
from modpm.folders import cache_root, data_root
from modpm.runtime.wasm import files
from modpm.runtime.wasm.code_cache import Code, CodeCache, folders, status
from modpm.runtime.wasm.engine import engine

if TYPE_CHECKING:
    from wasmtime import Engine
    from wasmtime.component import Component

    from modpm.runtime.wasm.compiler import Bounds

FOLDER = "aot"
"""Of compiled code, below the cache's root."""
SECRET = "aot.secret"
"""The file of what seals it, below the root of data: who copies a cache does not copy this."""


class Loaded:
    """A component at hand, and its engine.

    Who uses the component keeps this. A component has a finalizer, and while that runs in one
    thread, a weak reference still finds the component in another; this has none.
    """

    __slots__ = ("__weakref__", "component", "engine")

    def __init__(self, component: "Component", engine: "Engine") -> None:
        self.component = component
        self.engine = engine


_loaded_once: WeakValueDictionary[str, Loaded] = WeakValueDictionary()


def prepare(
    path: Path,
    mod: str,
    api: str | None = None,
    *,
    cache: Path | None = None,
    bounds: "Bounds | None" = None,
    working: Callable[[], object] = lambda: None,
) -> None:
    """Have the component in the file compiled; if it is not yet, that is done now.

    A component that is new here must fit its world, which is `api` if that is known. `cache` is the
    cache's root, by default the player's. `working` is called many times a second while it takes
    time. Raises NotFound, Io, InvalidFormat, LoadFailed or StoreError.
    """
    kept, path = _cache(cache), long(path)
    if kept.seen(path):
        return
    from modpm.runtime.wasm.fit import fit

    loaded = _component(kept, path, mod, bounds, working)
    try:
        fit(path, mod, loaded.component, loaded.engine, api)
    except InvalidFormat:
        kept.forget(path)
        raise


def component(
    path: Path,
    mod: str,
    *,
    cache: Path | None = None,
    working: Callable[[], object] = lambda: None,
) -> Loaded:
    """Return the component in the file, from the cache or else compiled now, and its engine.

    Raises what `prepare` does.
    """
    return _component(_cache(cache), long(path), mod, None, working)


def clean(cache: Path) -> int:
    """Remove all code below the cache's root; return the bytes freed. Raises StoreError."""
    root = cache / FOLDER
    with refusals(root):
        return sum(map(remove_tree, folders(root)))


def _component(
    cache: CodeCache,
    path: Path,
    mod: str,
    bounds: "Bounds | None",
    working: Callable[[], object],
) -> Loaded:
    from wasmtime import WasmtimeError

    code = _code(cache, path, mod, bounds, working)
    try:
        return _loaded(code)
    except WasmtimeError:  # another machine's, whose processor can more
        cache.remove(code)
    try:
        return _loaded(_code(cache, path, mod, bounds, working))
    except WasmtimeError as error:
        reason = files.root_cause(str(error))
        raise LoadFailed(mod=mod, reason=reason, file=str(path)) from error


def _cache(root: Path | None) -> CodeCache:
    return CodeCache((root or cache_root()) / FOLDER, data_root() / SECRET)


def _code(
    cache: CodeCache,
    path: Path,
    mod: str,
    bounds: "Bounds | None",
    working: Callable[[], object],
) -> Code:
    if code := cache.seen(path):
        return code
    files.check(mod, path)
    try:
        before = status(path)
        with path.open("rb") as file:
            sha256 = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Io(mod=mod, path=str(path), reason=error.strerror or str(error)) from error
    code = cache.find(sha256) or _compiled(cache, path, sha256, mod, bounds, working)
    cache.see(path, before, code)
    return code


def _compiled(
    cache: CodeCache,
    path: Path,
    sha256: str,
    mod: str,
    bounds: "Bounds | None",
    working: Callable[[], object],
) -> Code:
    from modpm.runtime.wasm import compiler

    with cache.place() as made:
        try:
            asynchronous = compiler.compile(
                path, sha256, made, bounds or compiler.Bounds(), working
            )
        except compiler.Invalid as error:
            raise InvalidFormat(mod=mod, path=str(path), reason=str(error)) from error
        except compiler.NotCompiled as error:
            raise LoadFailed(mod=mod, reason=str(error), file=str(path)) from error
        return cache.add(sha256, made, asynchronous)


def _loaded(code: Code) -> Loaded:
    """Return the component, one for all who load it."""
    from wasmtime.component import Component

    fitting, file = engine(code.asynchronous), str(code.file)
    loaded = _loaded_once.get(file)
    if loaded is None:
        try:
            component = Component.deserialize_file(fitting, file)
        except UnicodeEncodeError:  # wasmtime takes paths as UTF-8 only
            component = Component.deserialize(fitting, code.file.read_bytes())
        loaded = _loaded_once[file] = Loaded(component, fitting)
    return loaded

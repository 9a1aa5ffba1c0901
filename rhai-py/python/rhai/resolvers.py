"""Where `import` finds modules.

A resolver is anything that takes a module's name and returns its source, an AST, or None when it
has no such module: `Engine(resolver=...)` takes functions as well as these classes.

>>> find: Resolver = {"dice": "export const SIDES = 6;"}.get
>>> Engine(resolver=find).eval('import "dice" as d; d::SIDES')
6
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TypeAlias

from rhai._rhai import AST
from rhai.errors import DataSizeLimit, ParseError

Resolver: TypeAlias = Callable[[str], "str | AST | None"]

SUFFIX = ".rhai"
MIB = 1024 * 1024
# Names that some system reads as a drive, a stream, another separator or the end of a text.
_UNSAFE = frozenset('\\:\0<>|?*"')


class StaticResolver:
    """Modules by name, from a mapping.

    >>> engine = Engine(resolver=StaticResolver({"math": "fn twice(n) { n * 2 }"}))
    >>> engine.eval('import "math" as m; m::twice(21)')
    42
    """

    def __init__(self, modules: Mapping[str, str | AST]) -> None:
        self._modules = dict(modules)

    def __call__(self, name: str) -> str | AST | None:
        """The module of this name, or None."""
        return self._modules.get(name)


class CallableResolver:
    """Modules from a function, which returns None for names that it does not know.

    >>> CallableResolver(lambda name: f"export const NAME = `{name}`;")("x")
    'export const NAME = `x`;'
    """

    def __init__(self, find: Resolver) -> None:
        self._find = find

    def __call__(self, name: str) -> str | AST | None:
        """What the function says."""
        return self._find(name)


class Chain:
    """Several resolvers; the first that has the module wins.

    >>> Chain(StaticResolver({"a": "1"}), StaticResolver({"a": "2", "b": "3"}))("b")
    '3'
    """

    def __init__(self, *resolvers: Resolver) -> None:
        self._resolvers = resolvers

    def __call__(self, name: str) -> str | AST | None:
        """The module from the first resolver that has it."""
        found = (resolver(name) for resolver in self._resolvers)
        return next((module for module in found if module is not None), None)


class DirResolver:
    """Modules from the `.rhai` files below a folder, which no name can leave.

    `import "lib/dice"` is the file `lib/dice.rhai`, wherever the importing script lies. Absolute
    names, `..`, and links that lead out of the folder find nothing. A file larger than `max_size`
    bytes raises DataSizeLimit, and one that is not UTF-8 ParseError.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "dice.rhai").write_text("fn worst() { 1 }")
    ...     Engine(resolver=DirResolver(folder)).eval('import "dice" as d; d::worst()')
    1
    """

    def __init__(self, folder: str | os.PathLike[str], *, max_size: int = MIB) -> None:
        self._folder = os.path.realpath(folder)
        self._max_size = max_size

    def __call__(self, name: str) -> str | None:
        """The text of the module's file, or None."""
        path = self._path(name)
        content = None if path is None else self._read(path, name)
        if content is None:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError(f"module {name}: byte {error.start} is not UTF-8") from None

    def _path(self, name: str) -> str | None:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or _UNSAFE & set(name):
            return None
        file = name if name.endswith(SUFFIX) else name + SUFFIX
        path = os.path.realpath(os.path.join(self._folder, file))
        inside = os.path.commonpath([self._folder, path]) == self._folder
        return path if inside and path.endswith(SUFFIX) else None

    def _read(self, path: str, name: str) -> bytes | None:
        # Without O_NONBLOCK, opening a pipe would wait for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            with open(os.open(path, flags), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return None
                content = file.read(self._max_size + 1)
        except (OSError, ValueError):
            return None
        if len(content) > self._max_size:
            raise DataSizeLimit(f"module {name} is larger than {self._max_size:,} bytes")
        return content

"""Values as text: literals, sizes, columns, trees, and what JSON has no word for."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.tree import Tree

STORED = re.compile(r"[/\\]sha256[/\\][0-9a-f]{64}[/\\]mod[/\\]")


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return one line a row, each column as wide as its widest cell on a terminal."""
    from rich.cells import cell_len

    table = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]


def plain(value: object) -> object:
    """Return a value that JSON has no type for as one that it has (msgspec's `enc_hook`)."""
    from packaging.version import Version

    if isinstance(value, Version):
        from modpm.versions import spell

        return spell(value)
    return str(value)


def written(value: object) -> object:
    """Return what `--json` shows of a value: ranges as their authors wrote them."""
    from collections.abc import Mapping

    from msgspec import Struct

    from modpm.versions import Range

    match value:
        case Range():
            return value.text
        case Struct():
            names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
            return {shown: written(getattr(value, name)) for shown, name in names}
        case Mapping():
            return {key: written(each) for key, each in value.items()}
        case list() | tuple():
            return [written(each) for each in value]
    return value


def drawn(tree: "Tree") -> list[str]:
    """Return a tree's lines, as wide as they need to be."""
    from io import StringIO

    from rich.console import Console

    page = StringIO()
    Console(file=page, width=1000).print(tree, highlight=False, soft_wrap=True)
    return [line.rstrip() for line in page.getvalue().splitlines()]


def bullets(lines: Iterable[object]) -> str:
    """Return the lines as a list below a sentence."""
    return "".join(f"\n  - {line}" for line in lines)


def literal(value: object) -> str:
    """Return a value as one would write it in TOML, cut to what fits into a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def size(count: int) -> str:
    """Return bytes as a person reads them."""
    if count < 1000:
        return f"{count} B"
    amount, units = count / 1000, ["MB", "GB", "TB"]
    unit = "kB"
    while amount >= 1000 and units:
        amount, unit = amount / 1000, units.pop(0)
    return f"{amount:.1f} {unit}"


def mods(count: int) -> str:
    """Return how many mods, in words that agree."""
    return f"{count} mod" if count == 1 else f"{count} mods"


def shown(path: str) -> str:
    """Return a path from here if it is below here, in the store from its mod on, else as it is."""
    if found := STORED.search(path):
        return path[found.end() :]
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path

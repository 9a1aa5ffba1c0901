"""Values as text: aligned columns, and what JSON has no word for."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.tree import Tree


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


def drawn(tree: "Tree") -> list[str]:
    """Return a tree's lines, as wide as they need to be."""
    from io import StringIO

    from rich.console import Console

    page = StringIO()
    Console(file=page, width=1000).print(tree, highlight=False, soft_wrap=True)
    return [line.rstrip() for line in page.getvalue().splitlines()]

"""How a verb that finds no versions takes a fix by its number."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from modpm.resolve.problem import Fix

T = TypeVar("T")

fixing = click.option(
    "--fix",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="If no versions fit together, do the fix of that number too.",
)


@contextmanager
def offering(*words: str) -> Iterator[None]:
    """Let an Unsatisfiable say that these `words` of a command line take the number of a fix."""
    from modpm.errors import Unsatisfiable

    try:
        yield
    except Unsatisfiable as error:
        error.retry = " ".join(["modpm", *map(_quoted, words), "--fix"])
        raise


def fixed(do: "Callable[[Fix | None], T]", number: int | None, *words: str) -> T:
    """Do what these `words` say; with the fix of that number if it cannot be done as it is."""
    from modpm.errors import Unsatisfiable

    try:
        with offering(*words):
            return do(None)
    except Unsatisfiable as error:
        if number is None:
            raise
        fix = picked(error.fixes, number)
    return do(fix)


def picked(fixes: "Sequence[Fix]", number: int) -> "Fix":
    """Return the fix of that number, counted from 1; raise NoSuchFix."""
    from modpm.errors import NoSuchFix

    if number > len(fixes):
        raise NoSuchFix(number=number, count=len(fixes))
    return fixes[number - 1]


def _quoted(word: str) -> str:
    """Return a word as every shell takes it for one."""
    return word if shlex.quote(word) == word else f'"{word}"'

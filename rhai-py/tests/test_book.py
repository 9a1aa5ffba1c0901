"""The language works as its book says: one file of cases for each chapter, in `book/`.

A case is a paragraph: the lines of a script, then a line with what comes of it.

    let a = [1, 2];
    a.len()
    => 2

    [1][5]
    => raises IndexOutOfBounds: out of bounds

A result is a Python literal and must match in type as well: 1 is neither 1.0 nor True. What
follows an exception's name and a colon must be part of its message. Comments are Rhai's own; the
chapter `strict_variables` runs with that option on, `custom_operators` with a few of them. Scripts
import from `book/modules`, and `printed()` gives what they printed so far.
"""

from ast import literal_eval
from pathlib import Path
from typing import Any, Literal

import pytest

import rhai

BOOK = Path(__file__).parent / "book"


def cases() -> list[Any]:
    """Script and expectation of each paragraph, named by file and first line."""
    found = []
    for chapter in sorted(BOOK.glob("*.txt")):
        line = 1
        for paragraph in chapter.read_text("utf-8").rstrip("\n").split("\n\n"):
            script, _, expected = paragraph.rpartition("\n=> ")
            assert script, f"{chapter.name}:{line} has no line with =>"
            case_id = f"{chapter.stem}:{line}"
            found.append(pytest.param(chapter.stem, script, expected, id=case_id))
            line += paragraph.count("\n") + 2
    return found


def before(a: int, b: int) -> bool:
    """An operator with types."""
    return a < b


def engine_for(chapter: str, optimize: Literal["simple", "none"]) -> rhai.Engine:
    """An engine as the chapter says."""
    printed: list[str] = []
    engine = rhai.Engine(
        resolver=rhai.DirResolver(BOOK / "modules"),
        print=printed.append,
        debug=lambda text, source, line: printed.append(f"{line}: {text}"),
        optimize=optimize,
        strict_variables=chapter == "strict_variables",
    )
    engine.register_fn(lambda: printed, name="printed")
    if chapter == "custom_operators":
        engine.register_operator("#", 160, lambda a, b: f"<{a} {b}>")
        engine.register_operator("@", 10, lambda a, b: [a, b])
        engine.register_operator("before", 130, before)
    return engine


@pytest.mark.parametrize("optimize", ["simple", "none"])
@pytest.mark.parametrize(("chapter", "script", "expected"), cases())
def test_the_book(
    chapter: str, script: str, expected: str, optimize: Literal["simple", "none"]
) -> None:
    """A script gives the result, or raises the error, that its file says, optimised or not."""
    engine = engine_for(chapter, optimize)
    error, _, message = expected.removeprefix("raises ").partition(": ")
    if expected.startswith("raises "):
        with pytest.raises(getattr(rhai, error)) as raised:
            engine.eval(script)
        assert type(raised.value).__name__ == error
        assert message in raised.value.message
    else:
        assert repr(engine.eval(script)) == repr(literal_eval(expected))

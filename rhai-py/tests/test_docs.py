"""The examples in the documentation run."""

import doctest
from pathlib import Path
from typing import Any

import pytest

import rhai
import rhai.resolvers

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.parametrize(
    "where", [rhai, rhai.resolvers, README], ids=["package", "resolvers", "readme"]
)
def test_examples(where: Any) -> None:
    """Each example prints what it says."""
    if where is README:
        failed, tried = doctest.testfile(str(README), module_relative=False)
    else:
        failed, tried = doctest.testmod(where)
    assert tried > 0
    assert failed == 0

"""The examples in the documentation run."""

import doctest
from pathlib import Path

import pytest

import rhai

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.parametrize("where", [rhai, README], ids=["package", "readme"])
def test_examples(where: object) -> None:
    """Each example prints what it says."""
    if where is README:
        failed, tried = doctest.testfile(str(README), module_relative=False)
    else:
        failed, tried = doctest.testmod(rhai)
    assert tried > 0
    assert failed == 0

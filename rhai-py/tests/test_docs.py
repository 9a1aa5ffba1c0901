"""Every public name has an example, and the examples run."""

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import rhai
import rhai.resolvers

README = Path(__file__).parent.parent / "README.md"
STUB = Path(inspect.getfile(rhai)).with_name("_rhai.pyi")


def stub_docs() -> Iterator[tuple[str, str]]:
    """The classes and members of the native half, with what the stub says of them."""
    for node in ast.parse(STUB.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            yield node.name, ast.get_docstring(node) or ""
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", ast.get_docstring(member) or ""


def own_docs() -> Iterator[tuple[str, str]]:
    """The same for what is written in Python."""
    for name in rhai.__all__:
        found = getattr(rhai, name)
        if isinstance(found, type) and found.__module__ != "rhai._rhai":
            yield name, inspect.getdoc(found) or ""
            for member, value in vars(found).items():
                if not member.startswith("_") and inspect.isroutine(value):
                    yield f"{name}.{member}", inspect.getdoc(value) or ""
    yield "rhai", rhai.__doc__ or ""
    yield "rhai.resolvers", rhai.resolvers.__doc__ or ""


# Overloads and setters have none; what they are for is said once.
IN_STUB = {name: doc for name, doc in stub_docs() if doc}
DOCS = dict(own_docs()) | IN_STUB


def examples(name: str) -> list[doctest.Example]:
    """The examples in the documentation of a name."""
    return doctest.DocTestParser().get_examples(DOCS.get(name, ""))


def members(cls: type) -> set[str]:
    """The public methods and properties of a class, with those of its native half."""
    own = [base for base in cls.__mro__ if base.__module__.startswith("rhai")]
    return {
        name
        for base in own
        for name, value in vars(base).items()
        if not name.startswith("_") and not inspect.ismemberdescriptor(value)
    }


def shown(*owners: str) -> str:
    """The source of all examples of some classes and modules, and of their members."""
    names = [name for name in DOCS if name.partition(".")[0] in owners or name in owners]
    return "".join(example.source for name in names for example in examples(name))


@pytest.mark.parametrize("name", rhai.__all__)
def test_every_public_name_has_an_example(name: str) -> None:
    """Classes of their own, with all that they offer; what is no class, in the package's."""
    found = getattr(rhai, name)
    if not inspect.isclass(found):
        assert re.search(rf"\b{name}\b", shown("rhai", "rhai.resolvers"))
        return
    assert examples(name)
    if not issubclass(found, tuple | Exception):
        used = shown(*(base.__name__ for base in found.__mro__))
        missing = [each for each in members(found) if not re.search(rf"\b{each}\b", used)]
        assert missing == []


@pytest.mark.parametrize("name", [name for name in DOCS if examples(name)])
def test_the_examples_run(name: str) -> None:
    """Each prints what it says, after an import of everything and with an engine at hand."""
    names = {each: getattr(rhai, each) for each in rhai.__all__}
    names |= {"rhai": rhai, "engine": rhai.Engine()}
    test = doctest.DocTest(examples(name), names, name, None, None, DOCS[name])
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(test).failed == 0


def test_the_readme_runs() -> None:
    """Its examples build on each other."""
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize("name", IN_STUB)
def test_the_stub_says_what_help_says(name: str) -> None:
    """The stub has the words of the module, and adds examples."""
    cls, _, member = name.partition(".")
    found = getattr(rhai._rhai, cls)
    words = inspect.getdoc(getattr(found, member) if member else found) or ""
    assert DOCS[name].partition(">>>")[0].split() == words.split()

"""Strict reading: what is wrong in a file is said with its name, line, key, and advice."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from modpm import errors as e
from modpm.document import SIZE_LIMIT, Table, decode, improper, read
from modpm.game import parse_game
from modpm.loadout import parse_loadout
from modpm.manifest import parse_manifest

PARSERS: dict[str, Callable[[str, str], object]] = {
    "mod.toml": parse_manifest,
    "loadout.toml": parse_loadout,
    "game.toml": parse_game,
}

MOD = """\
manifest-version = 1
[mod]
id = "acme/x"
version = "1.0.0"
priority = 1
[game]
id = "arena"
version = "^1"
[dependencies]
"acme/core" = "^2"
[permissions]
files = [{ path = "data", mode = "read" }]
"""

LOADOUT = """\
[loadout]
name = "evening"
game = "arena"
game-version = "1.2.0"
[mods]
"acme/x" = "^1"
"acme/y" = { version = "^2", priority = 3 }
[strategy]
"combat.*" = "priority"
[pins]
"combat.max_hp" = 150
"""

GAME = """\
[game]
id = "arena"
version = "1.2.0"
[plugins.war]
hooks = ["hit"]
[plugins.war.parameters.hp]
type = "int"
default = 100
strategy = "last-wins"
"""

FILES = {"mod.toml": MOD, "loadout.toml": LOADOUT, "game.toml": GAME}


def problem_of(file: str, old: str, new: str) -> e.InvalidFile:
    """Return the error after `old` in the valid file has become `new`."""
    assert FILES[file].count(old) == 1
    with pytest.raises(e.InvalidFile) as caught:
        PARSERS[file](FILES[file].replace(old, new), file)
    assert caught.value.file == file
    return caught.value


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("change", [str, lambda s: s.replace("\n", "\r\n"), lambda s: "\ufeff" + s])
def test_the_valid_files_are_valid(file: str, change: Callable[[str], str]) -> None:
    """The files that the cases below break are whole, also as Windows editors save them."""
    assert PARSERS[file](change(FILES[file]), file) == PARSERS[file](FILES[file], file)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "key", "suggestion"),
    [
        ("mod.toml", 'version = "1.0', 'verison = "1.0', 4, "mod.verison", "version"),
        ("mod.toml", "[dependencies]", "[dependencis]", 9, "dependencis", "dependencies"),
        ("mod.toml", "mode =", "moed =", 12, "permissions.files[0].moed", "mode"),
        (
            "mod.toml",
            '"^2"',
            '{ verison = "^2" }',
            10,
            'dependencies."acme/core".verison',
            "version",
        ),
        ("loadout.toml", "game =", "gane =", 3, "loadout.gane", "game"),
        ("loadout.toml", "[pins]", "[pin]", 10, "pin", "pins"),
        ("loadout.toml", "priority = 3", "prio = 3", 7, 'mods."acme/y".prio', "priority"),
        ("game.toml", "hooks", "hook", 5, "plugins.war.hook", "hooks"),
        (
            "game.toml",
            "default",
            "defautl",
            8,
            "plugins.war.parameters.hp.defautl",
            "default",
        ),
        ("game.toml", "default", "zzz", 8, "plugins.war.parameters.hp.zzz", None),
    ],
)
def test_an_unknown_key(
    file: str, old: str, new: str, line: int, key: str, suggestion: str | None
) -> None:
    """A key that the format lacks is shown with the one that was probably meant."""
    error = problem_of(file, old, new)
    assert isinstance(error, e.UnknownKey)
    assert (error.line, error.key, error.suggestion) == (line, key, suggestion)
    assert suggestion is None or suggestion in error.allowed


@pytest.mark.parametrize(
    ("file", "old", "line", "key", "expected"),
    [
        ("mod.toml", "manifest-version = 1\n", None, "manifest-version", "1"),
        ("mod.toml", 'version = "1.0.0"\n', 2, "mod.version", "a version such as"),
        ("mod.toml", ', mode = "read"', 12, "permissions.files[0].mode", "one of read or write"),
        ("loadout.toml", 'name = "evening"\n', 1, "loadout.name", "text of 1 to 100 characters"),
        ("game.toml", 'type = "int"\n', 6, "plugins.war.parameters.hp.type", "one of int, "),
        ("game.toml", 'version = "1.2.0"\n', 1, "game.version", "a version such as"),
    ],
)
def test_a_missing_key(file: str, old: str, line: int | None, key: str, expected: str) -> None:
    """A key that must be there is named, with what it should hold and its table's line."""
    error = problem_of(file, old, "")
    assert isinstance(error, e.MissingKey)
    assert (error.line, error.key) == (line, key)
    assert error.expected.startswith(expected)


VERSION = "a version such as 1.2.0 or 2.0.0-beta.1"
RANGE = "a version range such as ^1.2 or >=1.2, <2"


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "key", "expected"),
    [
        ("mod.toml", '"1.0.0"', "1.0", 4, "mod.version", VERSION),
        ("mod.toml", "priority = 1", 'priority = "1"', 5, "mod.priority", "a whole number"),
        ("mod.toml", "priority = 1", "priority = 1.5", 5, "mod.priority", "a whole number"),
        ("mod.toml", '"^2"', "2", 10, 'dependencies."acme/core"', f"{RANGE} or a table"),
        ("mod.toml", "files = [", "clock = 1\nfiles = [", 12, "permissions.clock", "true or false"),
        (
            "mod.toml",
            'path = "data"',
            "path = []",
            12,
            "permissions.files[0].path",
            "a relative path",
        ),
        ("loadout.toml", '"evening"', "7", 2, "loadout.name", "text of 1 to 100 characters"),
        (
            "loadout.toml",
            "priority = 3",
            "enabled = 1",
            7,
            'mods."acme/y".enabled',
            "true or false",
        ),
        ("loadout.toml", '"1.2.0"', "true", 4, "loadout.game-version", VERSION),
        ("game.toml", '["hit"]', '"hit"', 5, "plugins.war.hooks", "a list"),
        ("game.toml", '["hit"]', "[1]", 5, "plugins.war.hooks[0]", "a name such as"),
        (
            "game.toml",
            "100",
            '"100"',
            8,
            "plugins.war.parameters.hp.default",
            "a whole number",
        ),
        ("game.toml", "[game]", "[[game]]", 1, "game", "a table"),
    ],
)
def test_a_wrong_type(file: str, old: str, new: str, line: int, key: str, expected: str) -> None:
    """A value of another type is named by its key, with what should stand there in plain words."""
    error = problem_of(file, old, new)
    assert isinstance(error, e.InvalidValue)
    assert (error.line, error.key) == (line, key)
    assert error.expected.startswith(expected)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "key", "suggestion"),
    [
        ("mod.toml", '"1.0.0"', '"1.0"', 4, "mod.version", "1.0.0"),
        ("loadout.toml", '"1.2.0"', '"v1.2.0"', 4, "loadout.game-version", "1.2.0"),
        ("game.toml", '"1.2.0"', '"1.2.0-beta"', 3, "game.version", "1.2.0-beta.1"),
    ],
)
def test_a_bad_version(file: str, old: str, new: str, line: int, key: str, suggestion: str) -> None:
    """Each file suggests the nearest legal spelling of a version."""
    error = problem_of(file, old, new)
    assert isinstance(error, e.InvalidValue)
    assert (error.line, error.key, error.suggestion) == (line, key, suggestion)
    assert error.expected == VERSION


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "key", "found"),
    [
        ("mod.toml", '"^1"', '">=1 <2"', 8, "game.version", ">=1 <2"),
        ("mod.toml", '"^2"', '"^2, latest"', 10, 'dependencies."acme/core"', "latest"),
        ("loadout.toml", '"^1"', '"1.0.0"', 6, 'mods."acme/x"', "1.0.0"),
        ("loadout.toml", '"^2"', '"^^2"', 7, 'mods."acme/y".version', "^^2"),
    ],
)
def test_a_bad_range(file: str, old: str, new: str, line: int, key: str, found: str) -> None:
    """The piece of the range that is wrong is what was found. game.toml has no ranges."""
    error = problem_of(file, old, new)
    assert isinstance(error, e.InvalidValue)
    assert (error.line, error.key, error.found, error.expected) == (line, key, found, RANGE)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "name"),
    [
        ("mod.toml", "priority = 1", "priority = 1\npriority = 1", 6, "priority"),
        ("mod.toml", "[permissions]", "[mod]", 11, "[mod]"),
        (
            "mod.toml",
            '"acme/core" = "^2"',
            '"acme/core" = "^2"\n"acme/core" = "*"',
            11,
            '"acme/core"',
        ),
        ("loadout.toml", '"acme/y"', '"acme/x"', 7, '"acme/x"'),
        ("loadout.toml", "[pins]", "[mods]", 10, "[mods]"),
        ("game.toml", 'hooks = ["hit"]', "hooks = []\nhooks = []", 6, "hooks"),
        (
            "game.toml",
            "[plugins.war.parameters.hp]",
            "[plugins.war]",
            6,
            "[plugins.war]",
        ),
    ],
)
def test_a_duplicate(file: str, old: str, new: str, line: int, name: str) -> None:
    """A key or table that stands there twice is an error at the second, and says so."""
    error = problem_of(file, old, new)
    assert isinstance(error, e.InvalidSyntax)
    assert (error.line, error.problem) == (line, f"{name} is there twice")


@pytest.mark.parametrize("file", FILES)
def test_text_that_is_not_toml(file: str) -> None:
    """The parser's sentence comes with line and column apart."""
    with pytest.raises(e.InvalidSyntax) as caught:
        PARSERS[file](FILES[file] + "oops = \n", file)
    lines = FILES[file].count("\n") + 1
    assert (caught.value.line, caught.value.column) == (lines, 8)
    assert caught.value.problem == "invalid value"


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{ a = " * 100_000,
        ".".join("a" * 400_000) + " = 1",
        "[" + ".".join('"a"' for _ in range(100_000)) + "]",
        "a = " + "9" * 5000,
        "a = '\x00'",
        '"' * 1000,
        "\x00",
    ],
    ids=lambda text: f"{text[:12]!r}...",
)
@pytest.mark.parametrize("file", FILES)
def test_hostile_syntax_is_refused(file: str, text: str) -> None:
    """Endless nesting, endless keys and endless digits are bad syntax, at once."""
    with pytest.raises(e.InvalidSyntax):
        PARSERS[file](text, file)


@pytest.mark.parametrize(
    "value",
    [
        "nan",
        "inf",
        "1e999",
        "1979-05-27",
        "07:32:00",
        "9223372036854775808",
        '"\\u001b[2J"',
        '"\\u202e"',
        "0x" + "f" * 100_000,
        "[" * 40 + "]" * 40,
    ],
    ids=lambda value: value[:20],
)
def test_values_that_no_mod_can_have(value: str) -> None:
    """What JSON, a terminal or a 64-bit int cannot hold is refused, and shown as they can."""
    error = problem_of("loadout.toml", "150", value)
    assert isinstance(error, e.InvalidValue)
    assert error.key.startswith("pins")
    assert error.line == (11 if "max_hp" in error.key else 10)
    assert error.found.isascii()
    assert len(error.found) < 40


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_more_than_a_mebibyte(file: str) -> None:
    """No honest file is that large; it is not even parsed."""
    with pytest.raises(e.FileTooLarge) as caught:
        PARSERS[file]("#" + "é" * (SIZE_LIMIT // 2), file)
    assert (caught.value.size, caught.value.limit) == (SIZE_LIMIT + 1, SIZE_LIMIT)
    with pytest.raises(e.FileTooLarge):
        decode(b"#" * (SIZE_LIMIT + 1), file)


def test_bytes_become_text() -> None:
    """A byte order mark is dropped; what is not UTF-8 is an error on its line."""
    assert decode(b"\xef\xbb\xbfa = 1", "mod.toml") == "a = 1"
    with pytest.raises(e.InvalidSyntax) as caught:
        decode("a = 1\nb = 'ä'".encode("latin-1"), "mod.toml")
    assert caught.value.line == 2


@given(st.text(max_size=200))
def test_no_text_breaks_a_parser(text: str) -> None:
    """Any text is a file or an InvalidFile."""
    for file, parse in PARSERS.items():
        with pytest.raises(e.InvalidFile):
            parse(text, file)


class Leaf(Table, frozen=True):
    """A shape for the laws below."""

    kind: Literal["a", "b"]
    size: int | None = None


class Tree(Table, frozen=True):
    """A shape with every construction that shapes use."""

    leaves: dict[Annotated[str, Meta(pattern="^[ab]+$")], str | Leaf] = {}
    more: tuple[Leaf | bool, ...] = ()
    number: int | float = 0
    free: Any = None


values = st.recursive(
    st.sampled_from(["a", "b", "c", True, 1, 1.5]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "ab", "x", "kind", "size"]), inner, max_size=3)
    ),
    max_leaves=6,
)
documents = st.dictionaries(
    st.sampled_from(["leaves", "more", "number", "free", "frre"]), values, max_size=4
)


@given(documents)
def test_what_msgspec_refuses_is_found_in_the_text(document: dict[str, Any]) -> None:
    """A text has an error exactly if msgspec refuses it, and its key leads to a part of it."""
    import tomli_w

    text = tomli_w.dumps(document)
    try:
        expected: object = msgspec.convert(document, Tree)
    except msgspec.ValidationError:
        with pytest.raises(e.InvalidFile) as caught:
            read(text, "tree.toml", Tree)
        assert caught.value.data["key"].split(".")[0].split("[")[0] in {*document, "leaves", "more"}
    else:
        assert read(text, "tree.toml", Tree) == expected


@given(values)
def test_values_of_files_are_fit_to_keep(value: object) -> None:
    """Finite numbers, texts, lists and tables have nothing improper about them."""
    assert list(improper(value)) == []

"""Where in a TOML text something is."""

import tomllib

import pytest

from modpm.place import Place, find_line

TEXT = """\
# A comment, then a table

[mod]
id = "acme/x"
description = \"\"\"
[parameters]
id = "not a key"
\"\"\"

# why
[parameters.combat]
max_hp = 200
speed = { value = 1, priority = 2 }
tags = [
  "a",
  "b",
]
"dotted.key" = 1
inventory.slots = 3

[[files]]
path = "a"

[[files]]
path = "b"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("mod",), "[mod]"),
        (("mod", "id"), 'id = "acme/x"'),
        (("mod", "description"), 'description = """'),
        (("parameters",), "[parameters.combat]"),
        (("parameters", "combat", "max_hp"), "max_hp = 200"),
        (("parameters", "combat", "speed", "priority"), "speed = { value = 1, priority = 2 }"),
        (("parameters", "combat", "tags", 1), "tags = ["),
        (("parameters", "combat", "dotted.key"), '"dotted.key" = 1'),
        (("parameters", "combat", "inventory", "slots"), "inventory.slots = 3"),
        (("files", 1, "path"), 'path = "b"'),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_key_is_found_where_its_statement_starts(
    path: tuple[str, ...], line: str, end: str
) -> None:
    """Comments, multi-line texts and lists do not lead the search astray."""
    text = TEXT.replace("\n", end)
    assert tomllib.loads(text)
    found = find_line(text, path)
    assert found is not None
    assert TEXT.splitlines()[found - 1] == line


def test_a_long_search_is_given_up() -> None:
    """In files of thousands of lines, or after statements of hundreds, the line is unknown."""
    assert find_line("a = 1\n" + "\n" * 3000 + "b = 1\n", ("b",)) is None
    assert find_line("a = [\n" + "1,\n" * 1000 + "]\nb = 1\n", ("b",)) is None


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ((), ""),
        (("mod", "id"), "mod.id"),
        (("dependencies", "acme/core", "any-of", 0, "id"), 'dependencies."acme/core".any-of[0].id'),
        (("pins", "combat.max_hp"), 'pins."combat.max_hp"'),
        (("größe",), '"größe"'),
        (("\x1b[2J",), r'"\u001b[2J"'),
        (("\u202e",), r'"\u202e"'),
        (("x" * 1000,), '"' + "x" * 140 + '…"'),
    ],
)
def test_a_key_is_shown_as_toml_spells_it(path: tuple[str | int, ...], key: str) -> None:
    """The path can be pasted into a file, and cannot harm a terminal."""
    assert Place("", "mod.toml", path).key == key

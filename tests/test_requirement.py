"""Ids, and what is required of the mods that have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.errors import InvalidValue
from modpm.fields import id_problem, is_reserved, read_id
from modpm.manifest import parse_manifest
from modpm.place import Place

HEAD = 'manifest-version = 1\n[mod]\nid = "acme/x"\nversion = "1.0.0"\n'


@pytest.mark.parametrize(
    "text", ["x", "acme/better-combat", "7zip", "a_b/c-d", "a" * 64, "console"]
)
def test_ids(text: str) -> None:
    """An id is a name, or a namespace and a name."""
    assert id_problem(text) is None


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Acme/Better Combat", "acme/better-combat"),
        ("BetterCombat", "bettercombat"),
        ("acme.core", "acme-core"),
        ("acme/core@1", "acme/core-1"),
        ("", None),
        ("-x", None),
        ("a/b/c", None),
        ("../x", None),
        ("acme/", None),
        ("acme\\x", "acme-x"),
        ("x\n", "x"),
        ("acme/ｘ", "acme/-"),
        ("a" * 65, None),
        ("con", None),
        ("nul/x", None),
        ("acme/com1", None),
    ],
)
def test_what_is_no_id(text: str, suggestion: str | None) -> None:
    """Other texts are refused with the nearest id, if there is one."""
    with pytest.raises(InvalidValue) as caught:
        read_id(text, Place("", "mod.toml", ("mod", "id")))
    expected = suggestion if suggestion != "acme/-" else None
    assert (caught.value.found, caught.value.suggestion) == (text, expected)


@given(st.text(max_size=80))
def test_a_suggested_id_is_an_id(text: str) -> None:
    """Nothing is suggested that would be refused in turn."""
    suggestion: str | None = text
    try:
        read_id(text, Place("", "mod.toml", ("mod", "id")))
    except InvalidValue as error:
        suggestion = error.suggestion
    assert suggestion is None or id_problem(suggestion) is None


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "lpt9", "aux.txt", "prn.tar.gz"])
def test_names_of_windows_devices(name: str) -> None:
    """Windows takes these for devices, with any ending and in any case."""
    assert is_reserved(name)


def test_dependencies_are_a_range_a_table_or_a_choice() -> None:
    """Three spellings give one value, sorted by id."""
    manifest = parse_manifest(
        HEAD
        + """
        [dependencies]
        "acme/ui" = { any-of = [{ id = "acme/ui-b", version = "^1" }, { id = "acme/ui-a" }] }
        "acme/core" = "^2.0"
        "acme/extra" = { version = ">=1, <3" }
        """,
        "mod.toml",
    )
    assert [
        [f"{one.id} {one.range.text}" for one in dependency.alternatives]
        for dependency in manifest.dependencies
    ] == [["acme/core ^2.0"], ["acme/extra >=1, <3"], ["acme/ui-b ^1", "acme/ui-a *"]]


@pytest.mark.parametrize(
    ("entry", "key", "expected"),
    [
        ("{}", '"acme/y"', "a table with either version or any-of"),
        ('{ version = "*", any-of = [{ id = "a" }] }', '"acme/y"', "a table with either version"),
        ("{ any-of = [] }", '"acme/y".any-of', "a list"),
        ("{ any-of = [{ id = 'A' }] }", '"acme/y".any-of[0].id', "an id such as"),
        (
            "{ any-of = [{ id = 'a', version = '1' }] }",
            '"acme/y".any-of[0].version',
            "a version range",
        ),
        ("{ any-of = [{ id = 'acme/x' }] }", '"acme/y".any-of[0].id', "the id of another mod"),
    ],
)
def test_what_is_no_dependency(entry: str, key: str, expected: str) -> None:
    """The error leads to the innermost key that is wrong."""
    with pytest.raises(InvalidValue) as caught:
        parse_manifest(HEAD + f'[dependencies]\n"acme/y" = {entry}\n', "mod.toml")
    assert caught.value.key == f"dependencies.{key}"
    assert caught.value.line == 6
    assert caught.value.expected.startswith(expected)

"""Edits of loadout.toml that leave alone what they are not about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.document import Value
from modpm.errors import InvalidFile, NotInLoadout
from modpm.loadout import Pin, Wish, parse_loadout
from modpm.session.edit import with_choice, with_seen, with_wishes, without
from modpm.versions import parse_range

TOP = '# my loadout\n[loadout]\nname = "friday" # for four\n\n'
SPELLINGS = (
    '"{id}" = "^1"',
    '"{id}" = "^1" # why',
    "'{id}' = \"^1\"   # a blank or more",
    '"{id}" = {{ version = "^1", priority = 3 }}',
    '"{id}" = {{version="^1",enabled=false}} # tight',
    '"{id}" = {{ enabled = false, version = "^1", prereleases = true }}',
    '\n# above\n"{id}" = "^1"',
)
BELOW = (
    "",
    '\n[pins]\n"combat.max_hp" = 150 # mine\n',
    '\n[mods."zz/last"]\nversion = "^1" # long form\npriority = 1\n',
    '\n[strategy]\ndefault = "first-wins"\n\n[mods."zz/last"]\nversion = "^1"\n# end\n',
)


def wish(id: str, range: str = "*", path: str | None = None, registry: str | None = None) -> Wish:
    """A wish as `add` makes it."""
    return Wish(id, parse_range(range), path=path, registry=registry)


def wishes(text: str) -> dict[str, Wish]:
    """What a loadout wants, by id."""
    return {wish.id: wish for wish in parse_loadout(text, "loadout.toml").mods}


values = st.recursive(
    st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(
        st.characters(
            exclude_categories=["Cc", "Cs"],
            exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        )
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "a b", "c.d", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A loadout as people write them: comments, every form of a wish, tables in any order."""
    ids = draw(st.lists(st.sampled_from(["a/one", "b/two", "c-three", "four"]), unique=True))
    lines = [draw(st.sampled_from(SPELLINGS)).format(id=id) for id in ids]
    mods = "[mods] # what I want\n" + "".join(f"{line}\n" for line in lines)
    # tomlkit takes the head of an empty table away with its last mod if [mods] goes on below
    below: str = draw(st.sampled_from(BELOW if ids else BELOW[:3]))
    return TOP + mods + below


@given(texts())
def test_a_mod_that_came_and_went_leaves_no_trace(text: str) -> None:
    """Adding a mod and taking it out again gives the very same text."""
    added = with_wishes(text, [wish("new/mod", "^2")])
    assert wishes(added) == wishes(text) | {"new/mod": wish("new/mod", "^2")}
    assert without(added, ["new/mod"]) == text


@given(texts(), values, st.dictionaries(st.sampled_from(["a/one", "four"]), values))
def test_a_choice_that_came_and_went_leaves_no_trace(
    text: str, value: Value, seen: dict[str, Value]
) -> None:
    """Whatever is pinned is what is read again; taken back, the text is as it was."""
    pinned = with_choice(text, "combat.pace", ("pins", value))
    settled = with_seen(pinned, "combat.pace", seen)
    found = parse_loadout(settled, "loadout.toml")
    assert Pin("combat", "pace", value) in found.pins
    assert found.settled == {"combat.pace": seen}
    assert with_choice(settled, "combat.pace", None).rstrip() == text.rstrip()


def test_there_is_one_choice() -> None:
    """Another takes its place, in its own table, and the comments stay."""
    text = TOP + '[pins] # mine\n"p.n" = 5 # five\n"p.m" = 6\n'
    edited = with_choice(text, "p.n", ("strategy", "use:a"))
    assert edited == TOP + '[pins] # mine\n"p.m" = 6\n\n[strategy]\n"p.n" = "use:a"\n'
    assert with_choice(text, "p.n", ("pins", 7)) == text.replace("= 5", "= 7")


@given(texts(), st.data())
def test_an_edit_is_about_one_mod(text: str, data: st.DataObject) -> None:
    """Another range changes that wish alone, and no line without the mod's id in it or above."""
    former = wishes(text)
    id = data.draw(st.sampled_from(sorted(former) or ["new/mod"]))
    edited = with_wishes(text, [wish(id, "^2")])
    found = wishes(edited)
    assert (found[id].range.text, found[id].enabled) == ("^2", True)
    assert {k: v for k, v in found.items() if k != id} == {
        k: v for k, v in former.items() if k != id
    }
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in edited.splitlines() if "#" in line] == comments


@given(texts(), st.data())
def test_what_is_taken_out_is_gone(text: str, data: st.DataObject) -> None:
    """Removing one mod leaves the others, and every table that is not about it."""
    former = wishes(text)
    if former:
        id = data.draw(st.sampled_from(sorted(former)))
        edited = without(text, [id, id])
        assert wishes(edited) == {k: v for k, v in former.items() if k != id}
        assert edited.startswith(TOP)


@pytest.mark.parametrize(
    ("before", "added", "after"),
    [
        ('"a" = "^1" # why', wish("a", "^2"), '"a" = "^2" # why'),
        ('"a" = "^1" # why', wish("a", path="m"), '"a" = {path = "m"} # why'),
        (
            '"a" = { version = "^1", priority = 2 }',
            wish("a", path="m"),
            '"a" = {priority = 2, path = "m"}',
        ),
        (
            '"a" = { path = "m", priority = 2 }',
            wish("a", "^1", registry="r"),
            '"a" = {priority = 2, registry = "r", version = "^1"}',
        ),
    ],
)
def test_the_last_word_counts(before: str, added: Wish, after: str) -> None:
    """A mod comes from where the player said last; its priority and its comment stay."""
    edited = with_wishes(f"{TOP}[mods]\n{before}\n", [added])
    assert edited == f"{TOP}[mods]\n{after}\n"
    parse_loadout(edited, "loadout.toml")


@pytest.mark.parametrize(
    "text",
    [
        'mods = {"a" = "*"}\n' + TOP,
        TOP,
        TOP.rstrip("\n"),
        TOP + '[mods."a"]\nversion = "*"\n',
        TOP + '[mods]\n"a" = "*"\n[pins]\n[mods."b"]\nversion = "*"\n',
    ],
    ids=["inline", "no-mods", "no-line-end", "long-form", "in-two-places"],
)
def test_mods_may_be_written_anyhow(text: str) -> None:
    """Wherever a loadout has its mods, one more goes in and out."""
    added = with_wishes(text, [wish("new/mod", "^2")])
    assert wishes(added).keys() == wishes(text).keys() | {"new/mod"}
    assert wishes(without(added, ["new/mod"])) == wishes(text)


def test_a_mod_that_is_not_there_cannot_go() -> None:
    """The error has the nearest name."""
    with pytest.raises(NotInLoadout) as caught:
        without(TOP + '[mods]\n"acme/core" = "*"\n', ["acme/cor"])
    assert caught.value.suggestion == "acme/core"


@pytest.mark.parametrize("rest", ["[mods\n", "[pins]\nx = " + "[" * 5000, "[mods]\na = 1\n"])
def test_a_broken_loadout_is_not_edited(rest: str) -> None:
    """What is wrong with it is said as for any other command."""
    with pytest.raises(InvalidFile) as caught:
        with_wishes(TOP + rest, [wish("a")])
    assert caught.value.file == "loadout.toml"

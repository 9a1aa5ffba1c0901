"""Versions and ranges: the grammar, its order, and the laws that ranges keep."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.errors import InvalidRange, InvalidVersion
from modpm.versions import Version, parse_range, parse_version, spell

numbers = st.integers(0, 4) | st.integers(0, 10**18 - 1)
early = st.tuples(st.sampled_from(["alpha", "beta", "rc"]), st.integers(0, 3))
releases = st.tuples(numbers, numbers, numbers)
small_releases = st.tuples(*[st.integers(0, 2)] * 3)


def text_of(release: tuple[int, int, int], pre: tuple[str, int] | None) -> str:
    """Return the text of a version."""
    tail = f"-{pre[0]}.{pre[1]}" if pre else ""
    return "{}.{}.{}".format(*release) + tail


version_texts = st.builds(text_of, releases, st.none() | early)
versions = st.builds(text_of, small_releases, st.none() | early).map(parse_version)
piece_versions = st.builds(text_of, small_releases, st.none() | early) | st.lists(
    st.integers(0, 2), min_size=1, max_size=3
).map(lambda parts: ".".join(map(str, parts)))
pieces = st.builds(
    "{}{}".format,
    st.sampled_from(["^", "~", "=", "==", "!=", "<", "<=", ">", ">="]),
    piece_versions,
)
wholes = pieces | st.sampled_from(["*", "0.x", "1.*", "1.1.x", "2.0.*"])
range_texts = st.lists(
    st.lists(wholes, min_size=1, max_size=3).map(", ".join), min_size=1, max_size=3
).map(" || ".join)


def semver_key(text: str) -> tuple[object, ...]:
    """The precedence of SemVer 2.0.0 section 11, for numbers and one label with one number."""
    release, _, tail = text.partition("-")
    label, _, serial = tail.partition(".")
    return tuple(map(int, release.split("."))), tail == "", label, int(serial or 0)


@given(version_texts, version_texts)
def test_versions_order_as_semver_says(one: str, other: str) -> None:
    """SemVer and modpm agree which of two versions is newer."""
    assert (parse_version(one) < parse_version(other)) == (semver_key(one) < semver_key(other))
    assert (parse_version(one) == parse_version(other)) == (one == other)


@given(version_texts)
def test_spelling_and_parsing_are_inverse(text: str) -> None:
    """A version is spelled as its author wrote it."""
    assert spell(parse_version(text)) == text


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("1.0", "1.0.0"),
        ("1", "1.0.0"),
        ("v1.2.3", "1.2.3"),
        ("01.2.3", "1.2.3"),
        ("1.2.3.4", "1.2.3"),
        ("1.0.0\n", "1.0.0"),
        (" 1.0.0", "1.0.0"),
        ("1.0.0+build.5", "1.0.0"),
        ("1.0.0-beta", "1.0.0-beta.1"),
        ("1.0.0-RC.1", "1.0.0-rc.1"),
        ("1.0.0b3", "1.0.0-beta.3"),
        ("1.0.0-alpha.01", "1.0.0-alpha.1"),
        ("1.0.0-snapshot", "1.0.0-alpha.1"),
        ("1.0.0-1", "1.0.0-alpha.1"),
        ("latest", None),
        ("", None),
        ("١.0.0", None),
        ("1." * 500_000, None),
        ("9" * 19 + ".0.0", "999999999999999999.0.0"),
    ],
)
def test_other_spellings_are_refused_with_the_nearest_legal_one(
    text: str, nearest: str | None
) -> None:
    """What other schemes write is no version here, and the error says how to write it."""
    with pytest.raises(InvalidVersion) as caught:
        parse_version(text)
    assert caught.value.nearest == nearest
    assert len(caught.value.text) <= 64


@given(st.text(alphabet="0123456789.-+vabrcetlph \n", max_size=70) | st.text(max_size=70))
def test_no_text_breaks_the_version_parser(text: str) -> None:
    """Any text is a version or an InvalidVersion, whose nearest spelling is a version."""
    nearest: str | None = text
    try:
        parse_version(text)
    except InvalidVersion as error:
        nearest = error.nearest
    assert nearest is None or spell(parse_version(nearest)) == nearest


INSIDE = [
    ("*", "0.0.0 9.9.9", "1.0.0-rc.1"),
    ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-alpha.1 1.2.3-rc.1"),
    ("^1.2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
    ("^1", "1.0.0 1.9.9", "0.9.9 2.0.0"),
    ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
    ("^0.0.3", "0.0.3", "0.0.2 0.0.4"),
    ("^0.0", "0.0.0 0.0.9", "0.1.0"),
    ("^0", "0.0.0 0.9.0", "1.0.0"),
    ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
    ("~1.2", "1.2.0 1.2.9", "1.3.0"),
    ("~1", "1.0.0 1.9.0", "2.0.0"),
    ("=1.2.3", "1.2.3", "1.2.4 1.2.3-rc.1"),
    ("==1.2.3", "1.2.3", "1.2.4"),
    ("=1.2", "1.2.0 1.2.9", "1.3.0"),
    ("1.x", "1.0.0 1.9.0", "0.9.0 2.0.0"),
    ("1.2.*", "1.2.0 1.2.9", "1.3.0"),
    ("!=1.2.3", "1.2.2 1.2.4", "1.2.3"),
    ("!=1.2.*", "1.1.0 1.3.0", "1.2.0 1.2.9"),
    ("<2", "1.9.9", "2.0.0 2.0.0-alpha.1"),
    ("<2.0.0", "1.9.9", "2.0.0 2.0.0-alpha.1"),
    ("<=1.2", "1.2.9", "1.3.0"),
    (">1", "2.0.0", "1.0.0 1.9.9"),
    (">1.2.3", "1.2.4", "1.2.3"),
    (">=1.2, <2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
    (">= 1.2 ,<2", "1.2.0", "2.0.0"),
    ("^1 || ^3", "1.5.0 3.5.0", "2.5.0"),
    ("^1, !=1.5.0 || =2.0.0", "1.4.0 2.0.0", "1.5.0 2.0.1"),
    ("^2.0.0-beta.2", "2.0.0-beta.2 2.0.0-rc.1 2.0.0 2.5.0", "2.0.0-beta.1 2.5.0-alpha.1 3.0.0"),
    ("=2.0.0-rc.1", "2.0.0-rc.1", "2.0.0 2.0.0-rc.2"),
    ("<2.0.0-beta.2", "1.9.9 2.0.0-beta.1", "2.0.0-beta.2 2.0.0 1.0.0-rc.1"),
    (">=1.0.0, !=1.2.0-beta.1", "1.2.0", "1.2.0-beta.1 1.2.0-beta.2"),
    ("=2.0.0-rc.1 || ^1", "2.0.0-rc.1 1.0.0", "1.5.0-rc.1"),
]


@pytest.mark.parametrize(("text", "inside", "outside"), INSIDE)
def test_ranges_hold_what_their_authors_expect(text: str, inside: str, outside: str) -> None:
    """The versions on either side of each range's ends."""
    wanted = parse_range(text)
    assert [v for v in inside.split() if parse_version(v) not in wanted] == []
    assert [v for v in outside.split() if parse_version(v) in wanted] == []


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^1.2.3", "1.3.0-rc.1", "1.2.3-rc.1 2.0.0-alpha.1"),
        ("^2", "2.0.0-beta.1", "3.0.0-alpha.1"),
        ("<2", "1.9.0-rc.1", "2.0.0-alpha.1"),
        ("*", "0.0.0-alpha.0", ""),
    ],
)
def test_a_loadout_can_allow_prereleases(text: str, inside: str, outside: str) -> None:
    """With pre-releases allowed their order decides, and `2` stands for 2.0.0-alpha.1 too."""
    wanted = parse_range(text)
    assert all(wanted.contains(parse_version(v), prereleases=True) for v in inside.split())
    assert not any(wanted.contains(parse_version(v), prereleases=True) for v in outside.split())


@pytest.mark.parametrize(
    ("text", "part", "hint"),
    [
        ("1.2.3", "1.2.3", "^1.2.3"),
        (">=1 <2", ">=1 <2", "comma"),
        ("^1.2-beta.1", "^1.2-beta.1", "complete version"),
        ("1.2.x.x", "1.2.x.x", "three numbers"),
        (">=1, , <2", "", None),
        ("^1 || latest", "latest", None),
        ("=>1", "=>1", None),
        ("", "", None),
        ("^01.2", "^01.2", None),
        ("^1.2.3\n.4", "^1.2.3\n.4", None),
        (">=" * 500_000, ">=" * 31 + ">…", "256"),
    ],
)
def test_a_wrong_range_names_the_piece_that_is_wrong(
    text: str, part: str, hint: str | None
) -> None:
    """The error shows the piece and, where the intention is clear, how to write it."""
    with pytest.raises(InvalidRange) as caught:
        parse_range(text)
    assert caught.value.part == part
    assert (hint or "") in (caught.value.hint or "")


@given(st.text(alphabet="0123456789.-^~<>=!,|*x \nabetrc", max_size=300) | st.text(max_size=300))
def test_no_text_breaks_the_range_parser(text: str) -> None:
    """Any text is a range or an InvalidRange."""
    with suppress(InvalidRange):
        assert parse_range(text).text == text.strip()


@given(range_texts, versions)
def test_the_packaging_range_is_the_same_set(text: str, version: Version) -> None:
    """`allowed`, for set algebra, agrees with membership by order."""
    wanted = parse_range(text)
    assert wanted.allowed.contains(version) == wanted.contains(version, prereleases=True)


@given(range_texts, versions)
def test_a_prerelease_is_inside_only_if_its_order_is(text: str, version: Version) -> None:
    """The pre-release rule only takes away, and takes away nothing but pre-releases."""
    wanted = parse_range(text)
    assert (version in wanted) <= wanted.contains(version, prereleases=True)
    if not version.is_prerelease:
        assert (version in wanted) == wanted.contains(version, prereleases=True)


@given(range_texts, range_texts, versions)
def test_two_bars_unite(one: str, other: str, version: Version) -> None:
    """`a || b` holds what a or b holds."""
    united = parse_range(f"{one}||{other}")
    assert (version in united) == (version in parse_range(one) or version in parse_range(other))


@given(pieces, pieces, versions)
def test_a_comma_intersects(one: str, other: str, version: Version) -> None:
    """`a, b` holds what a and b hold, by order."""
    both = parse_range(f"{one},{other}")
    each = (parse_range(one), parse_range(other))
    assert both.contains(version, True) == all(r.contains(version, True) for r in each)


@given(piece_versions, versions)
def test_opposite_operators_share_the_versions_between_them(text: str, version: Version) -> None:
    """A version is inside one of <= and >, and of = and !=; ^ and ~ lie between = and >=."""

    def holds(operator: str) -> bool:
        return parse_range(operator + text).contains(version, prereleases=True)

    assert holds("<=") != holds(">")
    assert holds("=") != holds("!=")
    assert holds("=") == holds("==")
    assert all(holds("=") <= holds(operator) <= holds(">=") for operator in "^~")
    assert not (holds("<") and holds(">="))


@given(versions, versions)
def test_caret_keeps_the_leftmost_number_that_is_not_zero(low: Version, version: Version) -> None:
    """`^` allows what SemVer calls compatible: nothing breaking, nothing older."""
    kept = next((i for i, number in enumerate(low.release) if number), 2) + 1
    expected = version.release[:kept] == low.release[:kept] and version >= low
    assert parse_range(f"^{spell(low)}").contains(version, prereleases=True) == expected


@given(versions, versions)
def test_tilde_keeps_major_and_minor(low: Version, version: Version) -> None:
    """`~X.Y.Z` allows later patches of X.Y."""
    expected = version.release[:2] == low.release[:2] and version >= low
    assert parse_range(f"~{spell(low)}").contains(version, prereleases=True) == expected

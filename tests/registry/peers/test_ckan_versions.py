"""CKAN's versions in our scheme."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from modpm.registry.peers.ckan_versions import Scheme, key
from modpm.versions import parse_range, parse_version

texts = st.text("019.vab-:", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("1.9", "1.10"),
        ("1.2", "1.2.0"),
        ("1.2a", "1.2b"),
        ("1.2a", "1.2.1"),
        ("2.0", "1:1.0"),
        ("v1.2", "1:v1.1"),
        ("1.2", "1.2-beta"),
        ("1", "a"),
    ],
)
def test_the_order_of_ckan(lower: str, higher: str) -> None:
    """Epochs first, then digits as numbers and letters before everything else."""
    assert key(lower) < key(higher)


def test_plain_versions_stay() -> None:
    """Versions of one to three numbers keep them, if those have the order that CKAN gives them."""
    scheme = Scheme(["1.2", "1.10", "2"])
    assert [scheme.version(v) for v in ("1.2", "1.10", "2")] == ["1.2.0", "1.10.0", "2.0.0"]
    assert Scheme(["v1.10", "v2.0"]).version("v1.10") == "1.10.0"
    assert Scheme(["v1.10", "2.0"]).version("v1.10") == "2.0.0"


def test_ranges_of_plain_versions() -> None:
    """The author's range stays what it is where it means the same."""
    scheme = Scheme(["1.2", "1.3", "1.10"])
    assert (scheme.at_least("1.3"), scheme.at_most("1.3.5")) == (">=1.3.0", "<=1.3.5")
    assert (scheme.exactly("1.10"), scheme.at_least("2")) == ("=1.10.0", ">=2.0.0")


def test_other_versions_are_counted() -> None:
    """One version that is no three numbers is enough for all to be counted, oldest first."""
    scheme = Scheme(["1.2.3.4", "1.2", "1:0.9"])
    assert [scheme.version(v) for v in ("1.2", "1.2.3.4", "1:0.9")] == ["1.0.0", "2.0.0", "3.0.0"]
    assert (scheme.at_least("1.2.1"), scheme.at_most("1.2.1")) == (">=2.0.0", "<=1.0.0")
    assert (scheme.at_least("2:1"), scheme.at_most("1.1")) == (">3.0.0", "<1.0.0")


def test_a_mod_that_nobody_has() -> None:
    """Of a mod without versions the author's range is told, if it can be."""
    assert (Scheme([]).at_least("1.0"), Scheme([]).at_least("1.0b")) == (">=1.0.0", "*")


@given(st.lists(texts, min_size=1, max_size=6), texts)
def test_the_same_versions_are_meant(known: list[str], bound: str) -> None:
    """The scheme keeps the order, and each range holds what CKAN's own comparison does."""
    scheme = Scheme(known)
    ours = {text: parse_version(scheme.version(text)) for text in known}
    for one in known:
        for other in known:
            assert (key(one) < key(other)) == (ours[one] < ours[other])
        assert (ours[one] in parse_range(scheme.at_least(bound))) == (key(one) >= key(bound))
        assert (ours[one] in parse_range(scheme.at_most(bound))) == (key(one) <= key(bound))
        assert (ours[one] in parse_range(scheme.exactly(bound))) == (key(one) == key(bound))

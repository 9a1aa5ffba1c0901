"""A file's name says one release."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.registry.names import file_name, split_name
from modpm.versions import parse_version

PART = r"[a-z0-9][a-z0-9_-]{0,5}"
IDS = st.from_regex(rf"{PART}(/{PART})?", fullmatch=True)
NUMBERS = st.integers(0, 99)
VERSIONS = st.builds(
    lambda numbers, label: ".".join(map(str, numbers)) + label,
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.sampled_from(["", "-alpha.1", "-beta.20", "-rc.3"]),
)


@given(id=IDS, version=VERSIONS)
def test_a_name_can_be_read_back(id: str, version: str) -> None:
    """No two releases share a name: id and version come back from it."""
    assert split_name(file_name(id, parse_version(version))) == (id, version)


@pytest.mark.parametrize(
    ("id", "version", "name"),
    [
        ("acme/core", "2.0.0", "acme+core-2.0.0.zip"),
        ("acme-core", "2.0.0", "acme-core-2.0.0.zip"),
        ("wave-2", "1.0.0-rc.1", "wave-2-1.0.0-rc.1.zip"),
    ],
)
def test_the_spelling_is_fixed(id: str, version: str, name: str) -> None:
    """Registries on disks depend on it."""
    assert file_name(id, parse_version(version)) == name


@pytest.mark.parametrize("name", ["core.zip", "Core-1.0.0.zip", "core-1.0.zip", "a+b+c-1.0.0.zip"])
def test_other_names_say_nothing(name: str) -> None:
    """What is no release's name is not guessed at."""
    assert split_name(name) is None

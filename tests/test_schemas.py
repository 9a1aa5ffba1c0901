"""The JSON Schemas that editors complete from."""

import json
import re
from importlib.resources import files

import pytest

from modpm.schemas import generate

NAMES = ["mod.schema.json", "loadout.schema.json", "game.schema.json"]


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_schema_is_what_modpm_reads(name: str) -> None:
    """After a change to a shape, `python -m modpm.schemas` writes the schemas anew."""
    shipped = files("modpm.schemas").joinpath(name).read_text(encoding="utf-8")
    assert shipped == generate()[name]


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_closed_and_explained(name: str) -> None:
    """An editor marks unknown keys, shows what each table is for, and can use every pattern."""
    schema = json.loads(generate()[name])
    for table in schema["$defs"].values():
        assert table["additionalProperties"] is False
        assert table["description"].endswith(".")
    for pattern in re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', generate()[name]):
        assert re.compile(json.loads(pattern))


def test_keys_are_spelled_as_in_the_files() -> None:
    """The schema has the file's names, such as optional-dependencies, not Python's."""
    properties = json.loads(generate()["mod.schema.json"])["$defs"]["ManifestFile"]["properties"]
    assert {"manifest-version", "optional-dependencies", "order"} <= properties.keys()

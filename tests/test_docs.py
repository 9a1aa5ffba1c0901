"""The pages in docs/ show what modpm prints."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from modpm.loadout import parse_loadout

ROOT = Path(__file__).parent.parent
TOLD = "\n".join(
    re.sub(r"^\$ typing \w+ ", "$ ", re.sub(r"^! ?", "", line))
    for file in sorted((ROOT / "tests" / "scenarios").glob("*.txt"))
    for line in file.read_text(encoding="utf-8").splitlines()
)
"""All that the scenarios show, as it stands on a terminal."""
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in sorted((ROOT / "docs").glob("*.md"))
    for number, block in enumerate(CONSOLE.findall(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("block", SHOWN)
def test_what_a_page_shows_is_in_a_scenario(block: str) -> None:
    """Each transcript is, line for line, part of one that the suite plays."""
    assert block in TOLD


RESOLUTION = (ROOT / "docs" / "resolution.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^## `(\w+)`\n\n[^`]*`modpm/([\w/]+)\.py`", RESOLUTION, re.MULTILINE)


@pytest.mark.parametrize(("name", "file"), SECTIONS)
def test_a_section_is_called_as_in_the_code(name: str, file: str) -> None:
    """What a section on resolution is about is defined under its name where it says."""
    module = f"modpm.{file.replace('/', '.')}"
    assert vars(import_module(module))[name].__module__ == module


def test_every_section_says_where() -> None:
    """No section with a name from the code leaves out its file."""
    assert len(SECTIONS) == len(re.findall("^## `", RESOLUTION, re.MULTILINE)) > 10


def test_the_loadout_of_the_page_on_conflicts_is_read() -> None:
    """All that the page says can be written is understood; what it must have besides is here."""
    page = (ROOT / "docs" / "conflicts.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    loadout = parse_loadout(f'[loadout]\nname = "friday"\n{shown}', "loadout.toml")
    assert loadout.strategy["combat.loot"] == "merge:union"
    assert len(loadout.pins) == 2

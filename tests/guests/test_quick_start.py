"""docs/wasm-mods.md begins a mod in each language; what it says is done here, and the mods play."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from modpm.guests.languages import LANGUAGES, Language
from modpm.guests.place import TEMPLATES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "wasm-mods.md").read_text(encoding="utf-8")
FENCE = {"c": "c", "rust": "rust", "assemblyscript": "ts", "javascript": "js", "python": "python"}
STARTS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
Build = Callable[[Path], Path]


def test_the_page_has_every_language() -> None:
    """Each language that modpm builds has a quick start."""
    shown = [re.findall(r"--lang (\w+)", start) for start in STARTS]
    assert sorted(shown) == sorted([language.name] for language in LANGUAGES)


@pytest.mark.parametrize("name", FENCE)
def test_the_page_shows_the_template(name: str) -> None:
    """The code on the page is what a new mod begins as."""
    [main] = (TEMPLATES / name).glob("main.*")
    assert f"```{FENCE[name]}\n{main.read_text(encoding='utf-8')}```" in PAGE


class Runner:
    """Runs the command line in a folder, and shows what went wrong."""

    def __init__(self, folder: Path, path: str) -> None:
        self._folder = folder
        self._env = os.environ | {"PATH": path, "MODPM_CACHE": str(folder / "cache")}

    def __call__(self, line: str) -> str:
        """Return what a command line prints."""
        done = subprocess.run(
            [sys.executable, "-m", *line.split()],
            cwd=self._folder,
            env=self._env,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(params=LANGUAGES, ids=lambda language: language.name)
def language(request: pytest.FixtureRequest, built: Build) -> Language:
    """A language whose tools are here, else a skip that says what is missing."""
    found: Language = request.param
    parrot = ROOT / "tests/guests/parrot" / found.name
    if parrot.exists():
        built(parrot)
    return found


def test_a_new_mod_builds_and_plays(
    language: Language, built: Build, guest_tools: str, tmp_path: Path
) -> None:
    """The commands of the page make a mod that greets, and sets a parameter in the tenth turn."""
    [new, build] = next(
        start for start in STARTS if f"--lang {language.name}\n" in start
    ).splitlines()
    run = Runner(tmp_path, guest_tools)
    run(new)
    if language.name == "rust":  # the crates that it needs were compiled for the parrot
        done = built(ROOT / "tests/guests/parrot/rust").parent / ".modpm/target"
        copytree(done, tmp_path / "frost/.modpm/target")
    run(build)
    run("modpm new loadout year")
    run("modpm -C year add acme/frost --path ../frost")
    run("modpm -C year remove my-mod")
    played = run("modpm -C year run --ticks 10")
    assert "acme/frost: hello from acme/frost" in played
    assert "difficulty  4  * acme/frost" in played

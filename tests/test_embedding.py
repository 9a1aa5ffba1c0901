"""The page on embedding does what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "embedding.md"
BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Install modpm, all that a game gets and nothing else of the checkout, and return where."""
    place = tmp_path / "site"
    quiet = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "install", *quiet, "--target", str(place)]
    subprocess.run([*command, str(PAGE.parents[1])], check=True)
    return place


def test_the_page_runs_from_the_top_to_the_end(tmp_path: Path, installed: Path) -> None:
    """In an empty folder, each file is written and each piece of code run where it stands."""
    program = "from pathlib import Path\nimport modpm\nPath('mods').mkdir()\n"
    program += f"assert Path(modpm.__file__).is_relative_to({str(installed)!r})\n"
    for language, text in BLOCKS:
        if language == "python":
            program += text
        else:
            name = text.partition("\n")[0].strip("#/ ")
            program += f"Path({name!r}).write_text({text!r}, encoding='utf-8')\n"
    folder = tmp_path / "game"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("24.0 ()")


def test_every_block_is_code_or_a_file_with_its_name() -> None:
    """Nothing on the page is only shown."""
    files = [text.partition("\n")[0] for language, text in BLOCKS if language != "python"]
    assert {language for language, _ in BLOCKS} == {"toml", "rhai", "python"}
    assert all(re.fullmatch(r"(#|//) [\w/]+\.\w+", name) for name in files)


def test_the_page_is_typed(tmp_path: Path) -> None:
    """Who embeds modpm under `mypy --strict` finds no name of it without a type."""
    text = "".join(text for language, text in BLOCKS if language == "python")
    (tmp_path / "farm.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "farm.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "Success: no issues found in 1 source file\n")

"""An index that is brought up to date step by step equals one that is made anew."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modpm.registry.directory import DirectoryRegistry
from tests.registry.test_directory import Shelf

IDS = ("acme/a", "b", "c")
VERSIONS = ("1.0.0", "1.1.0", "2.0.0-rc.1")
WORDS = (
    "",
    'replaced-by = "c"\n',
    '[provides]\nhud = "1.0.0"\n',
    '[dependencies]\nb = "^1"\n',
    "[nonsense]\n",
)

WHAT = (
    *("pack", "pack elsewhere", "unpack", "remove", "spoil", "look", "look"),
    *("remove folder", "move folder", "make folder a mod"),
)

step = st.tuples(
    st.sampled_from(WHAT),
    st.sampled_from(IDS),
    st.sampled_from(VERSIONS),
    st.sampled_from(WORDS),
)
Step = tuple[str, str, str, str]
REST = 0.03
"""Seconds after which a folder is taken to be at rest: more than clocks of file systems jump."""


def do(shelf: Shelf, what: str, id: str, version: str, more: str) -> None:
    """Change the folder, or look into it as a command does."""
    name = f"{id.replace('/', '+')}-{version}"
    if what == "look":
        time.sleep(REST)
        shelf.open().refresh()
    elif what == "unpack":
        shelf.unpacked(f"loose/{name}", id, version, more)
    elif what == "remove":
        for path in shelf.folder.rglob(f"{name}*.zip"):
            path.unlink()
    elif what == "remove folder":
        shutil.rmtree(shelf.folder / "sub", ignore_errors=True)
    elif what == "move folder":
        if (shelf.folder / "sub").is_dir() and not (shelf.folder / "moved").exists():
            (shelf.folder / "sub").rename(shelf.folder / "moved")
    elif what == "make folder a mod":
        shelf.unpacked("sub", id, version, more)
    elif what == "spoil":
        others = shelf.folder.rglob(f"{id.replace('/', '+')}-*.zip")
        for path in (*others, shelf.folder / f"{name}.zip"):
            path.write_bytes(more.encode())
    elif more != "[nonsense]\n":
        shelf.add(id, version, more, name=f"{'sub/' * (what != 'pack')}{name}.zip")


def told(registry: DirectoryRegistry) -> Sequence[object]:
    """Return all that a registry answers; its mods come first: "spoil" overwrites in place."""
    registry.refresh()
    for id in IDS:
        registry.releases(id)
    ids = sorted(registry.ids())
    return (
        [(id, registry.releases(id), registry.providers(id)) for id in ids],
        registry.renames(),
        [(problem.path, str(problem.error), problem.ids) for problem in registry.problems()],
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(step, max_size=12))
@example([(what, "b", "1.0.0", "") for what in ("pack elsewhere", "look", "spoil")])
@example(
    [
        ("pack elsewhere", "b", "1.0.0", ""),
        ("pack elsewhere", "c", "1.0.0", ""),
        ("spoil", "c", "1.0.0", ""),
        ("look", "b", "1.0.0", ""),
        ("remove folder", "b", "1.0.0", ""),
    ]
)
def test_step_by_step_equals_anew(steps: Sequence[Step]) -> None:
    """Whatever is added, changed, moved, spoilt and removed in between, with looks in any place."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("modpm.disk.RACY", int(REST * 1e9))
        shelf = Shelf(Path(folder))
        for each in steps:
            do(shelf, *each)
        anew = DirectoryRegistry("main", shelf.folder, Path(folder, "other"))
        assert told(shelf.open()) == told(anew)

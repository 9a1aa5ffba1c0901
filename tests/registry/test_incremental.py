"""An index that is brought up to date step by step equals one that is made anew."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
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

step = st.tuples(
    st.sampled_from(("pack", "pack elsewhere", "unpack", "remove", "spoil", "look")),
    st.sampled_from(IDS),
    st.sampled_from(VERSIONS),
    st.sampled_from(WORDS),
)
Step = tuple[str, str, str, str]


def do(shelf: Shelf, what: str, id: str, version: str, more: str) -> None:
    """Change the folder, or look into it as a command does."""
    name = f"{id.replace('/', '+')}-{version}"
    if what == "look":
        shelf.open().refresh()
    elif what == "unpack":
        shelf.unpacked(f"loose/{name}", id, version, more)
    elif what == "remove":
        for path in shelf.folder.rglob(f"{name}*.zip"):
            path.unlink()
    elif what == "spoil":
        (shelf.folder / f"{name}.zip").write_bytes(more.encode())
    elif more != "[nonsense]\n":
        shelf.add(id, version, more, name=f"{'sub/' * (what != 'pack')}{name}.zip")


def told(registry: DirectoryRegistry) -> Sequence[object]:
    """Return all that a registry answers."""
    registry.refresh()
    ids = sorted(registry.ids())
    return (
        [(id, registry.releases(id), registry.providers(id)) for id in ids],
        registry.renames(),
        [(problem.path, str(problem.error), problem.ids) for problem in registry.problems()],
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(step, max_size=12))
def test_step_by_step_equals_anew(steps: Sequence[Step]) -> None:
    """Whatever is added, changed, moved, spoilt and removed in between, with looks in any place."""
    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        for each in steps:
            do(shelf, *each)
        anew = DirectoryRegistry("main", shelf.folder, Path(folder, "other"))
        assert told(shelf.open()) == told(anew)

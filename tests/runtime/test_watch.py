"""Changes on the disk are seen: none is missed, and none is believed before it is whole."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from modpm.runtime.watch import Watcher

SECONDS = 60


class Eye:
    """A watcher that counts its looks, and what it saw in each."""

    def __init__(self, *paths: Path) -> None:
        self.seen: list[dict[str, bytes]] = []
        self._paths = paths
        self._looked = Event()
        self.watcher = Watcher(lambda: self._paths, self._look)

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for a look after which that is so."""
        end = time.monotonic() + SECONDS
        while not done():
            assert time.monotonic() < end, self.seen[-1:]
            self._looked.wait(0.1)
            self._looked.clear()

    def _look(self, watcher: Watcher) -> None:
        files = [file for path in self._paths for file in (path, *path.rglob("*"))]
        self.seen.append({file.name: file.read_bytes() for file in files if file.is_file()})
        self._looked.set()


Watch = Callable[..., Eye]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Watch paths until the test ends."""
    eyes: list[Eye] = []

    def watch(*paths: Path) -> Eye:
        eye = Eye(*paths)
        eyes.append(eye)
        eye.until(lambda: bool(eye.seen))
        return eye

    yield watch
    for eye in eyes:
        eye.watcher.close()


def test_the_first_look_comes_by_itself(tmp_path: Path, watch: Watch) -> None:
    """What changed before the watcher was there is not missed."""
    (tmp_path / "a").write_bytes(b"1")
    assert watch(tmp_path).seen[0] == {"a": b"1"}


def test_every_change_is_seen_in_the_end(tmp_path: Path, watch: Watch) -> None:
    """Files that are written, replaced, removed, and new ones in new folders."""
    file = tmp_path / "a"
    file.write_bytes(b"1")
    eye = watch(tmp_path)
    for content in (b"2", b"3"):
        (tmp_path / "~").write_bytes(content)
        (tmp_path / "~").replace(file)
        eye.until(lambda content=content: eye.seen[-1] == {"a": content})  # type: ignore[misc]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"4")
    eye.until(lambda: eye.seen[-1] == {"a": b"3", "c": b"4"})
    file.unlink()
    eye.until(lambda: eye.seen[-1] == {"c": b"4"})


def test_what_is_not_there_is_seen_when_it_comes(tmp_path: Path, watch: Watch) -> None:
    """A file, and a folder in a folder, that come, go, and come again."""
    file, folder = tmp_path / "a", tmp_path / "b" / "c"
    eye = watch(file, folder)
    for content in (b"1", b"2"):
        file.write_bytes(content)
        eye.until(lambda content=content: eye.seen[-1] == {"a": content})  # type: ignore[misc]
        file.unlink()
        eye.until(lambda: eye.seen[-1] == {})
    folder.mkdir(parents=True)
    (folder / "d").write_bytes(b"3")
    eye.until(lambda: eye.seen[-1] == {"d": b"3"})


@pytest.mark.skipif(os.name == "nt", reason="on Windows a link needs a right")
def test_a_link_that_leads_elsewhere(tmp_path: Path, watch: Watch) -> None:
    """The system tells of what happens in a folder, not that a name is another folder's now."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text(name)
    link, other = tmp_path / "link", tmp_path / "other"
    link.symlink_to(tmp_path / "old")
    eye = watch(link)
    eye.until(lambda: eye.seen[-1:] == [{"a": b"old"}])
    other.symlink_to(tmp_path / "new")
    other.replace(link)
    eye.until(lambda: eye.seen[-1] == {"a": b"new"})
    (tmp_path / "new" / "a").write_text("newer")
    eye.until(lambda: eye.seen[-1] == {"a": b"newer"})


def test_a_folder_is_seen_whatever_it_is_in(tmp_path: Path, watch: Watch) -> None:
    """Where others keep what is not worth watching, a mod may still be."""
    file = tmp_path / "node_modules" / ".venv" / "a"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"1")
    eye = watch(file.parent)
    eye.until(lambda: eye.seen[-1:] == [{"a": b"1"}])
    file.write_bytes(b"2")
    eye.until(lambda: eye.seen[-1] == {"a": b"2"})


def test_nothing_is_looked_at_while_nothing_changes(tmp_path: Path, watch: Watch) -> None:
    """A file that is only read is not new."""
    (tmp_path / "a").write_bytes(b"1")
    eye = watch(tmp_path)
    time.sleep(0.3)
    looks = len(eye.seen)
    (tmp_path / "a").read_bytes()
    time.sleep(0.3)
    assert len(eye.seen) == looks


def test_a_look_learns_that_it_was_too_early(tmp_path: Path) -> None:
    """What changes during a look makes it unsettled, and leads to another."""
    told: list[bool] = []
    file = tmp_path / "a"
    file.write_bytes(b"0")

    def look(watcher: Watcher) -> None:
        if not told:
            file.write_bytes(b"1")
        told.append(watcher.settled())

    watcher = Watcher(lambda: [tmp_path], look)
    end = time.monotonic() + SECONDS
    while told != [False, True]:
        assert time.monotonic() < end, told
        time.sleep(0.01)
    watcher.close()


def test_closing_ends_the_thread(tmp_path: Path, watch: Watch) -> None:
    """After `close` nobody looks any more."""
    eye = watch(tmp_path)
    eye.watcher.close()
    looks = len(eye.seen)
    (tmp_path / "a").write_bytes(b"1")
    time.sleep(0.2)
    assert len(eye.seen) == looks

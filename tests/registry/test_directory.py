"""A folder of mods, packed and not, is an index that tells what it cannot offer."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import msgspec
import pytest

from modpm.archive.pack import digest, pack
from modpm.errors import (
    CorruptArchive,
    DuplicateRelease,
    FileTooLarge,
    HashMismatch,
    HostileArchive,
    InvalidSyntax,
    InvalidValue,
    ManifestMismatch,
    ModpmError,
    NotBuilt,
    RegistryNotFound,
    StoreError,
    UnknownRelease,
)
from modpm.index import Release
from modpm.registry.directory import DirectoryRegistry
from modpm.registry.names import file_name
from modpm.store.cas import Store
from modpm.versions import Version, parse_version

FULL = """
priority = 3
[game]
id = "arena"
version = ">=1, <2"
[dependencies]
"acme/ui" = { any-of = [{ id = "acme/ui-a", version = "^1" }, { id = "acme/ui-b" }] }
[provides]
"acme/physics" = "2.0.0"
[parameters.combat]
max_hp = 200
speed = 1.0
table = { value = { a = [1, 2.5, true, "x"] }, priority = 20 }
[permissions]
plugins = ["combat"]
files = [{ path = "data", mode = "read" }]
"""
GAME = 'manifest-version = 1\n[game]\nid = "arena"\nversion = "{}"\nname = "Arena"\n'


def write_mod(folder: Path, id: str, version: str, more: str = "") -> Path:
    """Write an unpacked mod of the id and version into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    head = f'manifest-version = 1\n[mod]\nid = "{id}"\nversion = "{version}"\n'
    (folder / "mod.toml").write_text(head + more)
    return folder


class Shelf:
    """A registry's folder that a test fills."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "registry"
        self.cache = root / "cache"
        self._drafts = root / "drafts"
        self.folder.mkdir()

    def add(self, id: str, version: str, more: str = "", name: str = "") -> Path:
        """Pack a mod into the folder, under its own name or another."""
        draft = write_mod(self._drafts / id / version, id, version, more)
        path = self.folder / (name or file_name(id, parse_version(version)))
        path.parent.mkdir(parents=True, exist_ok=True)
        pack(draft, path)
        return path

    def unpacked(self, where: str, id: str, version: str, more: str = "") -> Path:
        """Put a mod into the folder as it is."""
        return write_mod(self.folder / where, id, version, more)

    def age(self) -> None:
        """Wait until no file counts as just changed."""
        time.sleep(0.15)

    def open(self) -> DirectoryRegistry:
        """Return the registry as a new command makes it."""
        return DirectoryRegistry("main", self.folder, self.cache)

    def versions(self, id: str) -> list[str]:
        """Return what a new command finds of a mod, newest first."""
        registry = self.open()
        registry.refresh()
        return [str(release.manifest.version) for release in registry.releases(id)]

    def reads(self) -> int:
        """Return how many files a new command opens to bring the index up to date."""
        told: list[int] = [0]
        self.open().refresh(lambda done, total: told.append(total))
        return told[-1]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return an empty registry's folder."""
    return Shelf(tmp_path)


@pytest.fixture
def as_other_user(tmp_path: Path) -> Callable[[Callable[[], None]], int]:
    """Run a function in a process without root's rights; return its exit status."""
    if not hasattr(os, "fork") or os.geteuid() != 0:
        pytest.skip("needs root, to give up root's rights")
    top = Path(gettempdir())
    for folder in takewhile(lambda folder: folder != top, (tmp_path, *tmp_path.parents)):
        folder.chmod(0o755)

    def run(action: Callable[[], None]) -> int:
        child = os.fork()
        if not child:
            status = 1
            try:
                os.setuid(65534)
                action()
                status = 0
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    return run


def key(release: Release) -> tuple[str, Version, str]:
    """Return what a lock says of a release."""
    return release.manifest.id, release.manifest.version, release.sha256


def test_releases_come_newest_first(shelf: Shelf) -> None:
    """Versions are ordered as versions, pre-releases before their release."""
    for version in ("1.9.0", "1.10.0", "2.0.0-rc.1", "2.0.0"):
        shelf.add("acme/core", version)
    assert shelf.versions("acme/core") == ["2.0.0", "2.0.0rc1", "1.10.0", "1.9.0"]
    assert shelf.versions("acme/other") == []


def test_an_archive_is_offered_with_its_bytes(shelf: Shelf) -> None:
    """Size and sha256 are those of the file, and the store takes it in by them."""
    path = shelf.add("acme/core", "1.0.0")
    [release] = shelf.open().releases("acme/core")
    assert (release.source, release.size) == ("main", path.stat().st_size)
    assert shelf.open().locate(*key(release)) == path
    store = Store(shelf.cache / "store")
    folder = store.add_archive(path, release.sha256, release.size)
    assert "acme/core" in (folder / "mod.toml").read_text()


def test_an_unpacked_mod_counts_as_its_archive(shelf: Shelf) -> None:
    """A mod under development has the hash that it would have packed."""
    folder = shelf.unpacked("work/core", "acme/core", "1.0.0")
    [release] = shelf.open().releases("acme/core")
    assert (release.sha256, release.size) == digest(folder)
    assert shelf.open().locate(*key(release)) == folder


def test_the_index_keeps_the_whole_manifest(shelf: Shelf) -> None:
    """What comes from the index equals what was read from the file, ints and floats apart."""
    shelf.add("acme/big", "1.0.0", FULL)
    fresh = shelf.open().releases("acme/big")
    shelf.age()
    shelf.reads()
    assert shelf.reads() == 0
    kept = shelf.open().releases("acme/big")
    assert kept == fresh
    assert msgspec.json.encode(kept, enc_hook=str) == msgspec.json.encode(fresh, enc_hook=str)
    assert [repr(setting.value) for setting in kept[0].manifest.settings][:2] == ["200", "1.0"]


def test_virtual_ids_are_known(shelf: Shelf) -> None:
    """`providers` answers for what mods provide, and `ids` lists it."""
    shelf.add("acme/big", "1.0.0", FULL)
    shelf.add("zoe/big", "1.0.0", FULL)
    registry = shelf.open()
    assert registry.providers("acme/physics") == ["acme/big", "zoe/big"]
    assert registry.providers("acme/big") == []
    assert set(registry.ids()) == {"acme/big", "zoe/big", "acme/physics"}


def test_mods_are_found_below_but_not_inside_mods(shelf: Shelf) -> None:
    """Sub-folders are searched, hidden ones and those of a mod are not."""
    shelf.add("acme/a", "1.0.0", name="acme/old/acme+a-1.0.0.zip")
    shelf.unpacked("work/b", "b", "1.0.0")
    shelf.unpacked("work/b/vendored/c", "c", "1.0.0")
    shelf.unpacked(".git/d", "d", "1.0.0")
    shelf.unpacked("1/2/3/4/5/6/7/e", "e", "1.0.0")
    assert set(shelf.open().ids()) == {"acme/a", "b"}


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a privilege to make links")
def test_folders_behind_links_are_not_searched(shelf: Shelf) -> None:
    """A loop of links ends."""
    shelf.add("acme/a", "1.0.0")
    (shelf.folder / "loop").symlink_to(shelf.folder)
    assert shelf.versions("acme/a") == ["1.0.0"]


def test_the_newest_game_is_found(shelf: Shelf) -> None:
    """A game.toml in a sub-folder defines the game, and mods may lie beside it."""
    for version in ("1.9.0", "1.10.0"):
        folder = shelf.folder / f"arena-{version}"
        folder.mkdir()
        (folder / "game.toml").write_text(GAME.format(version))
    shelf.unpacked("arena-1.9.0/mods/b", "b", "1.0.0")
    game = shelf.open().game("arena")
    assert game is not None
    assert str(game.version) == "1.10.0"
    assert shelf.open().game("chess") is None
    assert shelf.versions("b") == ["1.0.0"]


# --- refreshing -----------------------------------------------------------------------------------


def test_only_what_changed_is_read(shelf: Shelf) -> None:
    """A new command reads new and changed files, and none twice."""
    shelf.add("acme/a", "1.0.0")
    shelf.add("acme/b", "1.0.0")
    shelf.unpacked("c", "c", "1.0.0")
    shelf.age()
    assert [shelf.reads(), shelf.reads()] == [3, 0]
    shelf.add("acme/a", "1.0.0", 'description = "changed"\n')
    (shelf.folder / "c" / "main.rhai").write_text("fn on_init() {}")
    shelf.age()
    assert [shelf.reads(), shelf.reads()] == [2, 0]
    assert shelf.open().releases("acme/a")[0].manifest.description == "changed"


def test_what_vanished_is_forgotten(shelf: Shelf) -> None:
    """A file that is removed is no longer offered; a renamed one is read again."""
    path = shelf.add("acme/a", "1.0.0")
    assert shelf.versions("acme/a") == ["1.0.0"]
    (shelf.folder / "sub").mkdir()
    path.rename(shelf.folder / "sub" / path.name)
    assert shelf.versions("acme/a") == ["1.0.0"]
    (shelf.folder / "sub" / path.name).unlink()
    assert shelf.versions("acme/a") == []


def overwrite(path: Path, data: bytes) -> None:
    """Write other bytes into a file that stays the one that it is, as a plain copy does."""
    with path.open("r+b") as file:
        file.truncate()
        file.write(data)


def test_an_archive_that_is_overwritten_in_place_is_noticed(shelf: Shelf) -> None:
    """Its folder does not tell; who asks for the mod sees it, and from then on all else counts."""
    path = shelf.add("acme/a", "1.0.0")
    other = shelf.add("acme/b", "1.0.0")
    shelf.age()
    shelf.reads()
    for each in (path, other):
        id = "acme/a" if each is path else "acme/b"
        new = shelf.add(id, "1.0.0", f'[provides]\n"{id}-ui" = "1.0.0"\n', name=f"../{id}.zip")
        overwrite(each, new.read_bytes())
    registry = shelf.open()
    [release] = registry.releases("acme/a")
    assert [one.id for one in release.manifest.provides] == ["acme/a-ui"]
    assert registry.locate(*key(release)) == path
    assert set(registry.ids()) == {"acme/a", "acme/b", "acme/a-ui", "acme/b-ui"}


def test_a_folder_that_goes_takes_its_mods_along(shelf: Shelf) -> None:
    """Also one that was never at rest, because something in it could not be read."""
    shelf.add("acme/a", "1.0.0", name="sub/acme+a-1.0.0.zip")
    (shelf.folder / "sub" / "bad.zip").write_bytes(b"")
    shelf.age()
    assert shelf.versions("acme/a") == ["1.0.0"]
    shutil.rmtree(shelf.folder / "sub")
    assert shelf.versions("acme/a") == []


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a privilege to make links")
def test_what_is_behind_a_link_is_looked_at(shelf: Shelf) -> None:
    """A linked archive comes and goes without a change in the folder of the link."""
    path = shelf.add("acme/a", "1.0.0", name="../elsewhere.zip")
    (shelf.folder / "acme+a-1.0.0.zip").symlink_to(path)
    shelf.add("acme/b", "1.0.0")
    shelf.age()
    assert shelf.versions("acme/a") == ["1.0.0"]
    path.unlink()
    registry = shelf.open()
    registry.refresh()
    assert set(registry.ids()) == {"acme/b"}


def test_what_another_program_held_is_read_the_next_time(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that could not be opened once looks the same when it can be."""

    def refuse(path: Path) -> None:
        raise PermissionError(13, "another program uses it", str(path))

    shelf.add("acme/a", "1.0.0")
    shelf.age()
    with monkeypatch.context() as patch:
        patch.setattr("modpm.registry.reading.opened", refuse)
        assert shelf.versions("acme/a") == []
    assert shelf.versions("acme/a") == ["1.0.0"]


@pytest.mark.skipif(os.name == "nt", reason="Windows needs a privilege to make links")
def test_what_can_no_longer_be_read_is_not_offered(shelf: Shelf) -> None:
    """Also if it was new when it was read."""
    path = shelf.add("acme/a", "1.0.0")
    assert shelf.versions("acme/a") == ["1.0.0"]
    path.unlink()
    path.symlink_to("nowhere")
    registry = shelf.open()
    registry.refresh()
    assert not registry.ids()
    assert [problem.path for problem in registry.problems()] == [path.name]


def test_a_folder_in_the_place_of_its_twin_is_read(shelf: Shelf) -> None:
    """Who renames what lies above it leaves its times as they are."""
    root, name = shelf.folder.parent, file_name("acme/a", parse_version("1.0.0"))
    provided = ("acme/ui", "acme/hud")
    made = [
        shelf.add(
            "acme/a", "1.0.0", f'[provides]\n"{id}" = "1.0.0"\n', name=f"../{n}.zip"
        ).resolve()
        for n, id in enumerate(provided)
    ]
    shutil.rmtree(shelf.folder)
    subs = [root / f"v{number}" / "sub" for number in range(len(made))]
    for sub in subs:
        sub.mkdir(parents=True)
    for archive, sub in zip(made, subs, strict=True):  # so fast that the clock may not move
        archive.rename(sub / name)
    shelf.age()
    for number, id in enumerate(provided):
        (root / f"v{number}").rename(shelf.folder)
        assert list(shelf.open().providers(id)) == ["acme/a"]
        shelf.folder.rename(root / f"v{number}")


def test_an_entry_that_no_release_would_have_is_none(shelf: Shelf) -> None:
    """What tools leave in a mod's folder is not packed, and so not played."""
    folder = write_mod(shelf.folder / "a", "acme/a", "1.0.0")
    text = (folder / "mod.toml").read_text()
    (folder / "mod.toml").write_text(f'{text}entry = "node_modules/a.rhai"\n')
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "a.rhai").write_text("")
    registry = shelf.open()
    registry.refresh()
    assert [type(problem.error) for problem in registry.problems("acme/a")] == [NotBuilt]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
@pytest.mark.parametrize("name", ["mod/mod.toml", "x.zip", "game.toml", "registry.toml"])
def test_a_pipe_is_no_file(shelf: Shelf, name: str) -> None:
    """Whoever read it would wait for ever."""
    shelf.add("acme/a", "1.0.0")
    (shelf.folder / name).parent.mkdir(exist_ok=True)
    os.mkfifo(shelf.folder / name)
    assert shelf.versions("acme/a") == ["1.0.0"]


@pytest.mark.parametrize(
    ("whole", "damaged"),
    [(b"acme/ui", b"\xffcme/ui"), (b"1.0.0", b"1.x.0"), (b"acme", b"\x81\xa2")],
)
def test_a_row_that_was_damaged_is_read_anew(shelf: Shelf, whole: bytes, damaged: bytes) -> None:
    """Whatever has become of its bytes."""
    shelf.add("acme/a", "1.0.0", '[provides]\n"acme/ui" = "1.0.0"\n')
    shelf.age()
    assert shelf.versions("acme/a") == ["1.0.0"]
    (file,) = shelf.cache.glob("*.sqlite")
    with sqlite3.connect(file) as db:
        (content,) = db.execute("SELECT content FROM files").fetchone()
        assert whole in content
        db.execute("UPDATE files SET content = ?", (content.replace(whole, damaged),))
    db.close()
    (release,) = shelf.open().releases("acme/a")
    assert [provision.id for provision in release.manifest.provides] == ["acme/ui"]


def test_a_copy_that_took_its_time_is_seen_when_it_is_whole(shelf: Shelf) -> None:
    """An archive that was cut off when its folder was read is looked at again."""
    path = shelf.add("acme/a", "1.0.0")
    whole = path.read_bytes()
    overwrite(path, whole[:100])
    shelf.age()
    assert shelf.versions("acme/a") == []
    overwrite(path, whole)
    shelf.age()
    assert shelf.versions("acme/a") == ["1.0.0"]


def test_a_change_in_the_same_moment_is_seen(shelf: Shelf) -> None:
    """A file that changes right after it was read, keeping its size and time, is read again."""
    folder = shelf.unpacked("c", "c", "1.0.0")
    first = shelf.open().releases("c")
    status = (folder / "mod.toml").stat()
    (folder / "mod.toml").write_text((folder / "mod.toml").read_text().replace("1.0.0", "1.0.1"))
    os.utime(folder / "mod.toml", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert shelf.open().releases("c") != first


def test_progress_is_told(shelf: Shelf) -> None:
    """Reading many files can be shown to the player."""
    for number in range(3):
        shelf.add(f"m{number}", "1.0.0")
    told: list[tuple[int, int]] = []
    shelf.open().refresh(lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (3, 3)]


def test_a_folder_that_is_gone_is_an_error(shelf: Shelf) -> None:
    """A registry that went away is not an empty one."""
    shelf.folder.rmdir()
    with pytest.raises(RegistryNotFound):
        shelf.open().refresh()


# --- what cannot be offered -----------------------------------------------------------------------


def bad_zip(shelf: Shelf) -> Path:
    """Cut an archive off."""
    path = shelf.add("acme/bad", "1.0.0")
    path.write_bytes(path.read_bytes()[:100])
    return path


def bad_name(shelf: Shelf) -> Path:
    """Call one mod by the name of another."""
    return shelf.add("acme/core", "2.0.0", name="acme+bad-1.0.0.zip")


def bad_toml(shelf: Shelf) -> Path:
    """Break a manifest's syntax."""
    return shelf.add("acme/bad", "1.0.0", "[[[")


def bad_text(shelf: Shelf) -> Path:
    """Write a manifest that is not text."""
    path = shelf.folder / "acme+bad-1.0.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mod.toml", b"\xff\xfe")
    return path


def no_manifest(shelf: Shelf) -> Path:
    """Leave the manifest in a sub-folder, as some hosts' archives do."""
    path = shelf.folder / "acme+bad-1.0.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("acme-bad/mod.toml", b"")
    return path


def hostile(shelf: Shelf) -> Path:
    """Pack a path that leaves the folder."""
    path = shelf.folder / "acme+bad-1.0.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../x", b"")
    return path


BROKEN = [
    (bad_zip, CorruptArchive),
    (bad_name, ManifestMismatch),
    (bad_toml, InvalidSyntax),
    (bad_text, InvalidSyntax),
    (no_manifest, CorruptArchive),
    (hostile, HostileArchive),
]


@pytest.mark.parametrize(("harm", "error"), BROKEN, ids=[harm.__name__ for harm, _ in BROKEN])
def test_a_broken_mod_is_a_problem_of_its_own(
    shelf: Shelf, harm: Callable[[Shelf], Path], error: type[ModpmError]
) -> None:
    """It is told by its file and by the mod that it may have been, and the others are offered."""
    path = harm(shelf)
    shelf.add("acme/good", "1.0.0")
    shelf.age()
    assert shelf.versions("acme/good") == ["1.0.0"]
    assert shelf.versions("acme/bad") == []
    assert shelf.reads() == 0
    [problem] = shelf.open().problems("acme/bad")
    assert isinstance(problem.error, error)
    assert problem.path == path.name
    assert str(path) in str(problem.error)
    assert shelf.open().problems("acme/good") == ()


def test_a_mod_that_is_not_built_is_not_offered(shelf: Shelf) -> None:
    """A folder without the entry that its manifest names is told as such, until it is there."""
    mod = write_mod(shelf.folder / "bad", "acme/bad", "1.0.0", 'entry = "mod.wasm"\n')
    assert shelf.versions("acme/bad") == []
    [problem] = shelf.open().problems("acme/bad")
    assert isinstance(problem.error, NotBuilt)
    (mod / "mod.wasm").write_bytes(b"")
    assert shelf.versions("acme/bad") == ["1.0.0"]


def test_a_wrong_name_is_explained(shelf: Shelf) -> None:
    """Both names are told, both mods are found by it, and the right name is the hint."""
    bad_name(shelf)
    [problem] = shelf.open().problems("acme/core")
    assert problem.ids == ("acme/bad", "acme/core")
    assert problem.error.data == {
        "file": str(shelf.folder / "acme+bad-1.0.0.zip"),
        "expected": "acme/bad 1.0.0",
        "found": "acme/core 2.0.0",
        "hint": "rename it to acme+core-2.0.0.zip",
    }


def test_a_mended_mod_is_offered(shelf: Shelf) -> None:
    """A problem goes away with its cause."""
    bad_zip(shelf)
    assert shelf.versions("acme/bad") == []
    shelf.add("acme/bad", "1.0.0")
    assert shelf.versions("acme/bad") == ["1.0.0"]
    assert shelf.open().problems() == ()


def test_a_huge_manifest_is_not_read(shelf: Shelf) -> None:
    """A manifest of megabytes is a problem, packed or not."""
    shelf.unpacked("huge", "huge", "1.0.0", "#" * (2 << 20))
    shelf.add("acme/huge", "1.0.0", "#" * (2 << 20))
    first, second = shelf.open().problems()
    assert isinstance(first.error, HostileArchive)
    assert isinstance(second.error, FileTooLarge)


def test_a_mod_folder_that_cannot_be_packed_is_a_problem(shelf: Shelf) -> None:
    """A folder is held to the rules of archives."""
    folder = shelf.unpacked("work", "work", "1.0.0")
    (folder / "nul.txt").touch()
    [problem] = shelf.open().problems()
    assert isinstance(problem.error, HostileArchive)
    (folder / "nul.txt").unlink()
    assert shelf.versions("work") == ["1.0.0"]


def test_two_files_for_one_release_are_refused(shelf: Shelf) -> None:
    """Which of two different files is acme/a 1.0.0 is not for modpm to guess."""
    shelf.add("acme/a", "1.0.0")
    shelf.add("acme/a", "1.1.0")
    shelf.unpacked("work/a", "acme/a", "1.0.0", 'description = "newer"\n')
    assert shelf.versions("acme/a") == ["1.1.0"]
    [problem] = shelf.open().problems("acme/a")
    assert isinstance(problem.error, DuplicateRelease)
    names = ("acme+a-1.0.0.zip", "work/a")
    assert problem.error.files == tuple(str(shelf.folder / name) for name in names)


def test_the_same_bytes_twice_are_one_release(shelf: Shelf) -> None:
    """A mod that lies there packed and unpacked is offered once, by the first path."""
    path = shelf.add("acme/a", "1.0.0")
    shelf.unpacked("work/a", "acme/a", "1.0.0")
    [release] = shelf.open().releases("acme/a")
    assert shelf.open().locate(*key(release)) == path
    assert shelf.open().problems() == ()


def test_a_release_with_another_hash_is_told(shelf: Shelf) -> None:
    """What the lock wants and the folder no longer has is a mismatch, not a missing mod."""
    shelf.unpacked("a", "acme/a", "1.0.0")
    [release] = shelf.open().releases("acme/a")
    shelf.unpacked("a", "acme/a", "1.0.0", 'description = "edited"\n')
    shelf.age()
    registry = shelf.open()
    registry.refresh()
    with pytest.raises(HashMismatch) as failed:
        registry.locate(*key(release))
    assert (failed.value.what, failed.value.expected) == ("acme/a 1.0.0", release.sha256)
    (shelf.folder / "a" / "mod.toml").unlink()
    registry.refresh()
    with pytest.raises(UnknownRelease):
        registry.locate(*key(release))


def test_a_folder_without_rights_is_a_problem(
    shelf: Shelf, as_other_user: Callable[[Callable[[], None]], int]
) -> None:
    """What may not be read is told; the rest is offered, with no cache to write to."""
    shelf.add("acme/a", "1.0.0")
    shelf.unpacked("secret/b", "b", "1.0.0")
    (shelf.folder / "secret").chmod(0o700)

    def check() -> None:
        assert shelf.versions("acme/a") == ["1.0.0"]
        [problem] = shelf.open().problems()
        assert (problem.path, type(problem.error)) == ("secret", StoreError)
        assert not shelf.cache.exists()

    assert as_other_user(check) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_a_problem(shelf: Shelf) -> None:
    """A file whose name is not Unicode is told, readably, and harms nobody."""
    (shelf.folder / "bad\udcff.zip").touch()
    shelf.add("acme/a", "1.0.0")
    assert shelf.versions("acme/a") == ["1.0.0"]
    [problem] = shelf.open().problems()
    assert problem.path == "bad?.zip"


# --- the cache ------------------------------------------------------------------------------------


def garbage(file: Path) -> None:
    """Overwrite the index."""
    file.write_bytes(b"not a database" * 100)


def cut(file: Path) -> None:
    """Cut the index off."""
    file.write_bytes(file.read_bytes()[:5000])


def scrambled(file: Path) -> None:
    """Overwrite all pages but the first."""
    data = file.read_bytes()
    file.write_bytes(data[:4096] + b"\xaa" * (len(data) - 4096))


def other_format(file: Path) -> None:
    """Say that another modpm wrote it."""
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 1")
        db.execute("DROP TABLE files")
        db.execute("CREATE TABLE files (x)")
    db.close()


def other_content(file: Path) -> None:
    """Store what is no manifest."""
    with sqlite3.connect(file) as db:
        db.execute("UPDATE files SET content = x'00'")
    db.close()


def empty(file: Path) -> None:
    """Empty the file."""
    file.write_bytes(b"")


@pytest.mark.parametrize("harm", [garbage, cut, scrambled, other_format, other_content, empty])
def test_a_damaged_cache_is_built_again(shelf: Shelf, harm: Callable[[Path], Any]) -> None:
    """The index is a cache: whatever happens to it, the answer is right, and next time fast."""
    for number in range(30):
        shelf.add("acme/a", f"1.{number}.0")
    shelf.age()
    right = shelf.versions("acme/a")
    [file] = shelf.cache.iterdir()
    harm(file)
    assert shelf.versions("acme/a") == right
    assert shelf.reads() == 0


def test_a_cache_that_cannot_be_made_costs_only_time(shelf: Shelf) -> None:
    """Without a place for its index, a registry works from memory."""
    shelf.cache.write_text("a file where the folder should be")
    shelf.add("acme/a", "1.0.0")
    assert shelf.versions("acme/a") == ["1.0.0"]


def test_a_busy_cache_costs_only_time(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process keeps the index locked, a registry works from memory."""
    monkeypatch.setattr("modpm.registry.cache._WAIT", 0.05)
    shelf.add("acme/a", "1.0.0")
    shelf.reads()
    [file] = shelf.cache.iterdir()
    shelf.add("acme/a", "1.1.0")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert shelf.versions("acme/a") == ["1.1.0", "1.0.0"]
    other.close()
    assert shelf.versions("acme/a") == ["1.1.0", "1.0.0"]


READ = """
import sys; from pathlib import Path; from modpm.registry.directory import DirectoryRegistry
registry = DirectoryRegistry("main", Path(sys.argv[1]), Path(sys.argv[2]))
registry.refresh()
print(len(registry.releases("acme/a")))
"""


def test_several_processes_may_build_the_index_at_once(shelf: Shelf) -> None:
    """Each of them answers in full."""
    for number in range(40):
        shelf.add("acme/a", f"1.{number}.0")
    command = [sys.executable, "-c", READ, str(shelf.folder), str(shelf.cache)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[0] for process in running] == ["40\n"] * 4
    assert len(shelf.versions("acme/a")) == 40


def test_a_read_only_cache_serves_what_it_has(
    shelf: Shelf, as_other_user: Callable[[Callable[[], None]], int]
) -> None:
    """An index that cannot be written is still read, and new files are found all the same."""
    shelf.add("acme/a", "1.0.0")
    shelf.age()
    shelf.reads()

    def unchanged() -> None:
        assert shelf.reads() == 0

    def changed() -> None:
        assert shelf.versions("acme/a") == ["1.1.0", "1.0.0"]

    assert as_other_user(unchanged) == 0
    shelf.add("acme/a", "1.1.0")
    assert as_other_user(changed) == 0


def test_yanked_releases(shelf: Shelf) -> None:
    """registry.toml names releases that stay where they are locked, as of the next command."""
    shelf.add("acme/core", "1.0.0")
    shelf.add("acme/core", "1.1.0")
    shelf.versions("acme/core")
    (shelf.folder / "registry.toml").write_text('[yanked]\n"acme/core" = ["1.1.0"]\n')
    registry = shelf.open()
    registry.refresh()
    assert [release.yanked for release in registry.releases("acme/core")] == [True, False]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[yanked]\ncore = ["1.0"]\n', "yanked.core[0]"),
        ('[yanked]\nCore = ["1.0.0"]\n', "yanked.Core"),
    ],
)
def test_a_wrong_registry_toml(shelf: Shelf, text: str, key: str) -> None:
    """What the owner wrote wrongly is told with its place, not passed over."""
    (shelf.folder / "registry.toml").write_text(text)
    with pytest.raises(InvalidValue) as error:
        shelf.open().refresh()
    assert error.value.key == key


def test_renamed_mods(shelf: Shelf) -> None:
    """The index knows what replaces a mod by its newest release."""
    shelf.add("old", "1.0.0")
    shelf.add("old", "1.1.0", more='replaced-by = "new"\n')
    shelf.add("back", "1.0.0", more='replaced-by = "new"\n')
    shelf.add("back", "1.1.0")
    registry = shelf.open()
    registry.refresh()
    assert {id: by.id for id, by in registry.renames().items()} == {"old": "new"}

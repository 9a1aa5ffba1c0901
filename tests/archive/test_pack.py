"""A folder has one archive, whoever packs it, wherever and whenever."""

import hashlib
import os
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modpm.archive.pack import digest, pack
from modpm.archive.rules import MOST_MEMBERS, Rule
from modpm.errors import HostileArchive, StoreError


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write `files` below `folder`, in the order given."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


FILES = {"mod.toml": b"[mod]\n", "data/b.txt": b"b", "data/é.txt": b"", "Z.rhai": b"\r\n"}


def test_the_bytes_of_a_pack_never_change(tmp_path: Path) -> None:
    """The sha256 of a known folder is known: published releases depend on it for ever."""
    sha256, size = digest(write(tmp_path / "mod", FILES))
    assert sha256 == "af78a0a494c414fe0393603791314e757512dd63f8814266a15d734c8fa879ef"
    assert size == 405


def test_a_pack_has_the_digest_of_its_folder(tmp_path: Path) -> None:
    """`digest` says what the file that `pack` writes hashes to, without writing it."""
    mod = write(tmp_path / "mod", FILES)
    told = pack(mod, tmp_path / "mod.zip")
    data = (tmp_path / "mod.zip").read_bytes()
    assert told == digest(mod) == (hashlib.sha256(data).hexdigest(), len(data))
    assert {path.name for path in tmp_path.iterdir()} == {"mod", "mod.zip"}


def test_other_tools_can_read_a_pack(tmp_path: Path) -> None:
    """A pack is an ordinary zip, its members sorted by the bytes of their names."""
    pack(write(tmp_path / "mod", FILES), tmp_path / "mod.zip")
    with zipfile.ZipFile(tmp_path / "mod.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(FILES, key=str.encode)
        assert {name: archive.read(name) for name in FILES} == FILES
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


NAMES = st.from_regex(r"[a-cé]{1,3}(/[a-cé]{1,3}\.txt)?", fullmatch=True)


@settings(deadline=None)
@given(data=st.data())
def test_only_names_and_contents_count(data: st.DataObject) -> None:
    """The order of creation, times and modes leave no trace in the archive."""
    drawn = data.draw(st.dictionaries(NAMES, st.binary(max_size=50), max_size=6))
    files = {n: c for n, c in drawn.items() if n.split("/")[0] not in drawn or "/" not in n}
    shuffled = dict(data.draw(st.permutations(list(files.items()))))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        write(Path(one), files)
        write(Path(two), shuffled)
        for name in files:
            seconds = data.draw(st.integers(0, 2**31))
            os.utime(Path(two, name), (seconds, seconds))
            Path(two, name).chmod(data.draw(st.sampled_from([0o644, 0o755, 0o444])))
        assert digest(Path(one)) == digest(Path(two))


def test_what_npm_installed_is_left_out(tmp_path: Path) -> None:
    """A mod built with npm's tools packs as if they were not there, links and all."""
    mod = write(tmp_path / "mod", FILES)
    before = digest(mod)
    write(mod, {"node_modules/asc/asc.js": b"", "data/node_modules/x": b""})
    assert digest(mod) == before


def test_hidden_and_empty_things_are_left_out(tmp_path: Path) -> None:
    """Names that begin with a dot, and folders without files, are no part of a mod."""
    plain = write(tmp_path / "plain", {"mod.toml": b""})
    messy = write(tmp_path / "messy", {"mod.toml": b"", ".git/HEAD": b"x", "data/.DS_Store": b"x"})
    (messy / "empty").mkdir()
    assert digest(plain) == digest(messy)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("con.txt", Rule.RESERVED),
        ("a:b", Rule.CHARACTER),
        ("back\\slash", Rule.CHARACTER),
        ("blank ", Rule.TRAILING),
        (unicodedata.normalize("NFD", "é"), Rule.NOT_NFC),
        ("new\nline", Rule.CONTROL),
        ("\udcff", Rule.CONTROL),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot make these files")
def test_a_name_that_cannot_travel_is_refused(tmp_path: Path, name: str, rule: Rule) -> None:
    """The author learns of it, not the player on the other system."""
    (tmp_path / "mod").mkdir()
    try:
        (tmp_path / "mod" / name).write_bytes(b"")
    except OSError:
        pytest.skip("this file system cannot hold the name")
    with pytest.raises(HostileArchive) as refused:
        pack(tmp_path / "mod", tmp_path / "mod.zip")
    assert refused.value.rule == rule
    assert refused.value.member.isprintable() or rule in {Rule.CONTROL, Rule.NOT_NFC}
    assert not (tmp_path / "mod.zip").exists()


def test_names_that_differ_in_case_are_refused(tmp_path: Path) -> None:
    """Two files that Windows and macOS would take for one cannot be packed."""
    mod = write(tmp_path / "mod", {"readme": b"", "README": b""})
    if len(list(mod.iterdir())) == 1:
        pytest.skip("this file system ignores case")
    with pytest.raises(HostileArchive) as refused:
        digest(mod)
    assert refused.value.rule == Rule.SAME_NAME


@pytest.mark.parametrize("target", ["mod.toml", "data", "nowhere"])
@pytest.mark.skipif(os.name == "nt", reason="Windows needs a privilege to make links")
def test_links_are_refused(tmp_path: Path, target: str) -> None:
    """A link to a file, to a folder or to nothing is not packed, and not followed."""
    mod = write(tmp_path / "mod", FILES)
    (mod / "link").symlink_to(target)
    with pytest.raises(HostileArchive) as refused:
        digest(mod)
    assert (refused.value.member, refused.value.rule) == ("link", Rule.LINK)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_refused(tmp_path: Path) -> None:
    """A named pipe is refused before anybody waits for it."""
    mod = write(tmp_path / "mod", FILES)
    os.mkfifo(mod / "pipe")
    with pytest.raises(HostileArchive) as refused:
        digest(mod)
    assert refused.value.rule == Rule.SPECIAL


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    """A mod of more than 10,000 files is a mistake, such as a home folder."""
    mod = tmp_path / "mod"
    mod.mkdir()
    for number in range(MOST_MEMBERS + 1):
        os.close(os.open(mod / str(number), os.O_CREAT))
    with pytest.raises(HostileArchive) as refused:
        digest(mod)
    assert refused.value.rule == Rule.TOO_MANY


def test_a_pack_cannot_be_put_into_its_own_folder(tmp_path: Path) -> None:
    """Else the next pack would hold the last one."""
    mod = write(tmp_path / "mod", FILES)
    with pytest.raises(StoreError, match="part of the folder"):
        pack(mod, mod / "mod.zip")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The operating system's word comes with the path that it is about."""
    with pytest.raises(StoreError) as failed:
        digest(tmp_path / "nowhere")
    assert failed.value.path == str(tmp_path / "nowhere")


def test_a_failed_pack_leaves_the_old_one(tmp_path: Path) -> None:
    """What was there before stays when packing fails."""
    mod = write(tmp_path / "mod", FILES)
    (tmp_path / "mod.zip").write_bytes(b"before")
    write(mod, {"nul": b""})
    with pytest.raises(HostileArchive):
        pack(mod, tmp_path / "mod.zip")
    assert (tmp_path / "mod.zip").read_bytes() == b"before"
    assert {path.name for path in tmp_path.iterdir()} == {"mod", "mod.zip"}

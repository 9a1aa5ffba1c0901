"""A loadout at play follows its files, however they are written."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from modpm.errors import InvalidSyntax, NotFound
from modpm.runtime import Host
from modpm.runtime.host import all_loaders
from modpm.session import Session
from modpm.session.live import Live, taken
from modpm.session.live_host import LiveHost

Build = Callable[[Path], Path]
Code = Callable[[int], bytes]

RELAY = Path(__file__).parents[1] / "runtime" / "relay"
SECONDS = 5
"""How long something may take that takes much less."""
GAME = """
[game]
id = "arena"
version = "1.0.0"
[plugins.weather]
enabled = false
[plugins.combat.parameters]
difficulty = { type = "float", default = 0.5 }
max_hp = { type = "int", default = 100 }
"""
LOADOUT = '[loadout]\nname = "live"\n[mods]\nrelay = { path = "relay" }\n'
MOD = """
manifest-version = 1
[mod]
id = "relay"
version = "1.0.0"
entry = "%s"
[permissions]
plugins = ["*"]
"""


@pytest.fixture(params=["rhai", "wasm"])
def entry(request: pytest.FixtureRequest) -> str:
    """The name of the code of each kind of mod in turn."""
    return "main.rhai" if request.param == "rhai" else "mod.wasm"


@pytest.fixture
def code(entry: str, tmp_path: Path, built: Build) -> Code:
    """Give the code of a relay that claims so much max_hp."""

    def code(hp: int) -> bytes:
        if entry == "main.rhai":
            return (RELAY / entry).read_bytes().replace(b"200", str(hp).encode())
        folder = tmp_path / str(hp) / "relay"
        if not folder.exists():
            copytree(RELAY, folder)
            text = (folder / "main.c").read_text(encoding="utf-8")
            (folder / "main.c").write_text(text.replace("200", str(hp)), encoding="utf-8")
        return built(folder).read_bytes()

    return code


class Stage:
    """A loadout with one mod at play. `errors` are what its player was told."""

    def __init__(self, folder: Path, entry: str, code: bytes) -> None:
        self.folder, self.file = folder, folder / "relay" / entry
        self.file.parent.mkdir(parents=True)
        (folder / "game.toml").write_text(GAME, encoding="utf-8")
        (folder / "loadout.toml").write_text(LOADOUT, encoding="utf-8")
        (folder / "relay" / "mod.toml").write_text(MOD % entry, encoding="utf-8")
        self.file.write_bytes(code)
        self.session = Session(folder)
        self.errors: list[Exception] = []
        cast = self.session.cast()
        self.host = cast.host(all_loaders(self.session.cache))
        self.host.start()
        self.live = Live(self.session, cast)

    @property
    def hp(self) -> object:
        """What the mod made of max_hp."""
        return self.host.plugins["combat"].parameters["max_hp"]

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Follow the news until that is so."""
        end = time.monotonic() + SECONDS
        while not done():
            said = [*self.errors, *self.host.log]
            assert time.monotonic() < end, f"{what} did not come, but {said}"
            self.follow(0.05)

    def follow(self, seconds: float) -> None:
        """Take the next news, if they come in so many seconds."""
        news = self.live.news(seconds)
        if news is not None and (error := taken(self.host, news)):
            self.errors.append(error)

    def close(self) -> None:
        """End the play."""
        self.live.close()
        self.host.close()


@pytest.fixture
def stage(tmp_path: Path, entry: str, code: Code) -> Iterator[Stage]:
    """A stage for each kind of mod; what it claims is 200."""
    stage = Stage(tmp_path / "live", entry, code(200))
    yield stage
    stage.close()


def write(file: Path, content: bytes) -> None:
    """Write as most programs do: cut off, then filled."""
    file.write_bytes(content)


def rename(file: Path, content: bytes) -> None:
    """Write beside it, and put that in its place."""
    beside = file.with_name("4913~")
    beside.write_bytes(content)
    beside.replace(file)


def back_up(file: Path, content: bytes) -> None:
    """Move the old file away, then write a new one."""
    file.rename(file.with_name(file.name + "~"))
    file.write_bytes(content)
    file.with_name(file.name + "~").unlink()


def in_pieces(file: Path, content: bytes) -> None:
    """Write one half, and after a while the other."""
    with file.open("wb", buffering=0) as out:
        out.write(content[: len(content) // 2])
        time.sleep(0.05)
        out.write(content[len(content) // 2 :])


def in_a_burst(file: Path, content: bytes) -> None:
    """Save over and over."""
    for _ in range(20):
        rename(file, content + b"\n" if file.suffix == ".rhai" else content)
        time.sleep(0.005)
    write(file, content)


@pytest.mark.parametrize("save", [write, rename, back_up, in_pieces, in_a_burst])
def test_however_a_mod_is_saved_it_is_reloaded(
    stage: Stage, code: Code, save: Callable[[Path, bytes], None]
) -> None:
    """The mod claims what its new version does, and the play went on."""
    save(stage.file, code(300))
    stage.until(lambda: stage.hp == 300, "the new version")
    assert stage.host.failures == ()
    stage.host.tick()
    assert stage.host.log[-1].text == "1 turns, heard 2001", "both started"


def test_what_is_broken_is_told_once_and_changes_nothing(stage: Stage, code: Code) -> None:
    """A script that does not compile, a component cut in half: the old version goes on."""
    broken = b"fn (" if stage.file.suffix == ".rhai" else code(300)[:500]
    write(stage.file, broken)

    def told() -> bool:
        return bool(stage.errors) or any("not reloaded" in one.text for one in stage.host.log)

    stage.until(told, "an error")
    stage.host.tick()
    assert (stage.hp, stage.host.loaded) == (200, ("relay",))
    write(stage.file, code(300))
    stage.until(lambda: stage.hp == 300, "the mended version")
    said = [one for one in stage.host.log if "not reloaded" in one.text]
    assert len(stage.errors) + len(said) == 1


def test_a_folder_that_is_deleted_and_restored(stage: Stage, code: Code) -> None:
    """What played goes on without its files, and follows them again when they are back."""
    kept = stage.folder.with_name("kept")
    copytree(stage.file.parent, kept)
    rmtree(stage.file.parent)
    stage.until(lambda: bool(stage.errors), "an error")
    assert [type(error) for error in stage.errors] == [NotFound]
    assert stage.hp == 200
    kept.rename(stage.file.parent)
    rename(stage.file, code(300))
    stage.until(lambda: stage.hp == 300, "the restored version")
    assert len(stage.errors) == 1


def test_the_lock_follows(stage: Stage, code: Code) -> None:
    """What plays is what the lock names, as soon as the play has gone on."""
    write(stage.file, code(300))
    stage.until(lambda: stage.hp == 300, "the new version")

    def locked() -> bool:
        lock = stage.session.locked()
        return lock is not None and stage.session.store.path(lock.mods[0].sha256) == playing()

    def playing() -> Path:
        return stage.live._cast.mods[0].folder

    stage.until(locked, "the lock")
    assert stage.errors == []


def test_files_that_say_the_same_change_nothing(stage: Stage, code: Code) -> None:
    """A save of what was there is no edit: nothing is reloaded."""
    write(stage.file, code(200))
    (stage.folder / "relay" / ".swp").write_bytes(b"x")
    rename(stage.folder / "loadout.toml", LOADOUT.encode() + b"# a note\n")
    for _ in range(5):
        assert stage.live.news(0.1) is None


def test_two_watch_one_folder(stage: Stage, code: Code) -> None:
    """Both follow; neither is in the other's way."""
    cast = stage.session.cast()
    other = cast.host(all_loaders(stage.session.cache))
    with other:
        live = Live(stage.session, cast)
        write(stage.file, code(300))
        stage.until(lambda: stage.hp == 300, "the new version")
        _until_hp(other, live, 300)
        live.close()
    assert stage.errors == []


def _until_hp(host: Host, live: Live, hp: int) -> None:
    end = time.monotonic() + SECONDS
    while host.plugins["combat"].parameters["max_hp"] != hp:
        assert time.monotonic() < end
        news = live.news(0.05)
        if news is not None:
            assert taken(host, news) is None


def test_a_bare_script_and_a_declarative_mod(stage: Stage) -> None:
    """A lone file is followed like a folder, and so are settings in a manifest."""
    (stage.folder / "bare.rhai").write_text(
        'fn on_init() { set_plugin_param("combat", "max_hp", 5) }', encoding="utf-8"
    )
    still = '[mod]\nid = "still"\nversion = "1.0.0"\n[permissions]\nplugins = ["combat"]\n'
    manifest = stage.folder / "still" / "mod.toml"
    manifest.parent.mkdir()
    manifest.write_text("manifest-version = 1\n" + still, encoding="utf-8")
    more = 'bare = { path = "bare.rhai" }\nstill = { path = "still" }\n'
    (stage.folder / "loadout.toml").write_text(LOADOUT + more, encoding="utf-8")
    stage.until(lambda: len(stage.host.loaded) == 3, "two more mods")
    assert stage.host.loaded == ("bare", "relay", "still")
    more = "[parameters.combat]\nmax_hp = 77\n"
    manifest.write_text("manifest-version = 1\n" + still + more, encoding="utf-8")
    stage.until(lambda: stage.hp == 77, "the setting")
    rename(stage.folder / "bare.rhai", b'fn on_init() { throw "no" }')
    stage.until(lambda: stage.host.log[-1].mod == "bare", "an error")
    assert stage.host.log[-1].text.startswith("not reloaded")


def test_a_game_keeps_up_between_its_turns(tmp_path: Path, entry: str, code: Code) -> None:
    """A host of the session's takes what was edited when asked to, and says what it cannot."""
    stage = Stage(tmp_path / "live", entry, code(200))
    stage.close()
    with stage.session.live_host() as host:
        write(stage.file, code(300))
        assert _kept_up(host, lambda told: host.plugins["combat"].parameters["max_hp"] == 300) == []
        write(stage.folder / "loadout.toml", b"[mods\n")
        assert [type(error) for error in _kept_up(host, bool)] == [InvalidSyntax]
        host.tick()
        assert host.loaded == ("relay",)


def _kept_up(host: LiveHost, done: Callable[[list[Exception]], bool]) -> list[Exception]:
    told: list[Exception] = []
    end = time.monotonic() + SECONDS
    while not done(told):
        assert time.monotonic() < end
        told += host.keep_up()
        time.sleep(0.01)
    return told

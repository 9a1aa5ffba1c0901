"""Several commands at once, and commands that are cut off."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modpm.lockfile import loads
from modpm.store.cas import Store

if TYPE_CHECKING:
    from tests.session.conftest import Player

TRIES = 20
SYNC = """
import sys
from pathlib import Path
from modpm.session import Session
print("ready", flush=True)
Session(Path(sys.argv[1]), cache=Path(sys.argv[2])).sync()
"""


def fill(player: "Player", count: int) -> None:
    """Wish for a mod with that many files and some neighbours, so that a sync takes a while."""
    folder = player.mod("registry/big", "me/big")
    for number in range(count):
        (folder / f"{number}.dat").write_bytes(os.urandom(5000))
    for number in range(10):
        player.mod(f"registry/n{number}", f"me/n{number}")
    names = ["me/big", *(f"me/n{number}" for number in range(10))]
    player.wants("[mods]\n" + "".join(f'"{name}" = "*"\n' for name in names))


def test_threads_take_turns(player: "Player") -> None:
    """Every mod that some thread adds is in the loadout, in the lock and in the store."""
    from modpm.requirement import Requirement
    from modpm.versions import parse_range

    ids = [f"me/n{number}" for number in range(8)]
    for id in ids:
        player.mod(f"registry/{id}", id)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda id: player.session.add([Requirement(id, parse_range("*"))]), ids))
    assert sorted(player.locked()) == ids
    assert [wish.id for wish in player.session.loadout().mods] == ids
    assert player.session.verify() == ()


def test_processes_share_a_store(player: "Player") -> None:
    """Syncs of one loadout from several processes agree on one lock and one whole store."""
    fill(player, 50)
    command = [sys.executable, "-c", SYNC, str(player.folder), str(player.cache)]
    together = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait() for process in together] == [0, 0, 0]
    assert not player.session.sync().changed
    assert player.session.verify() == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console")
@pytest.mark.parametrize("kind", ["SIGINT", "SIGKILL"])
def test_a_sync_may_be_cut_off_at_any_moment(player: "Player", kind: str) -> None:
    """Whenever it ends, nothing is half-written, and a plain sync does the rest."""
    fill(player, 100)
    cut = 0
    for number in range(TRIES):
        place = player.cache / f"{kind}-{number}"
        command = [sys.executable, "-c", SYNC, str(player.folder), str(place)]
        player.lock.unlink(missing_ok=True)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(0.4 * number / TRIES)
            process.send_signal(getattr(signal, kind))
            said = process.communicate()[1]
        cut += process.returncode != 0
        assert process.returncode in (0, -getattr(signal, kind)), said
        whole(player, place)
        if kind == "SIGINT":
            assert not list((place / "store" / "tmp").glob("*"))
            assert not list(player.folder.glob(".*.tmp"))
    assert cut, "every sync was over before it was cut off"


def whole(player: "Player", place: Path) -> None:
    """Check that what is there is whole, and that a sync completes it."""
    if player.lock.exists():
        loads(player.lock.read_text(encoding="utf-8"), "loadout.lock")
    store = Store(place / "store")
    assert [damage for sha256 in store.all() for damage in store.verify(sha256)] == []
    player.cache, former = place, player.cache
    try:
        player.session.sync()
        assert player.session.verify() == ()
    finally:
        player.cache = former

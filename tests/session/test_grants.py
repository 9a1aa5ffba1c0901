"""Permissions of a loadout's mods, without a command line."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from modpm.errors import ManifestMismatch, NotGranted
from modpm.lockfile import Request
from modpm.requirement import Requirement
from modpm.session import Session
from modpm.versions import parse_version

if TYPE_CHECKING:
    from tests.session.conftest import Player

Wish = Callable[[str], Requirement]
ASKED = (Request("me/radio", parse_version("1.0.0"), ("clock",)),)


@pytest.fixture
def radio(player: "Player") -> "Player":
    """A registry with a mod that asks for the clock."""
    mod = player.mod("registry/radio", "me/radio")
    with (mod / "mod.toml").open("a", encoding="utf-8") as manifest:
        manifest.write("[permissions]\nclock = true\n")
    return player


def test_a_program_grants_nothing_by_itself(radio: "Player", wish: Wish) -> None:
    """Without `agree` a mod that asks for more is refused, and nothing changes."""
    before = radio.files()
    with pytest.raises(NotGranted) as caught:
        radio.session.add([wish("me/radio")])
    assert caught.value.requests == ASKED
    assert radio.files() == before
    assert not list((radio.cache / "store" / "sha256").glob("*"))


def test_a_program_may_agree_for_its_player(radio: "Player", wish: Wish) -> None:
    """`agree` hears what is asked, once, and says what of it is refused."""
    heard: list[tuple[Request, ...]] = []

    def agree(requests: tuple[Request, ...]) -> tuple[Request, ...]:
        heard.append(requests)
        return ()

    session = Session(radio.folder, cache=radio.cache, agree=agree)
    outcome = session.add([wish("me/radio")])
    assert heard == [ASKED]
    assert outcome.asked == ASKED
    assert [mod.permissions for mod in outcome.lock.mods] == [("clock",)]
    session.sync()
    assert heard == [ASKED]


def test_a_dry_run_asks_nobody(radio: "Player", wish: Wish) -> None:
    """It says what would be asked."""
    outcome = radio.session.add([wish("me/radio")], dry_run=True)
    assert outcome.asked == ASKED


def test_a_mod_gets_no_more_than_its_lock_grants(radio: "Player", wish: Wish) -> None:
    """A lock from which a permission was taken away starts nothing; locking anew asks for it."""
    session = Session(radio.folder, cache=radio.cache, agree=lambda _: ())
    session.add([wish("me/radio")])
    radio.edit_lock('  "clock",\n', "")
    radio.session.sync()
    with pytest.raises(ManifestMismatch) as caught:
        radio.session.host()
    assert caught.value.expected == "the permissions none"
    assert caught.value.found == "the permissions clock"
    with pytest.raises(NotGranted):
        radio.session.lock()

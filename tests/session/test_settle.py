"""A choice is written together with its lock, or nothing is."""

from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from modpm.errors import ModpmError, NoClaim, NotInLoadout, UnfitPin, UnknownParameter
from modpm.session.settle import Choice

if TYPE_CHECKING:
    from tests.session.conftest import Player

HP = "combat.max_hp"
WISHES = '[mods]\n"acme/weather" = "^1"\n"zoe/gentle" = "*"\n'


@pytest.mark.parametrize(
    ("name", "choice", "error"),
    [
        (HP, Choice(value="501"), UnfitPin),
        (HP, Choice(value="nan"), UnfitPin),
        (HP, Choice(value="[" * 5000), UnfitPin),
        (HP, Choice(value="9" * 5000), UnfitPin),
        (HP, Choice(value="5\ndefault = 6"), UnfitPin),
        (HP, Choice(value="1979-05-27"), UnfitPin),
        ("weather.rain", Choice(strategy="use:zoe/gentle"), NoClaim),
        ("weather.rain", Choice(strategy="use:zoe/gentel"), NotInLoadout),
        ("weather.rian", Choice(strategy="first-wins"), UnknownParameter),
        ("weather.*", Choice(strategy="first-wins"), UnknownParameter),
        ("", Choice(), UnknownParameter),
    ],
)
def test_what_cannot_be_changes_nothing(
    player: "Player", name: str, choice: Choice, error: type[ModpmError]
) -> None:
    """The loadout, the lock and the state are byte for byte what they were."""
    player.wants(WISHES)
    player.session.sync()
    before = player.files()
    with pytest.raises(error):
        player.session.settle(name, choice)
    assert player.files() == before


def test_a_loadout_that_does_not_lock_is_not_settled(player: "Player") -> None:
    """Where the mods cannot be had, the choice is not written either."""
    player.wants('[mods]\n"acme/weather" = "^9"\n')
    before = player.files()
    with pytest.raises(ModpmError):
        player.session.settle(HP, Choice(value="5"))
    assert player.files() == before


def test_a_dry_run_writes_nothing(player: "Player") -> None:
    """It says what would change all the same."""
    player.wants(WISHES)
    player.session.sync()
    before = player.files()
    done = player.session.settle("combat.difficulty", Choice(value="0.7"), dry_run=True)
    assert (done.before.value, done.after.value) == (0.2, 0.7)
    assert player.files() == before


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.integers().map(str) | st.floats().map(str))
@example("1e2")
@example('"200"')
@example("{ a = 1 }")
def test_whatever_is_typed_is_pinned_or_refused(player: "Player", text: str) -> None:
    """No value leaves a loadout behind that cannot be read, or that the game does not take."""
    player.wants("[mods]\n")
    try:
        player.session.settle(HP, Choice(value=text))
    except UnfitPin:
        assert player.session.loadout().pins == ()
    else:
        (pin,) = player.session.loadout().pins
        assert isinstance(pin.value, int)
        assert 1 <= pin.value <= 500
    player.session.sync(locked=False)

"""What the player, and the game's own parts, do while mods play."""

from collections.abc import Callable

import pytest

from modpm.conflict.rules import Rules
from modpm.errors import NotFound, UnfitPin
from modpm.game import Game, parse_game
from modpm.manifest import Setting
from modpm.runtime import (
    GameRuntime,
    Host,
    Mod,
    ModUnloadedEvent,
    PluginHookTriggeredEvent,
    PluginListener,
    RhaiLoader,
)

MakeMod = Callable[..., Mod]
Play = Callable[..., Host]
Said = Callable[[Host], list[str]]


def hp(host: Host) -> object:
    """Return what is decided on max_hp."""
    return host.plugins["combat"].parameters["max_hp"]


def test_a_pin_counts_until_it_is_taken_back(mod: MakeMod, play: Play) -> None:
    """The player's word beats what a mod claims, also later; without it the mod's counts again."""
    host = play(mod("a", 'fn on_tick(turn) { set_plugin_param("combat", "max_hp", 100 + turn) }'))
    host.pin("combat", "max_hp", 7)
    host.tick()
    assert hp(host) == 7
    host.unpin("combat", "max_hp")
    assert hp(host) == 101


def test_an_unfit_pin_changes_nothing(play: Play) -> None:
    """A value out of range, or for what is not there, is refused, and an earlier pin stays."""
    host = play()
    host.pin("combat", "max_hp", 7)
    with pytest.raises(UnfitPin):
        host.pin("combat", "max_hp", 900)
    with pytest.raises(UnfitPin):
        host.pin("combat", "mana", 1)
    assert hp(host) == 7


def test_a_pin_is_over_the_loadouts_and_outlives_its_edit(game: Game, play: Play) -> None:
    """The rules may change while it plays: the pin stays, and behind it the new rules are."""
    host = play(rules=Rules(pins={("combat", "max_hp"): 50}))
    host.pin("combat", "max_hp", 7)
    host.change([], Rules(pins={("combat", "max_hp"): 60}), game)
    assert hp(host) == 7
    host.unpin("combat", "max_hp")
    assert hp(host) == 60


def test_a_pin_that_the_game_takes_no_more_is_forgotten(play: Play) -> None:
    """When game.toml changes while it plays, a pin cannot force an old value on it."""
    host = play()
    host.pin("combat", "max_hp", 7)
    host.change([], Rules(), parse_game('[game]\nid = "a"\nversion = "1.0.0"\n', "game.toml"))
    assert host.plugins == {}


def test_a_mod_goes_and_comes_back_to_its_place(mod: MakeMod, play: Play) -> None:
    """Unloaded, it claims nothing; loaded again, it starts anew, before those that came after."""
    host = play(
        mod("a", 'fn on_init() { set_plugin_param("combat", "max_hp", 150) }'),
        mod("b", None, settings=(Setting("combat", "difficulty", 0.9),)),
    )
    host.unload("a")
    assert (host.loaded, hp(host)) == (("b",), 100)
    assert [one.id for one in host.mods] == ["a", "b"]
    host.load("a")
    assert (host.loaded, hp(host)) == (("a", "b"), 150)


def test_what_others_queued_survives_that_a_mod_goes(mod: MakeMod, play: Play) -> None:
    """What a mod asks for while it is told of a hook is done in the next turn, as without it."""
    text = """fn on_control_plugin(plugin, action) {
        if action.starts_with("trigger") { set_plugin_param("combat", "max_hp", 33) }
    }"""
    host = play(
        mod("a", 'fn on_tick(turn) { trigger_hook("combat", "round_started", ()) }'),
        mod("b", text),
    )
    host.tick()
    host.unload("a")
    assert hp(host) == 100
    host.tick()
    assert hp(host) == 33


def test_a_mod_that_failed_may_try_again(mod: MakeMod, play: Play) -> None:
    """The player may load what failed; it is among the failures as before."""
    host = play(mod("a", 'fn on_tick(turn) { if turn == 1 { throw "no" } }'))
    host.tick()
    host.load("a")
    host.tick()
    assert (host.loaded, len(host.failures)) == (("a",), 1)


def test_only_what_is_there_goes_and_only_what_is_not_comes(mod: MakeMod, play: Play) -> None:
    """A mod that is not loaded, is loaded already, or is nobody's, is an error that names it."""
    host = play(mod("a", None))
    for wrong, id in ((host.load, "a"), (host.load, "b"), (host.unload, "b")):
        with pytest.raises(NotFound):
            wrong(id)
    assert host.loaded == ("a",)


class Bell(PluginListener):
    """A part of a game: counts what it hears of combat, and writes it down every turn."""

    def __init__(self) -> None:
        self.rung = 0
        self.by_turn: list[int] = []

    def build(self, game: GameRuntime, /) -> None:
        """Listen, and take turns."""
        game.listen("combat", self)
        game.register_system(self)

    def on_hook_triggered(self, event: PluginHookTriggeredEvent, /) -> None:
        """Count it."""
        self.rung += 1

    def update(self) -> None:
        """Write it down."""
        self.by_turn.append(self.rung)


def test_a_part_of_the_game_has_its_turn_after_the_mods(game: Game, mod: MakeMod) -> None:
    """When the game's own rules are computed, they know what the mods did in this turn."""
    bell = Bell()
    ringing = mod("a", 'fn on_tick(turn) { trigger_hook("combat", "round_started", ()) }')
    with Host(game, [ringing], loaders=[RhaiLoader()], parts=[bell]) as host:
        host.tick()
        host.tick()
    assert bell.by_turn == [0, 1, 2]


def test_who_needs_a_mod_hears_that_it_goes(mod: MakeMod, play: Play) -> None:
    """An unloading is an event, and the dependents' own business."""
    host = play(mod("a", None))
    heard: list[ModUnloadedEvent] = []
    host.events.subscribe(ModUnloadedEvent, heard.append)
    host.unload("a")
    assert heard == [ModUnloadedEvent("a")]


def test_a_host_that_is_closed_or_at_a_turn_is_not_changed(mod: MakeMod, play: Play) -> None:
    """A listener that unloads a mod in the middle of a turn, or a late key, is the game's error."""
    host = play(mod("a", 'fn on_tick(turn) { trigger_hook("combat", "round_started", ()) }'))
    host.events.subscribe(PluginHookTriggeredEvent, lambda event: host.unload("a"))
    with pytest.raises(RuntimeError, match="at a turn"):
        host.tick()
    host.close()
    with pytest.raises(RuntimeError, match="closed"):
        host.pin("combat", "max_hp", 7)

"""The architecture's flows, step by step, with every event."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modpm.errors import InvalidFormat, LoadFailed, ModError
from modpm.game import Game
from modpm.runtime import (
    DynamicEvent,
    GameBuilder,
    GameRuntime,
    LogRecord,
    ModContext,
    ModLoadedEvent,
    ModLoaderState,
    ModLoadFailedEvent,
    ModLoadRequested,
    ModRegistry,
    ModSystemConfig,
    ModSystemPlugin,
    ModUnloadedEvent,
    ModUnloadRequested,
    PluginControl,
    PluginControlRequested,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
    RhaiLoader,
)

KINDS: tuple[type, ...] = (
    DynamicEvent,
    LogRecord,
    ModLoadFailedEvent,
    ModLoadedEvent,
    ModUnloadedEvent,
    PluginControlRequested,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)

Step = Callable[..., list[object]]


@pytest.fixture
def runtime(game: Game) -> GameRuntime:
    """The arena with Rhai mods."""
    mods = ModSystemPlugin(ModSystemConfig(seed=1)).with_loader(RhaiLoader())
    return GameBuilder().with_game(game).with_plugin(mods).build()


@pytest.fixture
def step(runtime: GameRuntime) -> Step:
    """Publish some requests, update once, and return every event that came of it, in order."""
    heard: list[object] = []
    for kind in KINDS:
        runtime.events.subscribe(kind, heard.append)

    def update(*requests: object) -> list[object]:
        heard.clear()
        for request in requests:
            runtime.events.publish(request)
        runtime.update()
        return heard.copy()

    return update


@pytest.fixture
def easy_mode(tmp_path: Path) -> Path:
    """A bare script with a use for everything."""
    path = tmp_path / "easy_mode.rhai"
    path.write_text(
        """
        fn get_metadata() { #{name: "Easy Mode", version: "1.0.0"} }
        fn on_init() {
            set_plugin_param("combat", "max_hp", 200);
            enable_plugin("weather");
            disable_plugin("combat");
            trigger_hook("combat", "round_started", 1);
            subscribe_event("pulse", |data| publish_event("answer", data + 1));
        }
        fn on_shutdown() { log("bye"); }
        """
    )
    return path


def test_load_flow(runtime: GameRuntime, step: Step, easy_mode: Path) -> None:
    """Request, load, commands, and for each what the plugin hears: one update, in this order."""
    happened = step(ModLoadRequested(easy_mode, plugins=("*",)))
    [mod] = runtime.resource(ModLoaderState).mods.values()
    controls = [
        PluginControl.set_param("combat", "max_hp", 200),
        PluginControl.enable("weather"),
        PluginControl.disable("combat"),
        PluginControl.trigger_hook("combat", "round_started", 1),
    ]
    requested = [PluginControlRequested(control, "easy_mode") for control in controls]
    assert happened == [
        ModLoadedEvent(mod.handle),
        requested[0],
        PluginParameterChangedEvent("combat", "max_hp", 200, "easy_mode"),
        requested[1],
        PluginEnabledEvent("weather", "easy_mode"),
        requested[2],
        PluginDisabledEvent("combat", "easy_mode"),
        requested[3],
        PluginHookTriggeredEvent("combat", "round_started", 1, "easy_mode"),
    ]
    assert (mod.handle.metadata.name, mod.handle.metadata.version) == ("Easy Mode", "1.0.0")
    assert step() == []


def test_event_flow(step: Step, easy_mode: Path) -> None:
    """The game's event reaches the subscriber in one update, the answer is out in the next."""
    step(ModLoadRequested(easy_mode, plugins=("*",)))
    pulse = DynamicEvent("pulse", 41)
    assert step(pulse) == [pulse]
    assert step() == [DynamicEvent("answer", 42, "easy_mode")]
    assert step() == []


def test_unload_flow(runtime: GameRuntime, step: Step, easy_mode: Path) -> None:
    """Unloading says goodbye, takes every claim back exactly, and leaves no subscription."""
    before = runtime.plugins.states()
    step(ModLoadRequested(easy_mode, plugins=("*",)))
    assert runtime.plugins.states() != before
    assert step(ModUnloadRequested("easy_mode")) == [
        LogRecord("easy_mode", "info", "bye"),
        PluginParameterChangedEvent("combat", "max_hp", 100, "easy_mode"),
        PluginDisabledEvent("weather", "easy_mode"),
        PluginEnabledEvent("combat", "easy_mode"),
        ModUnloadedEvent("easy_mode"),
    ]
    assert runtime.plugins.states() == before
    step(DynamicEvent("pulse", 1))
    assert step() == []
    assert step(ModUnloadRequested("easy_mode")) == []


def test_a_bare_script_controls_what_the_host_says(step: Step, easy_mode: Path) -> None:
    """Without the host's word a bare script may control nothing, and fails when it tries."""
    refused, failed_line, failed = step(ModLoadRequested(easy_mode))
    reason = '"combat" is not in its [permissions] plugins'
    assert refused == LogRecord("easy_mode", "warn", reason)
    assert failed_line == LogRecord("easy_mode", "error", f"on_init: {reason} (easy_mode.rhai:4)")
    assert isinstance(failed, ModLoadFailedEvent)


def test_load_failures(step: Step, tmp_path: Path, easy_mode: Path) -> None:
    """A file that does not load, or an id that is taken, is a failed load and nothing more."""
    broken = tmp_path / "broken.rhai"
    broken.write_text("fn (")
    _, failed = step(ModLoadRequested(broken))
    assert isinstance(failed, ModLoadFailedEvent)
    assert (failed.path, type(failed.error)) == (broken, LoadFailed)
    loaded = step(ModLoadRequested(easy_mode, plugins=("*",)), ModLoadRequested(easy_mode))
    assert [type(event) for event in loaded].count(ModLoadedEvent) == 1
    assert isinstance(loaded[-1], ModLoadFailedEvent)


def test_a_reloaded_mod_keeps_its_place(runtime: GameRuntime, step: Step, tmp_path: Path) -> None:
    """A mod that comes back claims where it claimed before, not as the last."""
    paths = [tmp_path / "a.rhai", tmp_path / "b.rhai"]
    for path, hp in zip(paths, (10, 20), strict=True):
        path.write_text(f'fn on_init() {{ set_plugin_param("combat", "max_hp", {hp}) }}')
        step(ModLoadRequested(path, plugins=("*",)))
    step(ModUnloadRequested("a"))
    step(ModLoadRequested(paths[0], plugins=("*",)))
    assert runtime.plugins.states()["combat"].parameters["max_hp"] == 20


def test_headless(game: Game, easy_mode: Path) -> None:
    """A game without a loader runs; a mod with code cannot be loaded there."""
    runtime = GameBuilder().with_game(game).with_plugin(ModSystemPlugin()).build()
    failed: list[ModLoadFailedEvent] = []
    runtime.events.subscribe(ModLoadFailedEvent, failed.append)
    runtime.update()
    runtime.events.publish(ModLoadRequested(easy_mode))
    runtime.update()
    assert [type(event.error) for event in failed] == [InvalidFormat]


def test_the_first_line_of_the_architecture(step: Step) -> None:
    """What its documentation shows builds, and a game without plugins updates."""
    game = GameBuilder().with_plugin(ModSystemPlugin().with_loader(RhaiLoader())).build()
    game.update()
    assert game.plugins.states() == {}


def test_several_loaders_as_one(tmp_path: Path) -> None:
    """Each mod is run by the first loader that accepts it, and every call finds that loader."""
    first, second = RhaiLoader(), RhaiLoader()
    registry = ModRegistry([first, second])
    path = tmp_path / "one.rhai"
    path.write_text('fn f() { enable_plugin("x"); publish_event("e", 1); 5 }')
    handle = registry.load(path, ModContext(plugins=("x",)))
    assert registry.call_function(handle, "f") == 5
    assert len(registry.drain_commands()) == len(registry.drain_events()) == 1
    assert not second.drain_commands()
    registry.unload(handle)
    with pytest.raises(ModError):
        registry.call_function(handle, "f")
    with pytest.raises(InvalidFormat):
        registry.load(tmp_path / "one.lua")


def test_a_loader_that_breaks_its_word(game: Game, easy_mode: Path) -> None:
    """What a third-party loader raises is the mod's failure, not the game's."""

    class Rude(RhaiLoader):
        def call_function(self, *_: object) -> None:
            raise OSError("no such luck")

    mods = ModSystemPlugin().with_loader(Rude())
    runtime = GameBuilder().with_game(game).with_plugin(mods).build()
    runtime.events.publish(ModLoadRequested(easy_mode))
    runtime.update()
    [failure] = runtime.resource(ModLoaderState).failures
    assert (failure.hook, failure.error.data["reason"]) == ("on_init", "OSError: no such luck")

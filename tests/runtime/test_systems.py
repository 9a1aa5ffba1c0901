"""The architecture's flows, step by step, with every event, for scripts and for components."""

from collections.abc import Callable
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from modpm.errors import (
    ExecutionFailed,
    InvalidFormat,
    LoadFailed,
    ModError,
    PluginNotFound,
)
from modpm.game import Game
from modpm.runtime import (
    DynamicEvent,
    GameBuilder,
    GamePlugin,
    GameRuntime,
    LogRecord,
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
    PluginListener,
    PluginParameterChangedEvent,
    RhaiLoader,
    WasmLoader,
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
Entry = Callable[[str], Path]


class Ear(PluginListener):
    """A plugin of the game that notes what it hears, in words of its own."""

    def __init__(self, plugin: str) -> None:
        self.plugin = plugin
        self.heard: list[object] = []

    def build(self, game: GameRuntime, /) -> None:
        """Listen."""
        game.listen(self.plugin, self)

    def on_enabled(self, event: PluginEnabledEvent, /) -> None:
        """Note it."""
        self.heard.append(f"on, by {event.source_mod}")

    def on_disabled(self, event: PluginDisabledEvent, /) -> None:
        """Note it."""
        self.heard.append(f"off, by {event.source_mod}")

    def on_parameter_changed(self, event: PluginParameterChangedEvent, /) -> None:
        """Note it."""
        self.heard.append(f"{event.key} is {event.value}")

    def on_hook_triggered(self, event: PluginHookTriggeredEvent, /) -> None:
        """Note it."""
        self.heard.append(f"{event.hook}({event.data})")


@pytest.fixture
def combat() -> Ear:
    """The game's combat plugin."""
    return Ear("combat")


def made(game: Game, *parts: GamePlugin, config: ModSystemConfig | None = None) -> GameRuntime:
    """Return a game with mods of both kinds, and these parts."""
    mods = ModSystemPlugin(config or ModSystemConfig())
    builder = GameBuilder().with_game(game)
    builder.with_plugin(mods.with_loader(ModRegistry([RhaiLoader(), WasmLoader()])))
    for part in parts:
        builder.with_plugin(part)
    return builder.build()


@pytest.fixture
def runtime(game: Game, combat: Ear) -> GameRuntime:
    """The arena with mods, and with a combat plugin that listens."""
    return made(game, combat)


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
def bare(entry: Entry, tmp_path: Path) -> Entry:
    """Give a bare file of easy_mode under a name of its own."""

    def copied(id: str) -> Path:
        file = entry("easy_mode")
        return Path(copy(file, tmp_path / f"{id}{file.suffix}"))

    return copied


def test_load_flow(runtime: GameRuntime, step: Step, bare: Entry, combat: Ear) -> None:
    """Request, load, commands, and for each what the plugin hears: one update, in this order."""
    happened = step(ModLoadRequested(bare("easy_mode"), plugins=("*",)))
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
    assert combat.heard == ["max_hp is 200", "off, by easy_mode", "round_started(1)"]
    assert step() == []


def test_control_flow(step: Step, bare: Entry, combat: Ear) -> None:
    """A command waits one update, is decided, and then the plugin and the other mods hear of it."""
    for id in ("first", "second"):
        step(ModLoadRequested(bare(id), plugins=("*",)))
    combat.heard.clear()
    order = DynamicEvent("order", 50)
    assert step(order) == [order]
    assert combat.heard == []
    control = PluginControl.set_param("combat", "max_hp", 50)
    assert step() == [
        PluginControlRequested(control, "first"),  # decides nothing: the last to load wins
        PluginControlRequested(control, "second"),
        PluginParameterChangedEvent("combat", "max_hp", 50, "second"),
        LogRecord("first", "info", "combat set_param:max_hp=50"),
    ]
    assert combat.heard == ["max_hp is 50"]
    assert step() == []


def test_event_flow(step: Step, bare: Entry) -> None:
    """The game's event reaches the subscriber in one update, the answer is out in the next."""
    step(ModLoadRequested(bare("easy_mode"), plugins=("*",)))
    pulse = DynamicEvent("pulse", 41)
    assert step(pulse) == [pulse]
    assert step() == [DynamicEvent("answer", 42, "easy_mode")]
    assert step() == []


def test_unload_flow(runtime: GameRuntime, step: Step, bare: Entry, combat: Ear) -> None:
    """Unloading says goodbye, takes every claim back exactly, and leaves no subscription."""
    before = runtime.plugins.states()
    step(ModLoadRequested(bare("easy_mode"), plugins=("*",)))
    assert runtime.plugins.states() != before
    combat.heard.clear()
    [bye, *rest, gone] = step(ModUnloadRequested("easy_mode"))
    assert (bye, gone) == (LogRecord("easy_mode", "info", "bye"), ModUnloadedEvent("easy_mode"))
    assert rest == [
        PluginParameterChangedEvent("combat", "max_hp", 100, "easy_mode"),
        PluginDisabledEvent("weather", "easy_mode"),
        PluginEnabledEvent("combat", "easy_mode"),
    ]
    assert combat.heard == ["max_hp is 100", "on, by easy_mode"]
    assert runtime.plugins.states() == before
    step(DynamicEvent("pulse", 1))
    assert step() == []
    assert step(ModUnloadRequested("easy_mode")) == []


def test_a_bare_mod_controls_what_the_host_says(
    runtime: GameRuntime, step: Step, bare: Entry
) -> None:
    """Without the host's word a bare mod may control nothing, and is told so."""
    before = runtime.plugins.states()
    refused, *_ = step(ModLoadRequested(bare("easy_mode")))
    reason = '"combat" is not in its [permissions] plugins'
    assert refused == LogRecord("easy_mode", "warn", reason)
    assert runtime.plugins.states() == before


def test_load_failures(step: Step, tmp_path: Path, bare: Entry) -> None:
    """A file that does not load, or an id that is taken, is a failed load and nothing more."""
    broken = tmp_path / f"broken{bare('any').suffix}"
    broken.write_text("fn (")
    _, failed = step(ModLoadRequested(broken))
    assert isinstance(failed, ModLoadFailedEvent)
    assert failed.path == broken
    assert isinstance(failed.error, LoadFailed | InvalidFormat)
    easy_mode = bare("easy_mode")
    loaded = step(ModLoadRequested(easy_mode, plugins=("*",)), ModLoadRequested(easy_mode))
    assert [type(event) for event in loaded].count(ModLoadedEvent) == 1
    assert isinstance(loaded[-1], ModLoadFailedEvent)


def test_a_listener_is_on_a_plugin_that_there_is(runtime: GameRuntime) -> None:
    """The architecture's prefix is understood; a name that the game lacks is answered at once."""
    runtime.listen("issun:combat", Ear("combat"))
    with pytest.raises(PluginNotFound) as error:
        runtime.listen("combt", Ear("combt"))
    assert error.value.suggestion == "combat"


def test_what_a_listener_raises_is_the_games_own(game: Game, bare: Entry) -> None:
    """It comes out of the update, the mod plays on, and what came after it is heard next time."""

    class Rude(Ear):
        def on_parameter_changed(self, event: PluginParameterChangedEvent, /) -> None:
            raise ZeroDivisionError

    rude = Rude("combat")
    runtime = made(game, rude)
    runtime.events.publish(ModLoadRequested(bare("easy_mode"), plugins=("*",)))
    with pytest.raises(ZeroDivisionError):
        runtime.update()
    assert list(runtime.resource(ModLoaderState).mods) == ["easy_mode"]
    runtime.update()
    assert rude.heard == ["off, by easy_mode", "round_started(1)"]


def test_a_reloaded_mod_keeps_its_place(runtime: GameRuntime, step: Step, tmp_path: Path) -> None:
    """A mod that comes back claims where it claimed before, not as the last."""
    paths = [tmp_path / "a.rhai", tmp_path / "b.rhai"]
    for path, hp in zip(paths, (10, 20), strict=True):
        path.write_text(f'fn on_init() {{ set_plugin_param("combat", "max_hp", {hp}) }}')
        step(ModLoadRequested(path, plugins=("*",)))
    step(ModUnloadRequested("a"))
    step(ModLoadRequested(paths[0], plugins=("*",)))
    assert runtime.plugins.states()["combat"].parameters["max_hp"] == 20


MANIFEST = """
manifest-version = 1
[mod]
id = "acme/folder"
version = "1.0.0"
entry = "main{suffix}"
[permissions]
plugins = ["combat", "weather"]
"""


def filled(mod_dir: Path, bare: Entry) -> Path:
    """Put a mod of every sort there, and what is none."""
    easy_mode = bare("any")
    for name in ("mod-10", "mod-9", ".hidden"):
        copy(easy_mode, mod_dir / f"{name}{easy_mode.suffix}")
    for name, text in {"folder": MANIFEST, "wrong": MANIFEST.replace('"acme', "acme")}.items():
        (mod_dir / name).mkdir()
        (mod_dir / name / "mod.toml").write_text(text.format(suffix=easy_mode.suffix))
    copy(easy_mode, mod_dir / "folder" / easy_mode.with_stem("main").name)
    (mod_dir / "saves").mkdir()
    (mod_dir / "README.md").write_text("These are my mods.")
    return mod_dir


def test_auto_load(game: Game, bare: Entry, tmp_path: Path) -> None:
    """What lies in the folder is loaded in natural order; what is no mod is left alone."""
    mod_dir = tmp_path / "mods"
    mod_dir.mkdir()
    config = ModSystemConfig(filled(mod_dir, bare), auto_load=True)
    runtime = made(game, config=config)
    failed: list[ModLoadFailedEvent] = []
    runtime.events.subscribe(ModLoadFailedEvent, failed.append)
    runtime.update()
    state = runtime.resource(ModLoaderState)
    assert list(state.mods) == ["acme/folder", "mod-9", "mod-10"]
    assert runtime.plugins.states()["combat"].parameters["max_hp"] == 200
    [wrong] = failed
    assert wrong.path == mod_dir / "wrong"
    assert isinstance(wrong.error, InvalidFormat)
    assert wrong.error.reason.startswith("its mod.toml is not valid: line 4")


@pytest.mark.parametrize("config", [ModSystemConfig(Path("no/such/folder"), auto_load=True), None])
def test_no_mods(game: Game, config: ModSystemConfig | None) -> None:
    """A folder that is not there yet is a game without mods."""
    runtime = made(game, config=config)
    runtime.update()
    assert runtime.resource(ModLoaderState).mods == {}


def test_headless(game: Game, bare: Entry) -> None:
    """A game without a loader runs; a mod with code cannot be loaded there."""
    runtime = GameBuilder().with_game(game).with_plugin(ModSystemPlugin()).build()
    failed: list[ModLoadFailedEvent] = []
    runtime.events.subscribe(ModLoadFailedEvent, failed.append)
    runtime.update()
    runtime.events.publish(ModLoadRequested(bare("easy_mode")))
    runtime.update()
    assert [type(event.error) for event in failed] == [InvalidFormat]


def test_the_first_line_of_the_architecture() -> None:
    """What its documentation shows builds, and a game without plugins updates."""
    game = GameBuilder().with_plugin(ModSystemPlugin().with_loader(RhaiLoader())).build()
    game.update()
    assert game.plugins.states() == {}


def test_a_loader_that_breaks_its_word(game: Game, tmp_path: Path) -> None:
    """What a third-party loader raises is the mod's failure, not the game's."""

    class Rude(RhaiLoader):
        def direct(self, *_: object) -> Callable[..., Any]:
            raise OSError("no such luck")

        def failed(self, *_: object) -> ModError:
            raise OSError("no luck at all")

    path = tmp_path / "one.rhai"
    path.write_text("fn on_init() { }")
    mods = ModSystemPlugin().with_loader(Rude())
    runtime = GameBuilder().with_game(game).with_plugin(mods).build()
    runtime.events.publish(ModLoadRequested(path))
    runtime.update()
    [failure] = runtime.resource(ModLoaderState).failures
    assert isinstance(failure.error, ExecutionFailed)
    assert (failure.hook, failure.error.reason) == ("on_init", "OSError: no luck at all")

"""What holds for every loader, tried on twins: a mod in Rhai, and the same mod in C."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from shutil import copy

import pytest
import rhai

from modpm.errors import ExecutionFailed, LoadFailed, NotFound, Refused
from modpm.game import Game
from modpm.manifest import Manifest, Permissions
from modpm.runtime import (
    DynamicEvent,
    Host,
    Mod,
    ModContext,
    ModHandle,
    ModLoader,
    ModMetadata,
    PluginAction,
    PluginControl,
    RhaiLoader,
    SetParam,
    WasmLimits,
    WasmLoader,
)
from modpm.runtime.api import Disable, Enable, TriggerHook
from modpm.versions import parse_version

Build = Callable[[Path], Path]

TWIN = Path(__file__).with_name("twin")
KINDS = ["rhai", "wasm"]
MEMORY = 8_000_000


def loaders() -> list[ModLoader]:
    """Return a loader of each kind, with limits that are met at once."""
    limits = rhai.Limits(operations=2_000_000, timeout=5.0, memory=MEMORY)
    return [RhaiLoader(limits), WasmLoader(WasmLimits(timeout=0.3, memory=MEMORY))]


@pytest.fixture(scope="session")
def twins(built: Build) -> dict[str, Path]:
    """The file of each twin by its kind."""
    return {"rhai": TWIN / "main.rhai", "wasm": built(TWIN)}


class Stage:
    """A loader with a twin in it. `said` is what the twin logs, as (level, text)."""

    def __init__(self, kind: str, file: Path) -> None:
        self.loader = loaders()[KINDS.index(kind)]
        self.file = file
        self.said: list[tuple[str, str]] = []

    def load(self, **context: object) -> ModHandle:
        """Load the twin."""
        told = ModContext(**context, log=lambda *line: self.said.append(line))  # type: ignore[arg-type]
        return self.loader.load(self.file, told)


@pytest.fixture(params=KINDS)
def stage(request: pytest.FixtureRequest, twins: dict[str, Path]) -> Stage:
    """A stage for each twin."""
    return Stage(request.param, twins[request.param])


def test_it_says_who_it_is_and_what_it_has(stage: Stage) -> None:
    """`get_metadata` is asked if the host does not know; the hooks are those defined."""
    handle = stage.load()
    assert handle.metadata == ModMetadata("Twin", "2.0.1", "Ada")
    known = {"get_metadata", "on_init", "on_shutdown", "on_tick", "on_control_plugin"}
    assert handle.hooks == known
    named = ModMetadata("Known", "1.0.0")
    assert stage.load(id="other", metadata=named).metadata == named


@pytest.mark.parametrize(
    "value", [0, -7, 2**63 - 1, 1.0, -1e300, True, None, "", "ä\0", [], [1, 1.5], {"a": {"b": 1}}]
)
def test_values_come_back_as_they_went(stage: Stage, value: object) -> None:
    """Values cross as JSON's do: an int stays an int, a float a float."""
    back = stage.loader.call_function(stage.load(), "echo", value)  # type: ignore[arg-type]
    assert (back, type(back)) == (value, type(value))


def test_state_lives_between_calls_and_is_the_mods_own(stage: Stage) -> None:
    """Two mods from one file count apart."""
    first, second = stage.load(id="first"), stage.load(id="second")
    counted = [stage.loader.call_function(mod, "count") for mod in (first, first, second)]
    assert counted == [1, 2, 1]


def test_random_numbers_depend_on_seed_and_id_alone(stage: Stage) -> None:
    """A mod that moves to another language draws what it drew; these numbers never change."""
    handle = stage.load(id="acme/dice", seed=7)
    drawn = [stage.loader.call_function(handle, "draw") for _ in range(3)]
    assert drawn == [0.6050455733393818, 0.060617684224300805, 0.7615658049849005]


def test_commands_wait_in_the_order_of_the_calls(stage: Stage) -> None:
    """Every way to control a plugin queues one command; draining empties the queue."""
    handle = stage.load(id="twin", plugins=("combat",))
    stage.loader.call_function(handle, "all")
    drained = stage.loader.drain_commands()
    assert [command.control for command in drained] == [
        PluginControl.enable("combat"),
        PluginControl.disable("combat"),
        PluginControl.set_param("combat", "max_hp", 7),
        PluginControl.trigger_hook("combat", "round_started"),
        PluginControl.trigger_hook("combat", "round_started", {"day": 1}),
    ]
    assert {command.source_mod for command in drained} == {"twin"}
    assert stage.loader.drain_commands() == []


def test_what_is_not_granted_is_refused_and_logged(stage: Stage) -> None:
    """A plugin that is not in the mod's permissions hears nothing of it."""
    handle = stage.load(plugins=("weather",))
    with suppress(ExecutionFailed):  # a script that is refused throws, C goes on
        stage.loader.call_function(handle, "all")
    assert stage.loader.drain_commands() == []
    assert ("warn", '"combat" is not in its [permissions] plugins') in stage.said


def test_a_question_to_the_game(stage: Stage) -> None:
    """What the host answers arrives with its type; what it refuses is no crash."""

    def parameter(plugin: str, key: str) -> float:
        if asked:
            raise Refused(mod="twin", reason="not twice")
        asked.append(f"{plugin}.{key}")
        return 0.5

    asked: list[str] = []
    handle = stage.load(parameter=parameter)
    assert stage.loader.call_function(handle, "difficulty") == 0.5
    with suppress(ExecutionFailed):
        assert stage.loader.call_function(handle, "difficulty") is None
    assert asked == ["combat.difficulty"]


def test_queues_are_bounded(stage: Stage) -> None:
    """A mod that asks without end is refused after a thousand, until the queue is drained."""
    handle = stage.load(plugins=("*",))
    for _ in range(2):
        stage.loader.call_function(handle, "flood")
        assert len(stage.loader.drain_commands()) == 1_000
        assert len(stage.loader.drain_events()) == 1_000


@pytest.mark.parametrize(
    ("function", "limits"),
    [
        ("fail", {None}),
        ("trap", {None}),
        ("spin", {"operations", "timeout"}),
        ("deep", {"stack"}),
        ("hoard", {"memory", None}),  # in C no limit is broken: there is no more to be had
    ],
)
def test_what_goes_wrong_ends_the_call_and_no_more(
    stage: Stage, function: str, limits: set[str | None]
) -> None:
    """An error, a trap, a loop, a recursion, a hoard: it is told, and the mod can be called."""
    handle = stage.load()
    with pytest.raises(ExecutionFailed) as error:
        stage.loader.call_function(handle, function)
    assert (error.value.function, error.value.mod) == (function, handle.id)
    assert error.value.limit in limits
    assert "no more crackers" in error.value.reason or function != "fail"
    assert stage.loader.call_function(handle, "echo", "still here") == "still here"


def test_events_come_to_who_subscribed(stage: Stage) -> None:
    """From `on_init` on, and only those of the types it asked for."""
    handle = stage.load(id="twin")
    stage.loader.dispatch_event(handle, DynamicEvent("ask", 1))
    stage.loader.call_function(handle, "on_init")
    stage.loader.dispatch_event(handle, DynamicEvent("nothing", 2))
    stage.loader.dispatch_event(handle, DynamicEvent("ask", 3, "acme/other"))
    assert stage.loader.drain_events() == [DynamicEvent("answer", 3, "twin")]


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (Enable(), "enable"),
        (Disable(), "disable"),
        (SetParam("max_hp", 7), "set_param:max_hp=7"),
        (TriggerHook("round_started", {"day": 1}), "trigger:round_started"),
    ],
)
def test_it_hears_what_is_done_to_plugins(stage: Stage, action: PluginAction, text: str) -> None:
    """Every action, with its names and its value."""
    stage.loader.control_plugin(stage.load(), "combat", action)
    assert stage.said == [("info", f"combat {text}")]


def test_a_mod_that_is_unloaded_is_gone(stage: Stage) -> None:
    """Its functions, what it queued, and its subscriptions; its id is free again."""
    handle = stage.load(plugins=("*",))
    stage.loader.call_function(handle, "on_init")
    stage.loader.call_function(handle, "all")
    stage.loader.dispatch_event(handle, DynamicEvent("ask", 1))
    with pytest.raises(LoadFailed, match="already"):
        stage.load()
    stage.loader.unload(handle)
    stage.loader.unload(handle)
    assert (stage.loader.drain_commands(), stage.loader.drain_events()) == ([], [])
    with pytest.raises(NotFound):
        stage.loader.call_function(handle, "echo", 1)
    with pytest.raises(NotFound):
        stage.loader.control_plugin(handle, "combat", Enable())
    with pytest.raises(NotFound):
        stage.loader.dispatch_event(handle, DynamicEvent("ask", 1))
    assert stage.loader.call_function(stage.load(), "count") == 1


Play = Callable[[Sequence[str]], list[object]]


@pytest.fixture
def played(twins: dict[str, Path], game: Game, tmp_path: Path) -> Play:
    """Play twins of these kinds together, and return all that there is to see of it."""

    def mod(number: int, kind: str) -> Mod:
        id = f"twin-{number}"
        entry = f"mod.{kind}"
        folder = tmp_path / "-".join((id, kind))
        folder.mkdir(exist_ok=True)
        copy(twins[kind], folder / entry)
        can = Permissions(plugins=("combat",))
        return Mod(id, Manifest(id, parse_version("1.0.0"), id, entry, permissions=can), folder)

    def play(kinds: Sequence[str]) -> list[object]:
        mods = [mod(number, kind) for number, kind in enumerate(kinds)]
        with Host(game, mods, seed=3, loaders=loaders()) as host:
            for _ in range(5):
                host.tick()
        failures = [(failure.mod, failure.hook) for failure in host.failures]
        said = [(line.mod, line.level, line.text.split(" (")[0]) for line in host.log]
        return [said, failures, host.loaded, host.plugins, host.decisions]

    return play


@pytest.mark.parametrize("kinds", list(product(KINDS, repeat=2)))
def test_nobody_can_tell_which_is_which(played: Play, kinds: Sequence[str]) -> None:
    """Twins of any kinds play together as two scripts do: log, events, plugins and failures."""
    assert played(kinds) == played(["rhai", "rhai"])

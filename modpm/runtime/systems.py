"""The systems that carry what mods do to the game, and back, once every update.

    request --> ModLoadSystem --> PluginControlSystem --> ModEventSystem --> ModBridgeSystem
                on_init           commands -> claims      published ->       plugins' changes ->
                                  -> plugins' events      subscribers        on_control_plugin

What a mod asks for while one of them runs it waits for the next update, but the commands of an
`on_init` are done at once, before the next mod loads.
"""

from typing import Self

from msgspec import Struct

from modpm.runtime.api import (
    Disable,
    Enable,
    ModLoader,
    PluginAction,
    SetParam,
    TriggerHook,
)
from modpm.runtime.builder import GameRuntime
from modpm.runtime.control import PluginControlSystem
from modpm.runtime.events import (
    DynamicEvent,
    EventBus,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
    emptied,
)
from modpm.runtime.load import ModLoadSystem
from modpm.runtime.registry import ModRegistry
from modpm.runtime.state import ModLoaderState


class ModSystemConfig(Struct, frozen=True):
    """What the mod system needs to know: the seed of every mod's random numbers."""

    seed: int = 0


NO_SEED = ModSystemConfig()


class ModSystemPlugin:
    """The part of a game that runs mods. Without a loader it only has declarative ones."""

    def __init__(self, config: ModSystemConfig = NO_SEED) -> None:
        self._config = config
        self._loader: ModLoader = ModRegistry()

    def with_loader(self, loader: ModLoader) -> Self:
        """Run mods with this loader; a ModRegistry of several counts as one."""
        self._loader = loader
        return self

    def build(self, game: GameRuntime, /) -> None:
        """Register the state and the four systems."""
        state = ModLoaderState(self._loader, game.plugins, game.events)
        game.register_resource(self._config)
        game.register_resource(state)
        control = PluginControlSystem(state, game.events)
        game.register_system(ModLoadSystem(state, game.events, control, self._config.seed))
        game.register_system(control)
        game.register_system(ModEventSystem(state, game.events))
        game.register_system(ModBridgeSystem(state, game.events))


class ModEventSystem:
    """Carries what mods and the game published to the mods that subscribed, in load order."""

    def __init__(self, state: ModLoaderState, events: EventBus) -> None:
        self._state = state
        self._events = events
        self._inbox = events.inbox(DynamicEvent)

    def update(self) -> None:
        """Do it for all events so far: the mods' in load order, each mod's oldest first.

        What a subscriber publishes waits for the next update.
        """
        dispatch = self._state.loader.dispatch_event
        for event in self._state.in_load_order(self._state.loader.drain_events()):
            self._events.publish(event)
        for event in emptied(self._inbox):
            for mod in self._state.running():
                self._state.guard(mod, event.event_type[:80], dispatch, mod.handle, event)


class ModBridgeSystem:
    """Tells mods what became of the game's plugins."""

    def __init__(self, state: ModLoaderState, events: EventBus) -> None:
        self._state = state
        self._heard: list[PluginEvent] = []
        events.subscribe(PluginEnabledEvent, self._heard.append)
        events.subscribe(PluginDisabledEvent, self._heard.append)
        events.subscribe(PluginParameterChangedEvent, self._heard.append)
        events.subscribe(PluginHookTriggeredEvent, self._heard.append)

    def update(self) -> None:
        """Call every `on_control_plugin`, in load order, but not of the mod whose doing it was."""
        tell = self._state.loader.control_plugin
        for event in emptied(self._heard):
            action = _action(event)
            for mod in self._state.running("on_control_plugin"):
                if mod.handle.id != event.source_mod:
                    self._state.guard(
                        mod, "on_control_plugin", tell, mod.handle, event.plugin, action
                    )


def _action(event: PluginEvent) -> PluginAction:
    match event:
        case PluginEnabledEvent():
            return Enable()
        case PluginDisabledEvent():
            return Disable()
        case PluginParameterChangedEvent(_, key, value):
            return SetParam(key, value)
        case PluginHookTriggeredEvent(_, hook, data):
            return TriggerHook(hook, data)

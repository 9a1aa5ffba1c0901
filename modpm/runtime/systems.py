"""The systems that carry what mods do to the game, and back, once every update.

    request --> ModLoadSystem --> PluginControlSystem --> ModEventSystem --> ModBridgeSystem
                on_init           commands -> claims      published ->       what plugins hear
                                  -> plugins' events      subscribers        -> listeners, mods

ModReloadSystem comes after the commands, so that none of an old version's is lost; ModDirSystem,
with `hot_reload`, comes first.

What a mod asks for while one of them runs it waits for the next update, but the commands of an
`on_init` are done at once, before the next mod loads.
"""

from typing import Self

from modpm.runtime import mod_dir
from modpm.runtime.api import ModLoader
from modpm.runtime.bridge import ModBridgeSystem
from modpm.runtime.builder import GameRuntime
from modpm.runtime.config import DEFAULTS, ModSystemConfig
from modpm.runtime.control import PluginControlSystem
from modpm.runtime.events import DynamicEvent, EventBus, taken
from modpm.runtime.hot import ModDirSystem
from modpm.runtime.load import ModLoadSystem
from modpm.runtime.loaded import called
from modpm.runtime.registry import ModRegistry
from modpm.runtime.reload import ModReloadSystem
from modpm.runtime.state import ModLoaderState


class ModSystemPlugin:
    """The part of a game that runs mods. Without a loader it only has declarative ones."""

    def __init__(self, config: ModSystemConfig = DEFAULTS) -> None:
        self._config = config
        self._loader = ModRegistry()

    def with_loader(self, loader: ModLoader) -> Self:
        """Run mods with this loader; a ModRegistry of several counts as one."""
        self._loader = loader if isinstance(loader, ModRegistry) else ModRegistry([loader])
        return self

    def build(self, game: GameRuntime, /) -> None:
        """Register the state and the systems; ask for the mods to be loaded."""
        state = ModLoaderState(self._loader, game.plugins, game.events, self._config)
        game.register_resource(self._config)
        game.register_resource(state)
        control = PluginControlSystem(state, game.events)
        loads = ModLoadSystem(state, game.events, control, self._config.seed)
        reloads = ModReloadSystem(state, game.events, loads)
        game.register_resource(loads)
        game.register_resource(reloads)
        if self._config.hot_reload and self._config.mod_dir is not None:
            game.register_system(ModDirSystem(state, game.events, self._config))
        game.register_system(loads)
        game.register_system(control)
        game.register_system(reloads)
        game.register_system(ModEventSystem(state, game.events))
        game.register_system(ModBridgeSystem(state, game))
        if self._config.auto_load and self._config.mod_dir is not None:
            for request in mod_dir.requests(self._config.mod_dir, self._loader.accepts):
                game.events.publish(request)


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
        for mod, event in taken(self._state.news):
            self._state.calls.call(mod, "dispatch_event", event.event_type, event)
        for event in self._state.drain_events():
            self._events.publish(event)
        for event in taken(self._inbox):
            self._state.calls.all("dispatch_event", called(event), event)

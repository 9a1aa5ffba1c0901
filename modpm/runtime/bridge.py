"""From what was decided to who hears of it: the game's plugins, then the mods."""

from collections import deque

from modpm.runtime.api import Disable, Enable, PluginAction, SetParam, TriggerHook
from modpm.runtime.builder import GameRuntime, PluginListener
from modpm.runtime.events import (
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)
from modpm.runtime.state import ModLoaderState


class ModBridgeSystem:
    """Tells the game's plugins, and the mods, what became of each plugin."""

    def __init__(self, state: ModLoaderState, game: GameRuntime) -> None:
        self._state = state
        self._game = game
        self._heard: deque[PluginEvent] = deque()
        game.events.subscribe(PluginEnabledEvent, self._heard.append)
        game.events.subscribe(PluginDisabledEvent, self._heard.append)
        game.events.subscribe(PluginParameterChangedEvent, self._heard.append)
        game.events.subscribe(PluginHookTriggeredEvent, self._heard.append)

    def update(self) -> None:
        """Call the plugin's listeners, then every `on_control_plugin`, in load order.

        A mod does not hear of its own doing. What a listener raises leaves the rest to the next
        update. Then the turn is over.
        """
        for _ in range(len(self._heard)):
            event = self._heard.popleft()
            for listener in self._game.listeners(event.plugin):
                _notify(listener, event)
            self._tell_mods(event)
        self._state.renew()

    def _tell_mods(self, event: PluginEvent) -> None:
        args = event.plugin, _action(event)
        self._state.calls.all(
            "control_plugin", "on_control_plugin", *args, without=event.source_mod
        )


def _notify(listener: PluginListener, event: PluginEvent) -> None:
    match event:
        case PluginEnabledEvent():
            listener.on_enabled(event)
        case PluginDisabledEvent():
            listener.on_disabled(event)
        case PluginParameterChangedEvent():
            listener.on_parameter_changed(event)
        case PluginHookTriggeredEvent():
            listener.on_hook_triggered(event)


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

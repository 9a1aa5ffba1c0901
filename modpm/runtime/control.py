"""From what mods ask for to claims, and from these to what becomes of the game's plugins."""

from modpm.conflict.claims import Phase
from modpm.runtime.events import EventBus
from modpm.runtime.state import ModLoaderState


class PluginControlSystem:
    """Turns what mods asked for into claims, and says what became of the plugins."""

    def __init__(self, state: ModLoaderState, events: EventBus) -> None:
        self._state = state
        self._events = events

    def update(self, starting: str | None = None) -> None:
        """Do it for all commands in the queue: the mods' in load order, each mod's oldest first.

        What `starting` asks for, it asks for in its `on_init`.
        """
        state = self._state
        started = state.in_load_order(state.loader.drain_commands()) if starting else None
        for command in state.drain_commands() if started is None else started:
            self._events.publish(command)
            if mod := self._state.mods.get(command.source_mod):
                phase: Phase = "init" if command.source_mod == starting else "play"
                weight = mod.requested.weight(command.control.at)
                self._state.ask(command.source_mod, command.control, weight, phase)

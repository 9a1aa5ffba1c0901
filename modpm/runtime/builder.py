"""A running game, made of parts: resources that they share, and systems that take turns."""

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

from modpm.conflict.rules import Rules
from modpm.game import Game
from modpm.runtime.api import PREFIX, PluginControl
from modpm.runtime.events import (
    EventBus,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)
from modpm.runtime.plugins import NO_RULES, Plugins

T = TypeVar("T")


class System(Protocol):
    """Something that does its share of every update."""

    def update(self) -> None:
        """Do it."""
        ...


class GamePlugin(Protocol):
    """A part of the program that brings resources and systems."""

    def build(self, game: "GameRuntime", /) -> None:
        """Register them."""
        ...


class PluginListener:
    """What a plugin of the game does when mods change it: a subclass takes what it wants to hear.

    What it raises comes out of the update, as the game's own.
    """

    def on_enabled(self, event: PluginEnabledEvent, /) -> None:
        """Hear that the plugin was switched on."""

    def on_disabled(self, event: PluginDisabledEvent, /) -> None:
        """Hear that the plugin was switched off."""

    def on_parameter_changed(self, event: PluginParameterChangedEvent, /) -> None:
        """Hear of a parameter's new value."""

    def on_hook_triggered(self, event: PluginHookTriggeredEvent, /) -> None:
        """Hear that a mod triggered a hook."""


class GameRuntime:
    """A game that runs: its plugins, the events between its parts, and one step after the other."""

    def __init__(self, plugins: Plugins) -> None:
        self.plugins = plugins
        self.events = EventBus()
        self._resources: dict[type, object] = {}
        self._systems: list[System] = []
        self._listeners: dict[str, list[PluginListener]] = {}

    def register_resource(self, resource: object) -> None:
        """Share a value under its type."""
        self._resources[type(resource)] = resource

    def resource(self, kind: type[T]) -> T:
        """Return the shared value of that type; raise KeyError if no part brought one."""
        resource = self._resources[kind]
        assert isinstance(resource, kind)
        return resource

    def register_system(self, system: System) -> None:
        """Let a system take its turn in every update, after those before it."""
        self._systems.append(system)

    def listen(self, plugin: str, listener: PluginListener) -> None:
        """Tell the listener what becomes of the plugin; raise PluginNotFound if there is none."""
        name = plugin.removeprefix(PREFIX)
        self.plugins.known("", PluginControl.enable(name))
        self._listeners.setdefault(name, []).append(listener)

    def listeners(self, plugin: str) -> Sequence[PluginListener]:
        """Return who listens to the plugin."""
        return self._listeners.get(plugin, ())

    def update(self) -> None:
        """Let every system do its share once."""
        for system in self._systems:
            system.update()


class GameBuilder:
    """Collects the parts of a game.

    >>> from modpm.runtime import GameBuilder, ModSystemPlugin, RhaiLoader
    >>> GameBuilder().with_plugin(ModSystemPlugin().with_loader(RhaiLoader())).build().update()
    """

    def __init__(self) -> None:
        self._plugins = Plugins()
        self._parts: list[GamePlugin] = []

    def with_game(self, game: Game, rules: Rules = NO_RULES) -> Self:
        """Offer the game's plugins to mods, under the player's rules; without it there are none."""
        self._plugins = Plugins(game, rules)
        return self

    def with_plugin(self, part: GamePlugin) -> Self:
        """Add a part."""
        self._parts.append(part)
        return self

    def build(self) -> GameRuntime:
        """Return the game, with every part in it."""
        runtime = GameRuntime(self._plugins)
        for part in self._parts:
            part.build(runtime)
        return runtime

"""Which strategy applies: the game's word, over it the loadout's, over all the player's pins."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from msgspec import Struct

from modpm.conflict.claims import At, spelled
from modpm.conflict.strategy import LAST_WINS, PIN
from modpm.document import Value
from modpm.errors import UnfitPin, UnfitStrategy
from modpm.fault import suggest
from modpm.fields import PROVIDES
from modpm.game import Game, is_hook
from modpm.loadout import Loadout


class Rule(Struct, frozen=True):
    """What decides on a parameter: a strategy or "pin", whose word that is, and its key there."""

    strategy: str
    by: Literal["loadout", "game", "modpm"]
    key: str | None = None


class Rules(Struct, frozen=True, dict=True):
    """What applies. Keys are "plugin.key", with * for any part of either, or "default"; a plugin's
    name alone stands for its switch, "plugin.hook()" for an exclusive hook. On these two neither
    "default" nor a pattern for parameters has a say.

    `defaults` are the game's; the loadout's word beats them. Of several keys of one that match,
    the one with most letters that are no * counts.
    """

    strategy: Mapping[str, str] = {}
    pins: Mapping[At, Value] = {}
    defaults: Mapping[str, str] = {}

    def strategy_of(self, plugin: str, key: str) -> str:
        """Return the strategy for a parameter."""
        return self._strategy((plugin, key)).strategy

    def rule_of(self, plugin: str, key: str) -> str:
        """Return what decides on a parameter: a pin, else the strategy."""
        return PIN if (plugin, key) in self.pins else self.strategy_of(plugin, key)

    def rule(self, at: At) -> Rule:
        """Return what decides on a parameter, and who says so."""
        return Rule(PIN, "loadout", spelled(at)) if at in self.pins else self._strategy(at)

    def check(self, game: Game) -> None:
        """Raise UnfitStrategy for a merge of the wrong type, UnfitPin for a pin that cannot be."""
        parameters = game.parameters()
        for at, parameter in parameters.items():
            strategy = self.strategy_of(*at)
            if problem := parameter.merge_problem(strategy):
                raise UnfitStrategy(parameter=spelled(at), strategy=strategy, expected=problem)
        for at, value in self.pins.items():
            name = spelled(at)
            if name.startswith(PROVIDES):
                continue
            if at not in parameters:
                near = suggest(name, map(spelled, parameters))
                raise UnfitPin(parameter=name, value=value, suggestion=near)
            if problem := parameters[at].problem(value):
                raise UnfitPin(parameter=name, value=value, expected=problem)

    def _strategy(self, at: At) -> Rule:
        if at not in self._known:
            self._known[at] = self._found(at)
        return self._known[at]

    def _found(self, at: At) -> Rule:
        name = spelled(at)
        rest = "" if name == at[0] or is_hook(name) else "default"
        if key := _closest(name, rest, self.strategy, self._globs[0]):
            return Rule(self.strategy[key], "loadout", key)
        if key := _closest(name, rest, self.defaults, self._globs[1]):
            return Rule(self.defaults[key], "game", key)
        return Rule(LAST_WINS, "modpm")

    @cached_property
    def _known(self) -> dict[At, Rule]:
        return {}

    @cached_property
    def _globs(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return _globs(self.strategy), _globs(self.defaults)


def matches(pattern: str, name: str) -> bool:
    """Return whether a key of [strategy] is about what has that name, in its full spelling."""
    return is_hook(pattern) == is_hook(name) and fnmatchcase(name, pattern)


def _globs(strategies: Mapping[str, str]) -> tuple[str, ...]:
    """Return the patterns, the closest first."""
    found = (key for key in strategies if "*" in key)
    return tuple(sorted(found, key=lambda key: (key.count("*") - len(key), key)))


def _closest(
    name: str, rest: str, strategies: Mapping[str, str], globs: tuple[str, ...]
) -> str | None:
    """Return the key that counts for a name, None if none is about it."""
    if name in strategies:
        return name
    close = next((glob for glob in globs if matches(glob, name)), rest)
    return close if close in strategies else None


def rules(loadout: Loadout, game: Game | None = None) -> Rules:
    """Return what the loadout says about conflicts, over what the game says."""
    return Rules(
        strategy=loadout.strategy,
        pins={(pin.plugin, pin.key): pin.value for pin in loadout.pins},
        defaults=dict(_defaults(game)) if game else {},
    )


def _defaults(game: Game) -> Iterator[tuple[str, str]]:
    for plugin in game.plugins:
        if plugin.strategy:
            yield f"{plugin.name}.*", plugin.strategy
        for parameter in plugin.parameters:
            if parameter.strategy:
                yield f"{plugin.name}.{parameter.name}", parameter.strategy
    if game.strategy:
        yield "default", game.strategy

"""Which strategy applies: the game's word, over it the loadout's, over all the player's pins."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property

from msgspec import Struct

from modpm.conflict.claims import At, spelled
from modpm.conflict.strategy import LAST_WINS, PIN
from modpm.document import Value
from modpm.errors import UnfitPin, UnfitStrategy
from modpm.fault import suggest
from modpm.game import Game, is_hook
from modpm.loadout import Loadout


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
        name = spelled((plugin, key))
        rest = "" if name == plugin or is_hook(key) else "default"
        return (
            _closest(name, rest, self.strategy, self._globs[0])
            or _closest(name, rest, self.defaults, self._globs[1])
            or LAST_WINS
        )

    def rule_of(self, plugin: str, key: str) -> str:
        """Return what decides on a parameter: a pin, else the strategy."""
        return PIN if (plugin, key) in self.pins else self.strategy_of(plugin, key)

    def idle(self, game: Game) -> Iterator[str]:
        """Yield the keys and pins of the loadout that match nothing in the game."""
        names = set(map(spelled, game.parameters()))
        for pattern in self.strategy:
            if pattern != "default" and not any(fnmatchcase(name, pattern) for name in names):
                yield pattern
        yield from (name for name in map(spelled, self.pins) if name not in names)

    def check(self, game: Game) -> None:
        """Raise UnfitStrategy for a merge of the wrong type, UnfitPin for a pin that cannot be."""
        parameters = game.parameters()
        for at, parameter in parameters.items():
            strategy = self.strategy_of(*at)
            if problem := parameter.merge_problem(strategy):
                raise UnfitStrategy(parameter=spelled(at), strategy=strategy, expected=problem)
        for at, value in self.pins.items():
            name = spelled(at)
            if at not in parameters:
                near = suggest(name, map(spelled, parameters))
                raise UnfitPin(parameter=name, value=value, suggestion=near)
            if problem := parameters[at].problem(value):
                raise UnfitPin(parameter=name, value=value, expected=problem)

    @cached_property
    def _globs(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return _globs(self.strategy), _globs(self.defaults)


def _globs(strategies: Mapping[str, str]) -> tuple[str, ...]:
    """Return the patterns, the closest first."""
    found = (key for key in strategies if "*" in key)
    return tuple(sorted(found, key=lambda key: (key.count("*") - len(key), key)))


def _closest(
    name: str, rest: str, strategies: Mapping[str, str], globs: tuple[str, ...]
) -> str | None:
    if not strategies:
        return None
    if name in strategies:
        return strategies[name]
    fitting = (glob for glob in globs if is_hook(glob) == is_hook(name))
    close = next((glob for glob in fitting if fnmatchcase(name, glob)), rest)
    return strategies.get(close)


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

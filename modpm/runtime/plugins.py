"""The game's plugins as the mods made them: claims in load order, and what was decided on them."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from modpm.conflict.decide import Claim, Decision, Rules, contested, decide, same
from modpm.document import Value
from modpm.errors import ExclusiveConflict, PluginNotFound, Refused
from modpm.fault import suggest
from modpm.game import Game, Parameter, Plugin
from modpm.runtime.api import Disable, Enable, PluginControl, SetParam, TriggerHook
from modpm.runtime.events import (
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)

ENABLED = ""
"""The key under which switching a plugin on and off is claimed; no parameter has an empty name."""

NAME = 100
"""How much of a name that is none is shown and looked up, in characters."""

NO_RULES = Rules()


class PluginState(Struct, frozen=True):
    """A plugin at one moment."""

    name: str
    enabled: bool
    parameters: Mapping[str, Value]


class Plugins:
    """Every plugin's state as a function of the claims of the mods that are there.

    Mods rank in the order in which they first claimed or were admitted: their load order.
    """

    def __init__(self, game: Game | None = None, rules: Rules = NO_RULES) -> None:
        self._rules = rules
        self._plugins = {plugin.name: plugin for plugin in game.plugins} if game else {}
        self._parameters: dict[tuple[str, str], Parameter] = {
            (plugin.name, parameter.name): parameter
            for plugin in self._plugins.values()
            for parameter in plugin.parameters
        }
        self._rank: dict[str, int] = {}
        self._claims: dict[tuple[str, str], dict[str, Claim]] = {}
        self._values: dict[tuple[str, str], Value] = {
            at: self._decided(at, ())
            for at in (*self._parameters, *((name, ENABLED) for name in self._plugins))
        }

    def admit(self, mod: str) -> None:
        """Give the mod its place in the load order, which it keeps: behind all that have one."""
        self._rank.setdefault(mod, len(self._rank))

    def parameter(self, mod: str, plugin: str, key: str) -> Value:
        """Return a parameter's value; raise PluginNotFound or Refused, naming `mod`."""
        self._parameter(mod, plugin, key)
        return self._values[plugin, key]

    def apply(self, mod: str, control: PluginControl, priority: int = 0) -> PluginEvent | None:
        """Do what the mod asks; return what the plugin hears of it, None if nothing changes.

        Raises PluginNotFound or Refused, and then nothing has changed.
        """
        plugin = self._plugin(mod, control.plugin)
        match control.action:
            case TriggerHook(hook, data):
                _known(mod, "hook", plugin, hook, plugin.hooks)
                return PluginHookTriggeredEvent(plugin.name, hook, data, mod)
            case SetParam(key, value):
                self._check(mod, plugin.name, key, value)
                return self._claim(Claim(mod, plugin.name, key, value, priority))
            case Enable() | Disable() as switch:
                on = isinstance(switch, Enable)
                return self._claim(Claim(mod, plugin.name, ENABLED, on, priority))

    def withdraw(self, mod: str) -> list[PluginEvent]:
        """Take back all that the mod claimed; return what the plugins hear of it."""
        events = []
        for at, claims in self._claims.items():
            if claims.pop(mod, None) is not None:
                events.append(self._settle(at, mod, self._decided(at, self._ordered(claims))))
        return [event for event in events if event is not None]

    def states(self) -> Mapping[str, PluginState]:
        """Return every plugin by name, as it is now."""
        return {
            name: PluginState(
                name,
                bool(self._values[name, ENABLED]),
                {p.name: self._values[name, p.name] for p in plugin.parameters},
            )
            for name, plugin in self._plugins.items()
        }

    def decisions(self) -> tuple[Decision, ...]:
        """Return the decisions on parameters where mods disagree now, sorted by plugin and key."""
        claims = (
            claim
            for (_, key), claims in self._claims.items()
            for claim in self._ordered(claims)
            if key != ENABLED
        )
        return contested(claims, self._rules)

    def _claim(self, claim: Claim) -> PluginEvent | None:
        at = claim.plugin, claim.key
        self.admit(claim.mod)
        claims = self._claims.get(at, {}) | {claim.mod: claim}
        try:
            value = self._decided(at, self._ordered(claims))
        except ExclusiveConflict as conflict:
            others = sorted({c.mod for c in conflict.claims} - {claim.mod})
            raise _refused(
                claim.mod, f"only one mod may set {'.'.join(at)}, and {', '.join(others)} did"
            ) from None
        self._claims[at] = claims
        return self._settle(at, claim.mod, value)

    def _settle(self, at: tuple[str, str], mod: str, value: Value) -> PluginEvent | None:
        before, self._values[at] = self._values[at], value
        if same(before, value):
            return None
        plugin, key = at
        if key != ENABLED:
            return PluginParameterChangedEvent(plugin, key, value, mod)
        return PluginEnabledEvent(plugin, mod) if value else PluginDisabledEvent(plugin, mod)

    def _decided(self, at: tuple[str, str], claims: Iterable[Claim]) -> Value:
        in_order = tuple(claims)
        plugin, key = at
        if key == ENABLED:
            return in_order[-1].value if in_order else self._plugins[plugin].enabled
        if in_order:
            return decide(in_order, self._rules).value
        return self._rules.pins.get(at, self._parameters[at].default)

    def _ordered(self, claims: Mapping[str, Claim]) -> list[Claim]:
        return sorted(claims.values(), key=lambda claim: self._rank[claim.mod])

    def _plugin(self, mod: str, name: str) -> Plugin:
        if name in self._plugins:
            return self._plugins[name]
        near = suggest(name[:NAME], self._plugins)
        reason = f'the game has no plugin "{name[:NAME]}"{_did_you_mean(near)}'
        raise PluginNotFound(mod=mod, plugin=name[:NAME], suggestion=near, reason=reason)

    def _parameter(self, mod: str, plugin: str, key: str) -> Parameter:
        if (plugin, key) not in self._parameters:
            known = self._plugin(mod, plugin)
            _known(mod, "parameter", known, key, [p.name for p in known.parameters])
        return self._parameters[plugin, key]

    def _check(self, mod: str, plugin: str, key: str, value: Value) -> None:
        allowed = self._parameter(mod, plugin, key).problem(value)
        if allowed is not None:
            raise _refused(mod, f"{plugin}.{key} takes {allowed}, not {shown(value)}")


def shown(value: object) -> str:
    """Return the value as JSON would spell it, cut short."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."


def _known(mod: str, what: str, plugin: Plugin, name: str, names: Iterable[str]) -> None:
    if name not in (known := list(names)):
        near = _did_you_mean(suggest(name[:NAME], known))
        raise _refused(mod, f'the plugin {plugin.name} has no {what} "{name[:NAME]}"{near}')


def _did_you_mean(near: str | None) -> str:
    return f'; did you mean "{near}"?' if near else ""


def _refused(mod: str, reason: str) -> Refused:
    return Refused(mod=mod, reason=reason)

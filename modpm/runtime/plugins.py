"""The game's plugins as the mods made them: claims in load order, and what was decided on them."""

import math
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.board import Board
from modpm.conflict.claims import At, Claim, Phase, same, spelled
from modpm.conflict.decide import YIELDS, Decisions, unfit
from modpm.conflict.rules import Rules
from modpm.document import Value
from modpm.errors import PluginNotFound, Refused
from modpm.fault import suggest
from modpm.game import SWITCH, Game, Plugin, hook_key, is_hook
from modpm.runtime.api import Disable, Enable, PluginControl, SetParam, TriggerHook
from modpm.runtime.events import (
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)

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
        self._plugins = {plugin.name: plugin for plugin in game.plugins} if game else {}
        self._board = Board(rules, game)

    def admit(self, mod: str) -> None:
        """Give the mod its place in the load order, which it keeps: behind all that have one."""
        self._board.admit(mod)

    def parameter(self, mod: str, plugin: str, key: str) -> Value:
        """Return a parameter's value; raise PluginNotFound or Refused, naming `mod`."""
        self._known_parameter(mod, plugin, key)
        return self._board.value((plugin, key))

    def known(self, mod: str, control: PluginControl) -> None:
        """Return if the game has what is to be controlled; else raise PluginNotFound or Refused."""
        match control.action:
            case SetParam(key):
                self._known_parameter(mod, control.plugin, key)
            case TriggerHook(hook):
                plugin = self._plugin(mod, control.plugin)
                _known(mod, "hook", plugin, hook, plugin.hooks)
            case _:
                self._plugin(mod, control.plugin)

    def apply(
        self, mod: str, control: PluginControl, priority: int = 0, phase: Phase = "play"
    ) -> PluginEvent | None:
        """Do what the mod asks; return what the plugin hears of it, None if nothing changes.

        Raises PluginNotFound or Refused, and then no plugin has changed. A claim that is refused
        for what others claim comes into force when they go.
        """
        plugin = self._plugin(mod, control.plugin)
        match control.action:
            case TriggerHook(hook, data):
                _known(mod, "hook", plugin, hook, plugin.hooks)
                if hook in plugin.exclusive_hooks:
                    self._check_turn(Claim(mod, plugin.name, hook_key(hook), mod, priority, phase))
                return PluginHookTriggeredEvent(plugin.name, hook, data, mod)
            case SetParam(key, value):
                claim = Claim(mod, plugin.name, key, value, priority, phase)
                return self._claim(claim, self._checked(claim))
            case Enable() | Disable() as switch:
                on = isinstance(switch, Enable)
                return self._claim(Claim(mod, plugin.name, SWITCH, on, priority, phase))

    def withdraw(self, mod: str) -> list[PluginEvent]:
        """Take back all that the mod claimed; return what the plugins hear of it."""
        events = (_heard(at, mod, *change) for at, *change in self._board.withdraw(mod))
        return [event for event in events if event is not None]

    def snapshot(self) -> Board:
        """Return what is claimed now, to compare with later, or to go back to."""
        return self._board.copy()

    def restore(self, board: Board) -> None:
        """Go back to what was claimed then."""
        self._board = board

    def retake(self, claims: Iterable[Claim]) -> None:
        """Take claims that were good before, with nobody hearing of it."""
        for claim in claims:
            if claim.at in self._board.parameters:
                self._board.put(claim)

    def rearrange(
        self, order: Iterable[str], rules: Rules, game: Game, weigh: Callable[[Claim], int]
    ) -> list[PluginEvent]:
        """Decide anew on all claims: for that load order, by those rules, in that game.

        `weigh` gives each claim's priority. Returns what the plugins hear, from the player.
        """
        former, self._board = self._board, Board(rules, game)
        self._plugins = {plugin.name: plugin for plugin in game.plugins}
        for mod in order:
            self._board.admit(mod)
        self.retake(replace(claim, priority=weigh(claim)) for claim in former.claims())
        return self.changes(former, "")

    def changes(self, former: Board, mod: str) -> list[PluginEvent]:
        """Return what the plugins hear of all that is decided in another way than it was."""
        both = former.parameters.keys() & self._board.parameters
        events = (_heard(at, mod, former.value(at), self._board.value(at)) for at in sorted(both))
        return [event for event in events if event is not None]

    def states(self) -> Mapping[str, PluginState]:
        """Return every plugin by name, as it is now."""
        return {
            name: PluginState(
                name,
                bool(self._board.value((name, SWITCH))),
                {p.name: self._board.value((name, p.name)) for p in plugin.parameters},
            )
            for name, plugin in self._plugins.items()
        }

    def claims(self) -> tuple[Claim, ...]:
        """Return what all mods claim now, each one's last word, in load order."""
        return self._board.claims()

    def decisions(self) -> Decisions:
        """Return what is decided now on all that is claimed or pinned, sorted by plugin and key."""
        return self._board.decisions()

    def _claim(self, claim: Claim, counts: Claim | None = None) -> PluginEvent | None:
        at = claim.plugin, claim.key
        before = self._board.value(at)
        event = _heard(at, claim.mod, before, self._board.put(claim, counts))
        if event is None:
            self._check_counts(at, claim)
        return event

    def _check_turn(self, claim: Claim) -> None:
        """Raise Refused if the exclusive hook that the mod triggers is another mod's."""
        self._board.put(claim)
        decision = self._board.decision(claim.at)
        if decision.value != claim.mod:
            who = f"{decision.value} does ({decision.strategy})"
            raise _refused(claim.mod, f"only one mod may trigger {spelled(claim.at)}, and {who}")

    def _check_counts(self, at: At, claim: Claim) -> None:
        """Raise Refused if other mods' claims keep this one from counting, while they last."""
        rejected = self._board.rejected(at, claim.mod)
        if rejected and rejected.reason == YIELDS:
            winner = self._board.decision(at).winner
            raise _refused(claim.mod, f"only one mod may set {spelled(at)}, and {winner} did")
        if rejected:
            value = shown(claim.value)
            raise _refused(claim.mod, f"{spelled(at)} does without {value}: {rejected.reason}")

    def _plugin(self, mod: str, name: str) -> Plugin:
        if name in self._plugins:
            return self._plugins[name]
        near = suggest(name[:NAME], self._plugins)
        reason = f'the game has no plugin "{name[:NAME]}"{_did_you_mean(near)}'
        raise PluginNotFound(mod=mod, plugin=name[:NAME], suggestion=near, reason=reason)

    def _known_parameter(self, mod: str, plugin: str, key: str) -> None:
        if not key.isidentifier() or (plugin, key) not in self._board.parameters:
            known = self._plugin(mod, plugin)
            _known(mod, "parameter", known, key, [p.name for p in known.parameters])

    def _checked(self, claim: Claim) -> Claim:
        """Return the claim with the value that counts.

        Raises Refused for a value that cannot be; as a mod's only claim there it is kept.
        """
        at = claim.at
        self._known_parameter(claim.mod, *at)
        counts = self._board.weigh(claim)
        if isinstance(counts, Claim):
            return counts
        if at not in self._board.claims_of(claim.mod) and unfit(claim.value) is None:
            self._board.put(claim, counts)
        reason = f"{spelled(at)} takes {counts.reason}, not {shown(claim.value)}"
        raise _refused(claim.mod, reason)


def _heard(at: At, mod: str, before: Value, value: Value) -> PluginEvent | None:
    plugin, key = at
    if same(before, value) or is_hook(key):
        return None
    if key != SWITCH:
        return PluginParameterChangedEvent(plugin, key, value, mod)
    return PluginEnabledEvent(plugin, mod) if value else PluginDisabledEvent(plugin, mod)


def shown(value: object) -> str:
    """Return the value as JSON would spell it, cut short."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for it
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

"""What mods queue for the host, within bounds; every loader has one of these for all its mods."""

from hashlib import sha256
from random import Random

import msgspec

from modpm.document import Value
from modpm.errors import Refused
from modpm.runtime.api import ModContext, PluginControl
from modpm.runtime.events import DEPENDENCY, DynamicEvent, PluginControlRequested

COMMANDS = 1_000
EVENTS = 1_000
VOLUME = 1_000_000
"""What one mod may queue between two updates: commands, events, and either's JSON in characters."""


LEVELS = 100
"""How deep what a mod publishes may nest: every backend takes that, or who hears it would fail."""
INTS = range(-(2**63), 2**63)
"""The whole numbers that every backend has."""


def stream(seed: int, mod: str) -> Random:
    """Return the mod's own random numbers: the same on every machine for a seed and a mod."""
    return Random(int.from_bytes(sha256(f"{seed}/{mod}".encode()).digest()))


class Quota:
    """How often, and how much in all, each mod may do something until the quota is renewed."""

    def __init__(self, count: int, volume: int) -> None:
        self._count = count
        self._volume = volume
        self._used: dict[str, tuple[int, int]] = {}

    def allows(self, mod: str, volume: int) -> bool:
        """Return whether the mod may, and count it if so."""
        count, used = self._used.get(mod, (0, 0))
        if count >= self._count or used + volume > self._volume:
            return False
        self._used[mod] = count + 1, used + volume
        return True

    def renew(self) -> None:
        """Forget what was used."""
        self._used.clear()


class Outbox:
    """The commands and events that a loader's mods queued, oldest first."""

    def __init__(self) -> None:
        self._commands: list[PluginControlRequested] = []
        self._events: list[DynamicEvent] = []
        self._may_command = Quota(COMMANDS, VOLUME)
        self._may_publish = Quota(EVENTS, VOLUME)

    def control(self, mod: str, context: ModContext, control: PluginControl) -> None:
        """Queue a command; raise Refused for what there is not, may not be, or is too much."""
        if control.plugin not in context.plugins and "*" not in context.plugins:
            raise _refused(
                mod, context, f'"{control.plugin[:80]}" is not in its [permissions] plugins'
            )
        try:
            context.known(control)
        except Refused as unknown:
            context.log("warn", unknown.reason)
            raise
        if not self._may_command.allows(mod, _volume(mod, context, control)):
            raise _refused(mod, context, "too many commands to plugins before the next turn")
        self._commands.append(PluginControlRequested(control, mod))

    def publish(self, mod: str, context: ModContext, type: str, data: Value) -> None:
        """Queue an event; raise Refused if the mod publishes too much, or in the host's name."""
        if type == DEPENDENCY:
            raise _refused(mod, context, f"only the host publishes {DEPENDENCY}")
        event = DynamicEvent(type, data, mod)
        if not self._may_publish.allows(mod, _volume(mod, context, event)):
            raise _refused(mod, context, "too many events before the next turn")
        if not _crosses(data):
            reason = f"an event has at most {LEVELS} levels, and whole numbers of 64 bits"
            raise _refused(mod, context, reason)
        self._events.append(event)

    def drain_commands(self) -> list[PluginControlRequested]:
        """Return the commands and forget them."""
        self._may_command.renew()
        drained, self._commands = self._commands, []
        return drained

    def drain_events(self) -> list[DynamicEvent]:
        """Return the events and forget them."""
        self._may_publish.renew()
        drained, self._events = self._events, []
        return drained

    def forget(self, mod: str) -> None:
        """Drop what the mod queued."""
        self._commands = [command for command in self._commands if command.source_mod != mod]
        self._events = [event for event in self._events if event.source_mod != mod]


def _volume(mod: str, context: ModContext, what: PluginControl | DynamicEvent) -> int:
    import json

    try:  # msgspec writes bytes as text; json refuses them.
        plain = msgspec.to_builtins(what, builtin_types=(bytes,))
        return len(json.dumps(plain, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        raise _refused(
            mod, context, "only plain values leave a mod: no functions, no cycles"
        ) from None


def _crosses(value: object, levels: int = LEVELS) -> bool:
    """Return whether every backend can take a plain value."""
    if isinstance(value, int):
        return value in INTS
    if isinstance(value, list | dict):
        inner = value if isinstance(value, list) else value.values()
        return levels > 0 and all(_crosses(one, levels - 1) for one in inner)
    return True


def _refused(mod: str, context: ModContext, reason: str) -> Refused:
    context.log("warn", reason)
    return Refused(mod=mod, reason=reason)

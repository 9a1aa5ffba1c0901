"""What happened in a play, turn by turn, as text that is the same wherever it is played again."""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from itertools import zip_longest

import msgspec
from msgspec import Struct

from modpm.document import Value
from modpm.runtime.events import (
    DynamicEvent,
    LogRecord,
    ModLoadedEvent,
    ModLoadFailedEvent,
    ModReloadedEvent,
    ModUnloadedEvent,
    PluginControlRequested,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)
from modpm.runtime.failure import told
from modpm.runtime.host import Host


class Input(Struct, frozen=True):
    """An event that the game published, which a replay publishes again."""

    event: str
    data: Value = None


class Turn(Struct, frozen=True):
    """One turn: what the game put in, what happened, and a hash of all that there is after it."""

    inputs: tuple[Input, ...]
    happened: tuple[str, ...]
    state: str

    def lines(self) -> tuple[str, ...]:
        """Return what there is to compare."""
        return *self.happened, f"state {self.state}"


class Recording(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A whole play: `of` says what was played, the first turn is the start, the last the end."""

    of: tuple[str, ...]
    turns: tuple[Turn, ...]
    modpm_recording: int = 1


class Recorder:
    """Notes what happens in a host; make it before the host starts.

    `keep` tells whether the turns are wanted too: the state alone takes no memory.
    """

    def __init__(self, host: Host, *, keep: bool = True) -> None:
        self.turns: list[Turn] = []
        self._keep = keep
        self._host = host
        self._inputs: list[Input] = []
        self._happened: list[str] = []
        self._chain = sha256()
        for kind, tell in _TOLD.items():
            host.events.subscribe(kind, partial(self._hear, tell))

    def turn(self) -> Turn:
        """Note that a turn is over, and return it."""
        turn = Turn(tuple(self._inputs), tuple(self._happened), self.state())
        self._inputs.clear()
        self._happened.clear()
        self.turns.append(turn)
        return turn

    def state(self) -> str:
        """Return a hash of plugins, claims, mods, turn, and all that has happened so far."""
        host = self._host
        now = [host.turn, host.loaded, host.plugins, host.claims, self._chain.hexdigest()]
        return sha256(msgspec.json.encode(now, order="sorted")).hexdigest()[:16]

    def _hear(self, tell: Callable[[object], str], event: object) -> None:
        line = tell(event)
        self._chain.update(f"{line}\n".encode())
        if not self._keep:
            return
        self._happened.append(line)
        if isinstance(event, DynamicEvent) and event.source_mod is None:
            self._inputs.append(Input(event.event_type, event.data))


def difference(one: Sequence[str], other: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the first lines that differ; None stands where one has no more."""
    pairs = zip_longest(one, other)
    return next(((left, right) for left, right in pairs if left != right), (None, None))


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


_TOLD: dict[type, Callable[..., str]] = {
    LogRecord: lambda e: f"log {e.mod} {e.level} {e.text}",
    DynamicEvent: lambda e: f"event {e.event_type} {_json(e.data)} by {e.source_mod or 'the game'}",
    ModLoadedEvent: lambda e: f"loaded {e.handle.id}",
    ModReloadedEvent: lambda e: f"reloaded {e.handle.id}",
    ModUnloadedEvent: lambda e: f"unloaded {e.mod_id}",
    ModLoadFailedEvent: lambda e: f"not loaded {e.path.name}: {told(e.error)}",
    PluginControlRequested: lambda e: f"asked {e.control.plugin} {e.control.action} {e.source_mod}",
    PluginEnabledEvent: lambda e: f"on {e.plugin} by {e.source_mod}",
    PluginDisabledEvent: lambda e: f"off {e.plugin} by {e.source_mod}",
    PluginParameterChangedEvent: lambda e: (
        f"{e.plugin}.{e.key} is {_json(e.value)} by {e.source_mod}"
    ),
    PluginHookTriggeredEvent: lambda e: (
        f"hook {e.plugin}.{e.hook} {_json(e.data)} by {e.source_mod}"
    ),
}

"""Playing a synced loadout against its game's definition, without the game."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from modpm.conflict.claims import Decision
from modpm.lockfile import Redecision
from modpm.runtime import Host, LogRecord, PluginState
from modpm.runtime.state import Failure
from modpm.session.cast import Cast


class RunReport(Struct, frozen=True):
    """How a play ended: the mods in load order, every plugin by name, and who failed.

    `redecided` are the decisions that did not come out as the lock has them when all had started.
    """

    order: tuple[str, ...]
    ticks: int
    plugins: Mapping[str, PluginState]
    redecided: tuple[Redecision, ...]
    decisions: tuple[Decision, ...]
    failures: tuple[Failure, ...]


def play(
    players: Cast, host: Host, ticks: int, on_log: Callable[[LogRecord], object] | None = None
) -> RunReport:
    """Start their host, let it tick, close it; `on_log` hears every record as it comes."""
    if on_log is not None:
        host.events.subscribe(LogRecord, on_log)
    with host:
        order, redecided = host.loaded, players.redecided(host.claims)
        for _ in range(ticks):
            host.tick()
    return RunReport(order, ticks, host.plugins, redecided, host.decisions, host.failures)

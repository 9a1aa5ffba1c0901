"""Playing a synced loadout against its game's definition, without the game."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from modpm.conflict.claims import At, Decision
from modpm.conflict.decide import decide
from modpm.lockfile import Redecision
from modpm.runtime import Host, LogRecord, PluginState
from modpm.runtime.failure import Failure
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


class Moment(Struct, frozen=True):
    """What was decided on a parameter from a turn on; turn 0 is the start."""

    turn: int
    decision: Decision


def follow(players: Cast, host: Host, at: At, ticks: int) -> tuple[Moment, ...]:
    """Play, and return each moment when claims on the parameter had changed, the start first."""
    found: list[Moment] = []
    parameter = players.game.parameters().get(at)
    with host:
        for turn in range(ticks + 1):
            if turn:
                host.tick()
            claims = tuple(claim for claim in host.claims if claim.at == at)
            decision = decide(at, claims, players.rules, parameter)
            if not found or found[-1].decision != decision:
                found.append(Moment(turn, decision))
    return tuple(found)


def play(
    players: Cast,
    host: Host,
    ticks: int,
    on_log: Callable[[LogRecord], object] | None = None,
    on_turn: Callable[[], object] = lambda: None,
) -> RunReport:
    """Start their host, let it tick, close it; `on_log` hears every record as it comes.

    `on_turn` is called after the start, after each turn, and at the end.
    """
    if on_log is not None:
        host.events.subscribe(LogRecord, on_log)
    with host:
        order, redecided = host.loaded, players.redecided(host.claims)
        on_turn()
        for _ in range(ticks):
            host.tick()
            on_turn()
    on_turn()
    return report(host, order, redecided)


def report(host: Host, order: tuple[str, ...], redecided: tuple[Redecision, ...]) -> RunReport:
    """Return how a play ended. Who failed and came back, mended, did not fail."""
    failures = tuple(failure for failure in host.failures if failure.mod not in host.loaded)
    return RunReport(order, host.turn, host.plugins, redecided, host.decisions, failures)

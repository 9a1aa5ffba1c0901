"""What a command did to a loadout, and how the lock that came of it differs from the one before."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.claims import Claim, Decision, spelled
from modpm.conflict.idle import Idle, idle, unplaced
from modpm.conflict.settled import Outdated, outdated
from modpm.game import Game
from modpm.loadout import Loadout
from modpm.lockfile import Change, Lock, Redecision, Request, Stale, dumps, redecisions
from modpm.order import Edge

if TYPE_CHECKING:
    from modpm.registry.directory import Problem
    from modpm.runtime.plan import Plan


class Outcome(Struct, frozen=True):
    """What a command did, or with `dry_run` would do.

    `newer` is the format of the lock that was there if this modpm does not know all of it.
    `changed` tells that the lock is another than before, `dropped` are soft order edges that a
    cycle cost, `problems` what a registry had to skip, `fetched` the mods new to the store,
    `unfetchable` those that are known by their metadata only. `asked` is what the player was asked
    to grant, `redecided` what became of contested parameters, `outdated` the choices that were
    about other claims, `idle` words that nothing is affected by. `claims` are all that are known,
    `renamed` tells what mods that the loadout names are called now. `plan` is there where the mods
    were planned: not without a game, nor with mods that cannot be fetched, nor in a dry run if they
    would have to be fetched, or granted something, before.
    """

    lock: Lock
    changed: bool = False
    changes: tuple[Change, ...] = ()
    dropped: tuple[Edge, ...] = ()
    problems: "tuple[Problem, ...]" = ()
    fetched: tuple[str, ...] = ()
    unfetchable: tuple[str, ...] = ()
    newer: str | None = None
    asked: tuple[Request, ...] = ()
    redecided: tuple[Redecision, ...] = ()
    outdated: tuple[Outdated, ...] = ()
    idle: tuple[Idle, ...] = ()
    claims: tuple[Claim, ...] = ()
    renamed: Mapping[str, str] = {}
    plan: "Plan | None" = None


def decided(
    outcome: Outcome,
    decisions: Iterable[Decision],
    former: Lock | None,
    loadout: Loadout,
    game: Game | None,
) -> Outcome:
    """Return the outcome with those decisions in its lock, compared with the `former` one."""
    lock = outcome.lock.decided(decisions)
    names = {spelled(at) for at in (game.parameters() if game else ())}
    names |= {spelled(decision.at) for decision in lock.decisions}
    mods = {mod.id for mod in lock.mods}
    return replace(
        outcome,
        lock=lock,
        changed=former is None or dumps(former) != dumps(lock),
        redecided=redecisions(former, lock),
        outdated=outdated(loadout, lock.decisions),
        idle=(*(idle(loadout, names, mods) if game else ()), *unplaced(loadout, mods)),
    )


def edited(lock: Lock, right: Lock) -> tuple[Stale, ...]:
    """Return which parts of a lock are not as modpm would write them."""
    mods = [Stale(mod.id, "content") for mod in lock.mods if mod not in right.mods]
    decisions = [
        Stale(spelled(decision.at), "decision", locked=decision.strategy)
        for decision in lock.decisions
        if decision not in right.decisions
    ]
    return (*mods, *decisions)

"""What mods will claim, learnt by loading them where there is no game to change."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from modpm.conflict.claims import Claim
from modpm.conflict.rules import Rules
from modpm.game import Game
from modpm.runtime.api import ModLoader
from modpm.runtime.events import LogRecord, ModLoadedEvent
from modpm.runtime.failure import Failure
from modpm.runtime.host import Host, Mod


class Plan(Struct, frozen=True):
    """What the mods claim when they start, in load order; who failed, and so claims nothing.

    `warnings` tells of what was refused: unknown names, values out of range.
    """

    claims: tuple[Claim, ...]
    failures: tuple[Failure, ...]
    warnings: tuple[LogRecord, ...]


def plan(
    game: Game,
    mods: Sequence[Mod],
    rules: Rules,
    seed: int,
    loaders: Sequence[ModLoader],
    loaded: Callable[[int], None],
) -> Plan:
    """Load the mods up to their `on_init`, as the host does, and forget them; none shuts down.

    `loaded` hears how many are.
    """
    host = Host(game, mods, rules, seed, loaders)
    count = 0

    def one_more(_event: ModLoadedEvent) -> None:
        nonlocal count
        count += 1
        loaded(count)

    host.events.subscribe(ModLoadedEvent, one_more)
    try:
        host.start()
        warnings = tuple(record for record in host.log if record.level == "warn")
        return Plan(host.claims, host.failures, warnings)
    finally:
        host.abandon()

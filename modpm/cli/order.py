"""order: in which order mods load, and why."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.lockfile import LockedMod
    from modpm.session.before import Before


@verb()
@click.option("--why", nargs=2, metavar="MOD MOD", help="Show why one loads before the other.")
def order(shell: Shell, why: tuple[str, str] | None) -> None:
    """Show the load order, and what each mod loads after."""
    from modpm.cli.render import columns

    with shell.session() as session:
        if why:
            _explain(shell, session.before(*why))
            return
        lock = session.need_lock()
    mods = {mod.id: mod for mod in lock.mods}
    placed = [mods[id] for id in lock.order()]
    for line in columns(
        (f"{at}.", mod.id, _why(mod, lock.tiers)) for at, mod in enumerate(placed, 1)
    ):
        shell.out(line)
    shell.document({"order": [{"id": mod.id, **_before(mod)} for mod in placed]})


def _before(mod: "LockedMod") -> dict[str, Any]:
    """Return what holds a mod in its place, by who says so."""
    return {
        "dependencies": [need for need in mod.dependencies if need not in mod.unordered],
        "after": mod.after,
        "player-after": mod.player_after,
        "tier": mod.tier,
        "player-tier": mod.player_tier,
    }


def _why(mod: "LockedMod", tiers: Collection[str]) -> str:
    """Return what holds a mod in its place."""
    words = {"dependencies": "needs", "after": "after", "player-after": "by your word after"}
    held = _before(mod)
    told = [f"{word} {', '.join(held[key])}" for key, word in words.items() if held[key]]
    if mod.player_tier:
        told.append(f"{mod.player_tier} by your word")
    elif mod.tier:
        told.append(mod.tier + ("" if mod.tier in tiers else " (a tier that the game lacks)"))
    return "; ".join(told)


def _explain(shell: Shell, before: "Before") -> None:
    for line in _told(before):
        shell.out(line)
    shell.document({"before": before})


def _told(before: "Before") -> Iterator[str]:
    """Yield why one mod loads before another."""
    from modpm.cli.phrases import because

    head = f"`{before.first}` loads before `{before.then}`"
    if before.path:
        yield f"{head}:"
        for edge in before.path:
            yield f"  `{edge.first}` before `{edge.then}`: {because(edge)}"
    elif before.tiers:
        yield f"{head} by tier: {before.tiers[0]} before {before.tiers[1]}"
    elif before.waits:
        waits = f"`{before.then}` waits for `{before.waits.first}`: {because(before.waits)}"
        yield f"{head} only because of their names, and as {waits}"
    else:
        yield f"{head} only because of their names: nobody asks for it"

"""plan: what a loadout's mods will claim, before any game sees it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modpm.cli.app import verb
from modpm.cli.loadout import frozen, locked
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.conflict.decide import Decisions
    from modpm.runtime.plan import Plan
    from modpm.session.cast import Cast


@verb()
@locked
@frozen
def plan(shell: Shell, locked: bool, frozen: bool) -> None:
    """Sync, then load the mods without a game and show what they claim when they start."""
    from modpm.cli.decisions import shortfalls

    with shell.session() as session:
        players = session.cast(locked=locked, frozen=frozen)
        found = session.plan(players)
    decisions = players.decisions(found.claims)
    for line in (*_claims(players, found), *_contested(decisions)):
        shell.out(line)
    shortfalls(shell, found)
    shell.document(
        {
            "claims": found.claims,
            "decisions": decisions,
            "failures": [
                {"mod": f.mod, "hook": f.hook, "error": f.error.data} for f in found.failures
            ],
            "warnings": found.warnings,
        }
    )


def _claims(players: "Cast", plan: "Plan") -> Iterator[str]:
    """Yield each mod in load order with what it claims."""
    from modpm.cli.claims import PHASES, worth
    from modpm.cli.render import columns
    from modpm.conflict.claims import spelled

    yield "claims, in load order:"
    for place, mod in enumerate(players.mods, 1):
        yield f"  {place}. {mod.id}"
        claims = [claim for claim in plan.claims if claim.mod == mod.id]
        yield from columns(
            (f"       {spelled(c.at)}", worth(c.at, c.value), PHASES[c.phase]) for c in claims
        )


def _contested(decisions: "Decisions") -> Iterator[str]:
    """Yield what mods disagree about, and what is decided on it."""
    from modpm.cli.decisions import outcome
    from modpm.conflict.claims import spelled

    if decisions:
        yield ""
        yield "contested:"
        yield from (f"  {spelled(each.at)}: {outcome(each)}" for each in decisions)

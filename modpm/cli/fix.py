"""fix: what helps a loadout in which no versions fit together."""

import sys
from typing import TYPE_CHECKING

import click

from modpm.cli.app import verb
from modpm.cli.fixing import picked
from modpm.cli.grants import granting
from modpm.cli.loadout import dry_run, tell
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modpm.resolve.problem import Fix


@verb()
@click.argument("number", metavar="[N]", type=click.IntRange(min=1), required=False)
@dry_run
@granting
def fix(shell: Shell, number: int | None, dry_run: bool) -> None:
    """Show what helps where no versions fit together; do the Nth of it, and lock."""
    with shell.session() as session:
        fixes = session.fixes()
    if fixes and number is None:
        number = _shown(shell, fixes)
    if not fixes or number is None:
        if not fixes:
            shell.note("nothing to fix: versions fit together")
        shell.document({"fixes": fixes})
        return
    with shell.session() as session:
        outcome = session.fix(picked(fixes, number), dry_run=dry_run)
    tell(shell, outcome, dry_run)


def _shown(shell: Shell, fixes: "Sequence[Fix]") -> int | None:
    """Show the fixes; return which the player chooses, None where nobody can be asked."""
    from modpm.cli.proof import first_done, numbered

    for line in numbered(fixes):
        shell.out(line)
    if shell.asks and not shell.json and sys.stdin.isatty() and sys.stderr.isatty():
        numbers = click.IntRange(0, len(fixes))
        chosen = click.prompt(f"Do which? 0 is none [0-{len(fixes)}]", type=numbers, err=True)
        return chosen or None
    shell.note(first_done(fixes, "modpm fix") or "do one of them, then run `modpm lock`")
    return None

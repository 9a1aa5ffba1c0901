"""settle: the player's choice on one parameter."""

from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.grants import granting
from modpm.cli.loadout import dry_run, news, report
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.conflict.claims import Decision
    from modpm.conflict.rules import Rule
    from modpm.session.settle import Choice, Settlement


@verb()
@click.argument("name", metavar="PLUGIN.KEY")
@click.option("--use", metavar="MOD", help="Let the claim of this mod win, whatever it becomes.")
@click.option("--value", metavar="V", help="Pin this value, written as in TOML.")
@click.option("--strategy", metavar="S", help="Decide so: first-wins, merge:sum and the like.")
@click.option("--forget", is_flag=True, help="Take back what was chosen.")
@dry_run
@granting
def settle(
    shell: Shell,
    name: str,
    use: str | None,
    value: str | None,
    strategy: str | None,
    forget: bool,
    dry_run: bool,
) -> None:
    """Choose what a parameter is to be, in loadout.toml, and lock.

    A plugin's name alone is its switch: modpm settle weather --value off
    """
    if sum((use is not None, value is not None, strategy is not None, forget)) != 1:
        raise click.UsageError("give one of --use, --value, --strategy and --forget")
    choice = _choice(use, value, strategy)
    with shell.session() as session:
        done = session.settle(name, choice, dry_run=dry_run)
    _told(shell, done, dry_run)
    shell.document({"dry-run": dry_run, **_document(done), **news(done.outcome)})


def _choice(use: str | None, value: str | None, strategy: str | None) -> "Choice":
    """Return the choice; raise UsageError for a strategy that there is not."""
    from modpm.fault import one_of, suggest
    from modpm.fields import STRATEGIES, USE
    from modpm.session.settle import Choice

    if strategy is not None and strategy not in STRATEGIES:
        near = suggest(strategy, STRATEGIES)
        meant = f"; did you mean {near}?" if near else ""
        raise click.UsageError(f"--strategy is {one_of(STRATEGIES)}, not {strategy[:80]}{meant}")
    return Choice(strategy=strategy if use is None else USE + use, value=value)


def _told(shell: Shell, done: "Settlement", dry_run: bool) -> None:
    """Say what the parameter is now and was before, what was written, and what else came of it."""
    from msgspec.structs import replace

    from modpm.cli.decisions import outcome
    from modpm.cli.render import literal

    name, now, before = f"`{done.name}`", outcome(done.after), outcome(done.before)
    shell.note(
        f"{name} stays {now}" if now == before else f"{name} is {now}, not {before}", "green"
    )
    if done.written:
        table, value = done.written
        verb = "would write" if dry_run else "wrote"
        shell.note(f'{verb} "{done.name}" = {literal(value)} under [{table}] in loadout.toml')
    others = tuple(
        change for change in done.outcome.redecided if (change.plugin, change.key) != done.after.at
    )
    report(shell, replace(done.outcome, redecided=others), dry_run)


def _document(done: "Settlement") -> dict[str, Any]:
    return {
        "parameter": done.name,
        "claims": done.after.claims,
        "before": _decided(done.before, done.old),
        "after": _decided(done.after, done.new),
    }


def _decided(decision: "Decision", rule: "Rule") -> dict[str, Any]:
    return {"value": decision.value, "winner": decision.winner, "rule": rule}

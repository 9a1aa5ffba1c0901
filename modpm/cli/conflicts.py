"""conflicts: what mods disagree about, by which rule that is decided, and who wins."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.conflict.claims import Claim
    from modpm.conflict.view import Conflict, Mark
    from modpm.lockfile import Stale
    from modpm.session.views import View


@verb()
@click.argument("name", metavar="[PLUGIN[.KEY]]", required=False)
@click.option("--all", "everything", is_flag=True, help="Show those that the loadout ignores, too.")
@click.option(
    "--preview",
    metavar="MOD[@RANGE]",
    help="Show instead what adding a mod would change.",
)
def conflicts(shell: Shell, name: str | None, everything: bool, preview: str | None) -> None:
    """Show what mods disagree about: their claims in load order, the rule, and who wins.

    With a plugin, or a plugin's parameter, only what mods disagree about there.
    """
    if preview is not None:
        from modpm.cli.preview import show

        if name or everything:
            raise click.UsageError("--preview goes alone")
        return show(shell, preview)
    from modpm.cli.claims import outdated
    from modpm.conflict.view import marks

    with shell.session() as session:
        view = session.conflicts()
    found = [each for each in view.conflicts if _named(each, name, view)]
    shown = [each for each in found if everything or name or not each.ignored]
    standing = marks(shown, view.lock.order())
    for line in (*(line for each in shown for line in block(each)), *_standing(standing)):
        shell.out(line)
    caution(shell, view.stale)
    for choice in view.outdated:
        shell.warn(outdated(choice))
    hidden = len(found) - len(shown)
    if not found:
        shell.note("no conflicts" + (f" on `{name}`" if name else ""))
    if hidden:
        shell.note(f"ignored, as loadout.toml says: {hidden}; --all shows them")
    rows = [row(each) for each in shown]
    shell.document({"conflicts": rows, "mods": standing, "ignored": hidden, "stale": view.stale})
    return None


def _named(conflict: "Conflict", name: str | None, view: "View") -> bool:
    """Return whether a conflict is asked for; raise UnknownParameter if the game lacks `name`."""
    if name is None:
        return True
    view.need(name)
    return name in (conflict.name, conflict.decision.plugin)


def caution(shell: Shell, reasons: "Sequence[Stale]") -> None:
    """Warn of a lock that is not current."""
    from modpm.cli.phrases import reason
    from modpm.cli.render import bullets

    if reasons:
        told = bullets(map(reason, reasons))
        shell.warn(f"loadout.lock no longer answers loadout.toml; run `modpm lock`:{told}")


def block(conflict: "Conflict", before: str = "") -> Iterator[str]:
    """Yield a conflict as lines: the result, and how it was `before`, each claim, what is new."""
    from modpm.cli.claims import rule, shifts, worth
    from modpm.cli.render import columns

    decision = conflict.decision
    value = worth(decision.at, decision.value)
    yield f"{conflict.name} = {value}{before} ({rule(conflict.rule)})"
    yield from columns(_line(claim, conflict) for claim in decision.claims)
    if conflict.outdated:
        yield from (f"      {line}" for line in shifts(conflict.outdated))
    yield ""


def _line(claim: "Claim", conflict: "Conflict") -> Sequence[str]:
    from modpm.cli.claims import note, sign, worth

    decision = conflict.decision
    return (
        f"  {sign(claim, decision)} {claim.mod}",
        worth(decision.at, claim.value),
        note(claim, conflict),
    )


def _standing(marks: "Sequence[Mark]") -> Iterator[str]:
    """Yield how each mod fares, with the marks of mod organisers."""
    from modpm.cli.render import columns

    if marks:
        yield "mods:"
        yield from columns((f"  {_mark(mark)}", mark.mod, *_counts(mark)) for mark in marks)


def _mark(mark: "Mark") -> str:
    return ("+" if mark.wins else "") + ("-" if mark.loses else "") or "="


def _counts(mark: "Mark") -> Iterator[str]:
    for does, count in (("wins", mark.wins), ("loses", mark.loses), ("merges", mark.merges)):
        yield f"{does} {count}" if count else ""


def row(conflict: "Conflict") -> dict[str, Any]:
    """Return a conflict for `--json`."""
    decision = conflict.decision
    reasons = {rejected.mod: rejected.reason for rejected in decision.rejected}
    return {
        "parameter": conflict.name,
        "plugin": decision.plugin,
        "key": decision.key,
        "default": conflict.parameter.default if conflict.parameter else None,
        "value": decision.value,
        "winner": decision.winner,
        "rule": conflict.rule,
        "claims": [
            {
                "mod": claim.mod,
                "value": claim.value,
                "priority": claim.priority,
                "phase": claim.phase,
                "rejected": reasons.get(claim.mod),
            }
            for claim in decision.claims
        ],
        "sources": [{"path": path, "mod": mod} for path, mod in decision.sources],
        "ignored": conflict.ignored,
        "outdated": conflict.outdated,
    }

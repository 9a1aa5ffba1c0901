"""Decisions in words: who set what, who won, and what became of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modpm.cli.claims import names_mods, worth
from modpm.conflict.claims import spelled
from modpm.conflict.strategy import PIN, merge_of
from modpm.versions import spell

if TYPE_CHECKING:
    from modpm.cli.shell import Shell
    from modpm.conflict.claims import Claim, Decision
    from modpm.lockfile import ClaimChange, Redecision
    from modpm.runtime.plan import Plan


def outcome(decision: "Decision") -> str:
    """Return what was decided: the value, and whose it is or how it came to be."""
    value = worth(decision.at, decision.value)
    if decision.winner and names_mods(decision.at):
        return f"`{decision.winner}`"
    if decision.winner:
        return f"{value} from `{decision.winner}`"
    if decision.strategy == PIN:
        return f"{value} (your pin)"
    return f"{value} ({decision.strategy if merge_of(decision.strategy) else 'the default'})"


def redecision(change: "Redecision") -> str:
    """Return what became of a decision and why, in several lines."""
    name = f"`{spelled((change.plugin, change.key))}`"
    before, after = change.before, change.after
    if after is None:
        return f"{name} is not contested any more"
    if before is None:
        text = f"{name} is contested now: {outcome(after)}"
    elif outcome(before) == outcome(after):
        text = f"{name} is {outcome(after)} as before"
    else:
        text = f"{name} is {outcome(after)}, not {outcome(before)}"
    return "\n".join([text, *(f"      {line}" for line in _why(change))])


def _why(change: "Redecision") -> Iterator[str]:
    yield from map(_claimed, change.claims)
    if change.before and change.after and change.before.strategy != change.after.strategy:
        yield f"the rule is {change.after.strategy}, not {change.before.strategy}"


def _claimed(change: "ClaimChange") -> str:
    mod = f"`{change.mod}`"
    if change.old != change.new and change.old and change.new:
        mod += f" {spell(change.old)} -> {spell(change.new)}"
    if change.after is None:
        return f"{mod} claims nothing any more"
    if change.before is None:
        return f"{mod} claims {_value(change.after)} now"
    if change.before.value == change.after.value:
        return f"{mod} claims {_value(change.after)} in another way"
    return f"{mod} claims {_value(change.after)}, not {_value(change.before)}"


def _value(claim: "Claim") -> str:
    return "it" if names_mods(claim.at) else worth(claim.at, claim.value)


def shortfalls(shell: "Shell", plan: "Plan") -> None:
    """Say what was refused in a plan, and who failed."""
    from modpm.runtime.failure import told

    for record in plan.warnings:
        shell.warn(f"{record.mod}: {record.text}")
    for failure in plan.failures:
        why = f"{failure.hook}: {told(failure.error)}"
        shell.warn(f"`{failure.mod}` fails when it starts, and so claims nothing: {why}")

"""What became of mods' claims in words: whose value counts, whose word that is, what changed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modpm.cli.render import literal
from modpm.fields import PROVIDES
from modpm.game import SWITCH, is_hook

if TYPE_CHECKING:
    from modpm.conflict.claims import At, Claim, Decision
    from modpm.conflict.idle import Idle
    from modpm.conflict.rules import Rule
    from modpm.conflict.settled import Outdated, Shift
    from modpm.conflict.view import Conflict
    from modpm.document import Value

PHASES = {"declared": "in mod.toml", "init": "in on_init", "play": "at play"}


def names_mods(at: "At") -> bool:
    """Return whether a mod is decided on: who triggers a hook, or provides a virtual id."""
    return is_hook(at[1]) or at[0].startswith(PROVIDES)


def worth(at: "At", value: "Value") -> str:
    """Return a value in words: a switch is on or off, a hook is the mod's that triggers it."""
    if names_mods(at):
        return str(value) if value else "nobody"
    if at[1] == SWITCH:
        return "on" if value else "off"
    return literal(value)


def rule(rule: "Rule") -> str:
    """Return what decides, and whose word that is."""
    match rule.by, rule.strategy:
        case "loadout", "pin":
            return "pinned in loadout.toml"
        case "loadout", strategy:
            return f'{strategy}: "{rule.key}" in loadout.toml'
        case "game", strategy:
            return f'{strategy}: "{rule.key}" in game.toml'
    return f"{rule.strategy} by default"


def sign(claim: "Claim", decision: "Decision") -> str:
    """Return what stands before a claim: * if it wins, + if it is merged, x if it is rejected."""
    if any(rejected.mod == claim.mod for rejected in decision.rejected):
        return "x"
    if claim.mod == decision.winner:
        return "*"
    return "+" if decision.strategy.startswith("merge:") else " "


def note(claim: "Claim", conflict: "Conflict") -> str:
    """Return what else there is to say of a claim: its priority, its phase, what it counts as."""
    decision, parameter = conflict.decision, conflict.parameter
    counts, refused = parameter.admit(claim.value) if parameter else (claim.value, None)
    clamped = refused is None and counts != claim.value
    reasons = [r.reason for r in decision.rejected if r.mod == claim.mod]
    weight = claim.priority or decision.strategy == "priority"
    words = [f"priority {claim.priority}" if weight else "", PHASES[claim.phase]]
    words += [f"counts as {worth(decision.at, counts)}"] if clamped else []
    return ", ".join(filter(None, [*words, *(f"rejected: {why(reason)}" for reason in reasons)]))


def why(reason: str) -> str:
    """Return the reason for a rejection as a clause."""
    from modpm.conflict.decide import YIELDS

    whole = reason == YIELDS or reason.startswith("with it ")
    return reason if whole else f"the game takes {reason}"


def outdated(choice: "Outdated") -> str:
    """Return which choice is about other claims: what the player saw, and what is there now."""
    again = f"`modpm settle {choice.parameter}` chooses again"
    return f"`{choice.parameter}` was {'; '.join(shifts(choice))}; {again}"


def shifts(choice: "Outdated") -> Iterator[str]:
    """Yield what the player saw, and what is there now."""
    if not choice.shifts:
        yield "settled when mods disagreed; they agree now"
    yield from map(_shift, choice.shifts)


def _shift(shift: "Shift") -> str:
    before = "nothing" if shift.kind == "new" else _kept(shift.seen)
    now = "nothing" if shift.kind == "gone" else _kept(shift.now)
    if before == now:
        now = "another"
    return f"settled when {shift.mod} claimed {before}; it claims {now} now"


def _kept(value: "Value") -> str:
    """Return what the loadout keeps of a value in words."""
    from modpm.conflict.settled import HASHED

    hashed = isinstance(value, str) and value.startswith(HASHED)
    return "a long value" if hashed else literal(value)


def idle(idle: "Idle") -> str:
    """Return which words of the loadout have no effect."""
    where = f'"{idle.key}" under [{idle.table.partition(".")[0]}] in loadout.toml'
    if idle.mod:
        return f"{where} lets {idle.mod} win, which is not in the loadout"
    if idle.table == "order":
        return f"{where} is the id of no mod of the loadout"
    return f"{where} matches nothing in the game"

"""explain: how a parameter came to its value, from the game's default on."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.conflicts import caution, row
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.conflict.claims import Decision
    from modpm.conflict.view import Conflict
    from modpm.lockfile import LockedMod
    from modpm.runtime.failure import Failure
    from modpm.session import Session
    from modpm.session.play import Moment

THE_GAME = "the game"


@verb()
@click.argument("name", metavar="PLUGIN.KEY")
@click.option("--ticks", type=click.IntRange(min=0), help="Also play that many turns.")
def explain(shell: Shell, name: str, ticks: int | None) -> None:
    """Tell how a parameter came to its value: the default, each claim, the rule, the result.

    With --ticks also what mods claim while they play. A plugin's name alone is its switch.
    """
    with shell.session() as session:
        view = session.conflicts()
        conflict = view.of(name) or session.claimed(name)
        moments, failures = ((), ()) if ticks is None else _played(session, conflict, ticks)
    caution(shell, view.stale)
    mods = {mod.id: mod for mod in view.lock.mods}
    for line in (*_story(conflict, mods), *_leaves(conflict), *_moments(moments, failures)):
        shell.out(line)
    shell.document(_document(conflict, moments))


def _played(
    session: "Session", conflict: "Conflict", ticks: int
) -> "tuple[Sequence[Moment], Sequence[Failure]]":
    from modpm.runtime.host import all_loaders
    from modpm.session.play import follow

    players = session.cast()
    host = players.host(all_loaders(session.cache))
    return follow(players, host, conflict.decision.at, ticks), host.failures


def _story(conflict: "Conflict", mods: "Mapping[str, LockedMod]") -> Iterator[str]:
    """Yield what the game takes, the default, each claim, the rule and the result."""
    from modpm.cli.claims import rule, shifts
    from modpm.cli.render import columns

    yield f"{conflict.name}{_about(conflict)}"
    yield from columns([*_default(conflict), *_claims(conflict, mods)])
    yield f"  rule: {rule(conflict.rule)}"
    yield f"  result: {_result(conflict.decision)}"
    if conflict.outdated:
        yield from (f"  {line}" for line in shifts(conflict.outdated))


def _about(conflict: "Conflict") -> str:
    """Return what the game says of a parameter."""
    parameter = conflict.parameter
    if parameter is None or not conflict.decision.key.isidentifier():
        return ""
    unit = f", in {parameter.unit}" if parameter.unit else ""
    about = f" ({parameter.description})" if parameter.description else ""
    return f"{about} takes {parameter.takes()}{unit}"


def _default(conflict: "Conflict") -> Iterator[Sequence[str]]:
    from modpm.cli.claims import worth

    if conflict.parameter:
        default = worth(conflict.decision.at, conflict.parameter.default)
        yield "   ", THE_GAME, default, "the default"


def _claims(conflict: "Conflict", mods: "Mapping[str, LockedMod]") -> Iterator[Sequence[str]]:
    from modpm.cli.claims import note, sign, worth
    from modpm.versions import spell

    decision = conflict.decision
    for claim in decision.claims:
        version = spell(mods[claim.mod].version) if claim.mod in mods else ""
        yield (
            f"  {sign(claim, decision)}",
            f"{claim.mod} {version}",
            worth(decision.at, claim.value),
            note(claim, conflict),
        )


def _result(decision: "Decision") -> str:
    from modpm.cli.decisions import outcome

    return outcome(decision)


def _leaves(conflict: "Conflict") -> Iterator[str]:
    """Yield who set each leaf of a merged map."""
    from modpm.cli.render import columns, literal

    decision = conflict.decision
    if decision.sources:
        yield "  leaf by leaf:"
        yield from columns(
            ("   ", ".".join(path), literal(_leaf(decision.value, path)), mod or THE_GAME)
            for path, mod in decision.sources
        )


def _leaf(value: Any, path: Sequence[str]) -> object:  # noqa: ANN401 - a map of maps
    for key in path:
        value = value[key]
    return value


def _moments(moments: "Sequence[Moment]", failures: "Sequence[Failure]") -> Iterator[str]:
    """Yield what was decided at the start, and at each turn when claims had changed."""
    if not moments:
        return
    yield "at play:"
    yield f"  start: {_result(moments[0].decision)}"
    failed = {failure.mod: failure.hook for failure in failures}
    for before, after in pairwise(moments):
        yield f"  turn {after.turn}: {_result(after.decision)}"
        yield from (f"    {line}" for line in _changes(before.decision, after.decision, failed))
    if len(moments) == 1:
        yield "  nothing changes it later"


def _changes(before: "Decision", after: "Decision", failed: Mapping[str, str]) -> Iterator[str]:
    from modpm.cli.claims import names_mods, worth
    from modpm.conflict.settled import shifts

    claimed, claims = ({c.mod: c.value for c in d.claims} for d in (before, after))
    for shift in shifts(claimed, claims):
        now, seen = (worth(after.at, value) for value in (shift.now, shift.seen))
        now = "it" if names_mods(after.at) else now
        if shift.kind == "gone":
            why = f"failed in {failed[shift.mod]} and " if shift.mod in failed else ""
            yield f"{shift.mod} {why}claims nothing any more"
        else:
            yield f"{shift.mod} claims {now}" + (f", not {seen}" if shift.kind == "changed" else "")


def _document(conflict: "Conflict", moments: "Sequence[Moment]") -> dict[str, Any]:
    parameter = conflict.parameter
    return {
        **row(conflict),
        "takes": parameter.takes() if parameter else None,
        "unit": parameter.unit if parameter else None,
        "description": parameter.description if parameter else "",
        "moments": [
            {
                "turn": moment.turn,
                "value": moment.decision.value,
                "winner": moment.decision.winner,
                "claims": moment.decision.claims,
            }
            for moment in moments
        ],
    }

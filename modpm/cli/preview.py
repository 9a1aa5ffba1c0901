"""conflicts --preview: what a mod would change, before it is installed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modpm.cli.conflicts import block, row
from modpm.cli.fixing import offering
from modpm.cli.loadout import wish
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.session.preview import Effect


def show(shell: Shell, mod: str) -> None:
    """Show what `mod`, an id or id@range, would change."""
    from modpm.cli.phrases import change

    with shell.session() as session, offering("add", mod):
        found = session.preview(wish(mod))
    for changed in found.changes:
        shell.note(change(changed), "red" if changed.kind == "removed" else "green")
    for line in (line for effect in found.effects for line in _told(effect)):
        shell.out(line)
    if not found.effects:
        shell.note("no parameter would change" if found.changes else "nothing would change")
    for id in found.unknown:
        shell.warn(f"`{id}` has code, which may claim more once it is installed")
    effects = [{"before": each.before, **row(each.then)} for each in found.effects]
    shell.document({"changes": found.changes, "effects": effects, "unknown": found.unknown})


def _told(effect: "Effect") -> Iterator[str]:
    from modpm.cli.claims import worth
    from modpm.conflict.claims import same

    then = effect.then.decision
    kept = same(effect.before, then.value)
    was = "as before" if kept else f"not {worth(then.at, effect.before)}"
    return block(effect.then, f", {was}")

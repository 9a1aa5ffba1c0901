"""why, why-not, outdated: what a player asks about the mods of a loadout."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.fixing import offering
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.lockfile.needs import Step
    from modpm.session.newer import Hold, Newer

SHOWN = 10
"""Ways that are shown: nobody reads more to know why a mod is there."""


@verb()
@click.argument("id", metavar="MOD")
def why(shell: Shell, id: str) -> None:
    """Show why a mod is in the loadout: every way from what you want to it, shortest first."""
    from modpm.versions import spell

    with shell.session() as session:
        found = session.why(id)
    version = spell(found.mod.version)
    shell.out(f"{found.mod.id} {version}")
    for way in found.ways[:SHOWN]:
        shell.out(f"  {_told(way)}")
    if not found.ways:
        shell.note(f"nothing wants `{found.mod.id}` any more: run `modpm lock`")
    if len(found.ways) > SHOWN:
        count = f"more than {len(found.ways)}" if found.more else len(found.ways)
        shell.note(f"these are the {SHOWN} shortest of {count} ways: --json tells more")
    shell.document(
        {
            "mod": {"id": found.mod.id, "version": version},
            "ways": found.ways,
            "more": found.more,
        }
    )


def _told(way: "Sequence[Step]") -> str:
    """Return the way from the loadout to a mod as a sentence."""
    wish, *steps = way
    text = f"the loadout wants `{wish.name}`"
    if wish.name != wish.id:
        text += f", which is `{wish.id}`"
    return "".join([text, *(f", which {step.how} `{step.id}`" for step in steps)])


@verb()
@click.argument("mod", metavar="MOD[@RANGE]")
def why_not(shell: Shell, mod: str) -> None:
    """Show what keeps a mod, or a version of it, out of the loadout; nothing is changed."""
    from modpm.cli.loadout import wish
    from modpm.cli.phrases import change
    from modpm.versions import spell

    wanted = wish(mod)
    with shell.session() as session, offering("add", mod):
        outcome = session.why_not(wanted)
    chosen = outcome.lock.mod(wanted.id)
    told = f"`{chosen.id}` {spell(chosen.version)}"
    if not outcome.changes:
        shell.out(f"{told} is in the loadout")
    else:
        shell.out(f"nothing speaks against {told}; `modpm add {mod}` would come to")
        for changed in outcome.changes:
            shell.out(f"  {change(changed)}")
    shell.document(
        {"mod": {"id": chosen.id, "version": spell(chosen.version)}, "changes": outcome.changes}
    )


@verb()
def outdated(shell: Shell) -> None:
    """Show what is not the newest: what an update would choose, and what keeps mods from more."""
    from modpm.cli.render import columns, mods

    with shell.session() as session, offering("update", "--all"):
        found = session.newer()
        count = len(session.need_lock().mods)
    if found:
        rows = [("mod", "locked", "fits", "newest", ""), *map(_row, found)]
        for line in columns(rows):
            shell.out(line)
        if any(each.fits != each.locked for each in found):
            shell.note("run `modpm update --all` to take what fits")
    else:
        shell.note(f"nothing newer: {mods(count)}")
    shell.document({"mods": [_plain(each) for each in found]})


def _plain(newer: "Newer") -> dict[str, Any]:
    """Return what is newer for `--json`, ranges as their authors wrote them."""
    from msgspec.structs import asdict

    held = (
        {"by": hold.by, "kind": hold.kind, "id": hold.wants.id, "range": hold.wants.range.text}
        for hold in newer.held
    )
    return {**asdict(newer), "held": list(held)}


def _row(newer: "Newer") -> tuple[str, str, str, str, str]:
    from modpm.versions import spell

    fits = "none" if newer.fits is None else spell(newer.fits)
    return newer.id, spell(newer.locked), fits, spell(newer.newest), "; ".join(_notes(newer))


def _notes(newer: "Newer") -> Iterator[str]:
    from modpm.versions import spell

    if newer.yanked:
        yield f"{spell(newer.locked)} was yanked"
    if newer.renamed:
        yield f"it is called `{newer.renamed}` now"
    yield from map(_held, newer.held)
    if newer.fits and newer.fits < newer.newest and not newer.held:
        yield f"`modpm why-not {newer.id}@={spell(newer.newest)}` tells why"


def _held(hold: "Hold") -> str:
    """Return who keeps a mod from its newest version, as a clause."""
    from modpm.cli.phrases import VERBS

    if hold.kind == "game":
        return f"the newest is for the game `{hold.wants.id}` {hold.wants.range.text}"
    who = "the loadout" if hold.by is None else f"`{hold.by}`"
    return f"{who} {VERBS[hold.kind]} {hold.wants.range.text}"

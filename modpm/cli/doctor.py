"""doctor: whether modpm can play here."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import to_builtins

from modpm.cli.app import verb
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.session.doctor import Checkup

Row = tuple[str, str, str]


@verb()
def doctor(shell: Shell) -> None:
    """Check that modpm can play here, and tell which languages it can build.

    The exit code is 1 if it cannot play. Tools for builds that lack are no trouble for players.
    """
    from modpm.cli.render import columns
    from modpm.session.doctor import checkup

    found = checkup(Path.cwd())
    for line in columns(_rows(found)):
        shell.out(line)
    shell.document({"problems": found.problems, **to_builtins(found)})
    if found.problems:
        if not shell.json:
            shell.label("error", f"modpm cannot play: see {', '.join(found.problems)}", "red")
        click.get_current_context().exit(1)


def _rows(found: "Checkup") -> Iterator[Row]:
    """Yield a name, its state, and more about it."""
    from modpm.cli.render import size

    for part in found.parts:
        yield _row(part.name, part.version, part.problem)
    if found.slow:
        yield "calls", "slow", f"right, but slower than they could be: {found.slow}"
    else:
        yield "calls", "ok", "at full speed"
    for place in found.places:
        yield _row(place.name, f"{place.folder} ({size(place.free)} free)", place.problem)
    for chain in found.toolchains:
        state, what = ("ok", chain.command) if chain.command else ("no", f"needs {chain.missing}")
        yield f"build {chain.language}", state, ": ".join(filter(None, (what, chain.install)))


def _row(name: str, what: str, problem: str | None) -> Row:
    return (name, "bad", f"{what}: {problem}") if problem else (name, "ok", what)

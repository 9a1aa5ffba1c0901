"""run --watch, dev: play on while the files change, until Ctrl-C."""

from collections import deque
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modpm.cli.app import verb
from modpm.cli.play import KEPT, PACE, Story, finish, heard_by
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.runtime import (
        Host,
        LogRecord,
        ModLoadedEvent,
        ModReloadedEvent,
        ModUnloadedEvent,
    )
    from modpm.session import Session
    from modpm.session.cast import Cast

turns = click.option("--ticks", type=click.IntRange(min=0), help="Turns to play; default: no end.")
pace = click.option("--pace", type=PACE, default=1.0, help="Seconds a turn; default 1.")


@verb()
@click.argument("mod", default=".", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--loadout",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Play it in this folder's loadout; default: alone, in the nearest game.toml.",
)
@turns
@pace
def dev(shell: Shell, mod: Path, loadout: Path | None, ticks: int | None, pace: float) -> None:
    """Play the mod at MOD, and reload it whenever its files change.

    What it logs is shown as it comes. What it needs is taken from the loadout; nothing is written
    there. Ctrl-C ends the play.
    """
    from modpm.session.dev import DevSession

    session = DevSession.of(mod.absolute(), loadout, offline=shell.offline)
    play(shell, session, session.cast(), ticks, pace, planned=False)


def play(
    shell: Shell,
    session: "Session",
    cast: "Cast",
    ticks: int | None,
    pace: float,
    planned: bool = True,
) -> None:
    """Play the cast and follow the session's files; with `planned`, say what is not as locked."""
    from modpm.runtime import LogRecord
    from modpm.runtime.host import all_loaders
    from modpm.session.live import Live, follow
    from modpm.session.play import report

    host, log = cast.host(all_loaders(session.cache)), deque["LogRecord"](maxlen=KEPT)
    story = Story(host)
    host.events.subscribe(LogRecord, heard_by(shell, log))
    with host, closing(Live(session, cast)) as live:
        redecided = cast.redecided(host.claims) if planned else ()
        _listen(shell, host)
        shell.note("watching for changes; Ctrl-C ends the play")
        with suppress(KeyboardInterrupt):
            follow(host, live, ticks, pace, lambda error: _tell(shell, error))
    finish(shell, report(host, host.loaded, redecided), story, log)


def _listen(shell: Shell, host: "Host") -> None:
    """Say who comes, who goes, and who is another version from now on."""
    from modpm.runtime import ModLoadedEvent, ModReloadedEvent, ModUnloadedEvent

    def loaded(event: "ModLoadedEvent") -> None:
        shell.note(f"+ {event.handle.id} {event.handle.metadata.version}", "green")

    def unloaded(event: "ModUnloadedEvent") -> None:
        shell.note(f"- {event.mod_id}", "red")

    def reloaded(event: "ModReloadedEvent") -> None:
        lost = "" if event.kept else ", without its state: it does not save it"
        shell.note(f"~ {event.handle.id} {event.handle.metadata.version} (reloaded{lost})", "green")

    host.events.subscribe(ModLoadedEvent, loaded)
    host.events.subscribe(ModUnloadedEvent, unloaded)
    host.events.subscribe(ModReloadedEvent, reloaded)


def _tell(shell: Shell, error: Exception) -> None:
    """Show why a change is not taken; a document has no room for it."""
    from modpm.cli.failure import tell

    if not shell.json:
        tell(shell, error)
        shell.note("the play goes on as it was")

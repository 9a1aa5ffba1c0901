"""registry: what is done with registries, such as taking other managers' metadata over."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modpm.cli.app import verb
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.registry.peers.taken import Taken

folder = click.Path(exists=True, file_okay=False, path_type=Path)
anything = click.Path(exists=True, path_type=Path)
file = click.Path(dir_okay=False, path_type=Path)


@click.group()
def registry() -> None:
    """Work with registries."""


@registry.group("import")
def import_() -> None:
    """Make an index of another manager's metadata, which a loadout can name as a registry.

    Its mods resolve; they cannot be fetched.
    """


@verb()
@click.argument("checkout", metavar="DIR", type=folder)
@click.argument("out", metavar="OUT", type=file)
@click.option("--game", default="ksp", show_default=True, help="The id of the game.")
def ckan(shell: Shell, checkout: Path, out: Path, game: str) -> None:
    """Take over a checkout of CKAN's metadata: its .ckan files."""
    from modpm.registry.peers.ckan import take

    _tell(shell, take(checkout, out, game), out)


@verb()
@click.argument("source", metavar="DIR|FILE", type=anything)
@click.argument("out", metavar="OUT", type=file)
def factorio(shell: Shell, source: Path, out: Path) -> None:
    """Take over Factorio's info.json files, or one file with the metadata of many mods."""
    from modpm.registry.peers.factorio import take

    _tell(shell, take(source, out), out)


def _tell(shell: Shell, taken: "Taken", out: Path) -> None:
    """Say what is in the index, and list what is not."""
    from modpm.cli.render import mods, shown

    for loss in taken.lost:
        shell.out(f"{shown(loss.where)}: {loss.what}: {loss.why}")
    shell.note(f"made {out}: {mods(taken.mods)}, {taken.releases} releases", "green")
    if taken.lost:
        shell.warn(f"not taken over: {len(taken.lost)}, each listed with its reason")
    shell.document({"file": str(out), **_plain(taken)})


def _plain(taken: "Taken") -> dict[str, object]:
    return {"mods": taken.mods, "releases": taken.releases, "lost": taken.lost}


import_.add_command(ckan)
import_.add_command(factorio)

"""cache, completion: what keeps house."""

from pathlib import Path

import click

from modpm.cli.app import verb
from modpm.cli.shell import Shell


@click.group()
def cache() -> None:
    """Show or empty the cache: the store of mods, their code, the indexes of registries."""


@verb()
def dir_(shell: Shell) -> None:
    """Print the folder of the cache; MODPM_CACHE names another."""
    from modpm.session.place import cache_root

    shell.out(str(cache_root()))
    shell.document({"folder": str(cache_root())})


@verb()
def clean(shell: Shell) -> None:
    """Remove everything in the cache. The next sync fetches what it needs again."""
    from modpm.cli.render import size
    from modpm.session.place import cache_root

    freed = emptied(cache_root())
    shell.note(f"freed {size(freed)}")
    shell.document({"freed": freed})


def emptied(root: Path) -> int:
    """Remove what modpm keeps below `root`, and nothing else there; return the bytes freed."""
    from modpm.disk import refusals, remove_tree
    from modpm.runtime.wasm import aot
    from modpm.store.cas import Store

    freed = Store(root / "store").clean() + aot.clean(root)
    index = root / "index"
    with refusals(index):
        return freed + (remove_tree(index) if index.exists() else 0)


cache.add_command(dir_)
cache.add_command(clean)


@verb(json=False)
@click.argument("name", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: Shell, name: str) -> None:
    """Print the script that completes modpm in a shell; source it in the shell's start-up file."""
    from click.shell_completion import get_completion_class

    from modpm.cli.app import app

    made = get_completion_class(name)
    assert made is not None  # click has the three
    shell.out(made(app, {}, "modpm", "_MODPM_COMPLETE").source())

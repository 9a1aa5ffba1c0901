"""list, tree, show, verify: what reads a loadout."""

from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.render import literal, mods
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from rich.tree import Tree

    from modpm.lockfile import Lock, LockedMod


@verb()
def list_(shell: Shell) -> None:
    """List the mods of the loadout."""
    from modpm.cli.render import columns

    with shell.session() as session:
        lock = session.need_lock()
        wanted = {wish.id for wish in session.loadout().mods}
    rows = [_row(mod, _is_wanted(mod, wanted)) for mod in lock.mods]
    for line in columns((row["id"], row["version"], row["kind"], _whence(row)) for row in rows):
        shell.out(line)
    shell.document({"mods": rows})


def _is_wanted(mod: "LockedMod", wished: "Collection[str]") -> bool:
    """Return whether the loadout names a mod, be it by a virtual id or a former name."""
    return mod.id in wished or any(provision.id in wished for provision in mod.provides)


def _row(mod: "LockedMod", wanted: bool) -> dict[str, Any]:
    """Return what the lock says of a mod; `wanted` is whether the loadout names it."""
    from modpm.versions import spell

    return {
        "id": mod.id,
        "version": spell(mod.version),
        "kind": mod.kind,
        "source": mod.source,
        "path": mod.path,
        "wanted": wanted,
        "size": mod.size,
        "sha256": mod.sha256,
        "dependencies": mod.dependencies,
        "recommends": mod.recommends,
        "after": mod.after,
        "permissions": mod.permissions,
    }


def _whence(row: dict[str, Any]) -> str:
    return f"{row['source'] or row['path']}{'' if row['wanted'] else ', needed by others'}"


@verb()
@click.argument("id", metavar="[MOD]", required=False)
@click.option("--invert", is_flag=True, help="Show which mods need each, from the bottom up.")
def tree(shell: Shell, id: str | None, invert: bool) -> None:
    """Show which mod needs which, from those that the loadout names, or from one."""
    with shell.session() as session:
        lock = session.need_lock()
        wanted = [wish.id for wish in session.loadout().mods]
        name = session.loadout().name
    below = _above(lock) if invert else _below(lock)
    if id:
        roots = [lock.mod(id).id]
    elif invert:
        roots = [mod.id for mod in lock.mods if not (mod.dependencies or mod.recommends)]
    else:
        roots = [mod.id for mod in lock.mods if _is_wanted(mod, wanted)]
    if shell.json:
        mods = [
            {"id": mod.id, "dependencies": mod.dependencies, "recommends": mod.recommends}
            for mod in lock.mods
        ]
        shell.document({"loadout": name, "wanted": wanted, "roots": roots, "mods": mods})
        return
    from modpm.cli.render import drawn

    for line in drawn(_tree(name, roots, below, lock)):
        shell.out(line)


Branches = dict[str, list[tuple[str, str]]]
"""By mod the branches that grow from it, each with a note."""


def _below(lock: "Lock") -> Branches:
    return {
        mod.id: [
            *((need, "") for need in mod.dependencies),
            *((extra, " (recommended)") for extra in mod.recommends),
        ]
        for mod in lock.mods
    }


def _above(lock: "Lock") -> Branches:
    above: Branches = {mod.id: [] for mod in lock.mods}
    for mod in lock.mods:
        for need in mod.dependencies:
            above[need].append((mod.id, ""))
        for extra in mod.recommends:
            above[extra].append((mod.id, " (recommends it)"))
    return above


def _tree(name: str, roots: "Sequence[str]", below: Branches, lock: "Lock") -> "Tree":
    """Return the tree; a mod that was shown before is shown again without its branches."""
    from rich.text import Text
    from rich.tree import Tree

    from modpm.versions import spell

    versions = {mod.id: spell(mod.version) for mod in lock.mods}
    seen: set[str] = set()
    root = Tree(Text(name))
    open = [(root, id, "") for id in reversed(roots)]
    while open:
        parent, id, note = open.pop()
        branches = below[id]
        if id in seen and branches:
            branches, note = [], f"{note} (see above)"
        branch = parent.add(Text(f"{id} {versions[id]}{note}"))
        open += [(branch, *child) for child in reversed(branches)]
        seen.add(id)
    return root


@verb()
@click.argument("id", metavar="MOD")
def show(shell: Shell, id: str) -> None:
    """Show all about one mod of the loadout."""
    from modpm.cli.render import columns

    with shell.session() as session:
        lock = session.need_lock()
        mod = lock.mod(id)
        wished = {wish.id for wish in session.loadout().mods}
        row = _row(mod, _is_wanted(mod, wished)) | _of_manifest(session.store.path(mod.sha256))
    row["needed-by"] = [other.id for other in lock.mods if id in other.dependencies]
    told = ((key, value) for key, value in row.items() if value or value is False)
    for line in columns((key, _cell(value)) for key, value in told):
        shell.out(line)
    shell.document({"mod": row})


def _of_manifest(folder: "Path") -> dict[str, Any]:
    """Return what the author says of the mod in that folder of the store; nothing before a sync."""
    from modpm.session.sources import manifest_of

    if not folder.exists():
        return {}
    manifest = manifest_of(folder)
    return {
        "name": manifest.name,
        "description": manifest.description,
        "authors": manifest.authors,
        "license": manifest.license,
        "homepage": manifest.homepage,
        "sets": [f"{s.plugin}.{s.key} = {literal(s.value)}" for s in manifest.settings],
        "folder": str(folder),
    }


def _cell(value: object) -> str:
    """Return a value of `show` on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


@verb()
def verify(shell: Shell) -> None:
    """Hash every file of the loadout again, against what was put into the store."""
    from modpm.errors import Damaged

    with shell.session() as session:
        locked = {mod.sha256: mod.id for mod in session.need_lock().mods}
        damages = session.verify()
    if damages:
        raise Damaged(damages=damages, mods=locked)
    shell.note(f"whole: {mods(len(locked))}", "green")
    shell.document({"mods": len(locked), "damages": []})

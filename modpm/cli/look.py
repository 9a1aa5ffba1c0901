"""list, order, tree, show, verify: what reads a loadout."""

from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.render import literal, mods
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Collection
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
def order(shell: Shell) -> None:
    """Show the load order, and what each mod loads after."""
    from modpm.cli.render import columns

    with shell.session() as session:
        lock = session.need_lock()
    mods = {mod.id: mod for mod in lock.mods}
    placed = [mods[id] for id in lock.order()]
    for line in columns((f"{at}.", mod.id, _why(mod)) for at, mod in enumerate(placed, 1)):
        shell.out(line)
    shell.document({"order": [{"id": mod.id, **_before(mod)} for mod in placed]})


def _before(mod: "LockedMod") -> dict[str, tuple[str, ...]]:
    """Return what a mod loads after, by who says so."""
    return {
        "dependencies": mod.dependencies,
        "after": mod.after,
        "player-after": mod.player_after,
    }


def _why(mod: "LockedMod") -> str:
    """Return what holds a mod in its place."""
    words = {"dependencies": "needs", "after": "after", "player-after": "by your word after"}
    return "; ".join(f"{words[key]} {', '.join(ids)}" for key, ids in _before(mod).items() if ids)


@verb()
def tree(shell: Shell) -> None:
    """Show which mod needs which, from those that the loadout names."""
    with shell.session() as session:
        lock = session.need_lock()
        wanted = [wish.id for wish in session.loadout().mods]
        name = session.loadout().name
    if shell.json:
        mods = [
            {"id": mod.id, "dependencies": mod.dependencies, "recommends": mod.recommends}
            for mod in lock.mods
        ]
        shell.document({"loadout": name, "wanted": wanted, "mods": mods})
        return
    from modpm.cli.render import drawn

    for line in drawn(_tree(name, wanted, lock)):
        shell.out(line)


def _tree(name: str, wanted: list[str], lock: "Lock") -> "Tree":
    """Return the tree; a mod that was shown before is shown again without its branches."""
    from rich.text import Text
    from rich.tree import Tree

    from modpm.versions import spell

    mods = {mod.id: mod for mod in lock.mods}
    seen: set[str] = set()
    root = Tree(Text(name))
    open = [(root, id, "") for id in reversed(wanted) if id in mods]
    while open:
        parent, id, note = open.pop()
        mod = mods[id]
        below = [(need, "") for need in mod.dependencies]
        below += [(need, " (recommended)") for need in mod.recommends]
        if id in seen and below:
            below, note = [], f"{note} (see above)"
        branch = parent.add(Text(f"{id} {spell(mod.version)}{note}"))
        open += [(branch, *child) for child in reversed(below)]
        seen.add(id)
    return root


@verb()
@click.argument("id", metavar="MOD")
def show(shell: Shell, id: str) -> None:
    """Show all about one mod of the loadout."""
    from modpm.cli.render import columns

    with shell.session() as session:
        lock = session.need_lock()
        mod = _found(lock, id)
        wished = {wish.id for wish in session.loadout().mods}
        row = _row(mod, _is_wanted(mod, wished)) | _of_manifest(session.store.path(mod.sha256))
    row["needed-by"] = [other.id for other in lock.mods if id in other.dependencies]
    told = ((key, value) for key, value in row.items() if value or value is False)
    for line in columns((key, _cell(value)) for key, value in told):
        shell.out(line)
    shell.document({"mod": row})


def _found(lock: "Lock", id: str) -> "LockedMod":
    """Return the locked mod; raise NotInLoadout with the nearest id."""
    from modpm.errors import NotInLoadout
    from modpm.fault import suggest

    mods = {mod.id: mod for mod in lock.mods}
    if id not in mods:
        raise NotInLoadout(id=id, suggestion=suggest(id, mods))
    return mods[id]


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

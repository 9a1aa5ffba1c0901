"""The index of a registry's folder, brought up to date: only what is new or changed is opened."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from modpm.disk import at_rest
from modpm.errors import ModpmError, NotBuilt, StoreError
from modpm.game import Game
from modpm.manifest import Manifest
from modpm.registry import cache as index
from modpm.registry.cache import Row
from modpm.registry.names import split_name
from modpm.registry.reading import read
from modpm.registry.scan import Found, scan
from modpm.versions import spell

Progress = Callable[[int, int], None]
_BATCH = 200


def refresh(db: sqlite3.Connection, root: Path, progress: Progress, whole: bool = False) -> None:
    """Take in what changed below `root`; `progress(done, total)`.

    Unless `whole`, archives are not looked at in a folder where no name came, went or stands for
    another file: one that was overwritten in place is not seen. Raises OSError and sqlite3.Error.
    """
    trusted: dict[str, str] = dict(db.execute("SELECT path, stamp FROM folders"))
    found: dict[str, Found] = {}
    changed: dict[str, str] = {}
    same: set[str] = set()
    for item in scan(root, {} if whole else trusted):
        if isinstance(item, Found):
            found[item.path] = item
        elif item.same:
            same.add(item.path)
        else:
            changed[item.path] = item.stamp
    _take(db, root, found, index.known(db, same), progress)
    inside = defaultdict[str, dict[str, str]](dict)
    for path, one in found.items():
        if one.folder is not None:
            inside[one.folder][path] = one.stamp
    index.trust(db, changed, inside)


def _take(
    db: sqlite3.Connection,
    root: Path,
    found: Mapping[str, Found],
    known: Mapping[str, str],
    progress: Progress,
) -> None:
    """Read what is not as it was `known`, and forget what is no longer there."""
    changed = [item for path, item in found.items() if known.get(path) != item.stamp]
    gone = sorted(known.keys() - found.keys())
    if gone:
        index.put(db, (), gone)
    for done in range(0, len(changed), _BATCH):
        progress(done, len(changed))
        index.put(db, [_row(root, item) for item in changed[done : done + _BATCH]])
    if changed:
        progress(len(changed), len(changed))


def _row(root: Path, item: Found) -> Row:
    stamp = item.stamp if at_rest(item.newest) else ""
    try:
        offer = read(root, item)
    except ModpmError as error:
        said = split_name(Path(item.path).name)
        id = error.mod if isinstance(error, NotBuilt) else said[0] if said else None
        if isinstance(error, StoreError):
            stamp = ""  # it may be readable the next time, and look the same
        return Row(item.path, item.folder, "broken", stamp, id=id, content=item.kind.encode())
    content = offer.content
    provides = content.provides if isinstance(content, Manifest) else ()
    renamed = isinstance(content, Manifest) and content.replaced_by is not None
    return Row(
        path=item.path,
        folder=item.folder,
        kind="game" if isinstance(content, Game) else "release",
        stamp=stamp,
        id=content.id,
        version=spell(content.version),
        sha256=offer.sha256,
        size=offer.size,
        provides=" ".join(provision.id for provision in provides),
        renamed=renamed,
        content=index.pack(content),
    )

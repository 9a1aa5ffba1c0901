"""What the last sync left behind, so that the next sees at a glance that there is nothing to do.

The state is a fingerprint of everything that a sync reads. It decides nothing: without it, or when
it does not match, sync does its whole work. Nothing heavy is imported here.
"""

import json
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from modpm.disk import at_rest
from modpm.errors import ModpmError
from modpm.session.files import read_bytes
from modpm.session.place import GAME, LOADOUT, LOCK, STATE, STORE

VERSION = 2
READ = (LOADOUT, LOCK, GAME)


def state_file(folder: Path) -> Path:
    """Return where the state of the loadout in `folder` is kept."""
    return folder / STATE / "state.json"


def state(
    files: Mapping[str, str | None],
    paths: Mapping[str, str],
    store: Path,
    hashes: Iterable[str],
) -> str:
    """Return what to write after a sync.

    `files` is what `look` gave before it read them, `paths` the stamps of the mods on the player's
    own disk from before they were read: a change that comes in between must be seen.
    """
    content = {
        "state-version": VERSION,
        "files": files,
        "paths": paths,
        "store": str(store),
        "mods": list(hashes),
    }
    return json.dumps(content, indent=1) + "\n"


def mods_in_place(folder: Path, cache: Path) -> int | None:
    """Return how many mods are synced if nothing changed since the last sync, else None."""
    try:
        last = json.loads(read_bytes(state_file(folder)))
        same = (
            last["state-version"] == VERSION
            and last["files"] == look(folder)
            and all(was and stamp(folder / path) == was for path, was in last["paths"].items())
            and last["store"] == str(cache / STORE)
            and all(os.path.isdir(f"{last['store']}/sha256/{mod}") for mod in last["mods"])  # noqa: PTH112
        )
        return len(last["mods"]) if same else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    except ModpmError:
        return None


def look(folder: Path) -> dict[str, str | None]:
    """Return the hash of each file that a sync reads; None where there is none."""
    files = ((name, folder / name) for name in READ)
    return {name: digest(read_bytes(file)) if file.exists() else None for name, file in files}


def digest(content: bytes) -> str:
    """Return the hash by which `look` knows a file's content."""
    return sha256(content).hexdigest()


def stamp(path: Path) -> str:
    """Return a text that changes when the mod at `path` does; "" if it changed just now.

    Raises OSError, HostileArchive or StoreError.
    """
    seen = sha256()
    for name, status in _statuses(path):
        times = status.st_mtime_ns, status.st_ctime_ns
        if not at_rest(max(times)):
            return ""
        seen.update(f"{name}\0{times}\0{status.st_size}\n".encode())
    return seen.hexdigest()


def _statuses(path: Path) -> Iterable[tuple[str, os.stat_result]]:
    if not path.is_dir():
        return [(path.name, path.stat())]
    from modpm.archive.pack import files

    return ((name, entry.stat(follow_symlinks=False)) for name, entry in files(path))

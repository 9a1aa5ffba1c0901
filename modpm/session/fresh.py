"""What the last sync left behind, so that the next sees at a glance that there is nothing to do.

The state is a fingerprint of everything that a sync reads. It decides nothing: without it, or when
it does not match, sync does its whole work. Nothing heavy is imported here.
"""

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from modpm.session.place import GAME, LOADOUT, LOCK, STATE, STORE

VERSION = 1
READ = (LOADOUT, LOCK, GAME)


def state_file(folder: Path) -> Path:
    """Return where the state of the loadout in `folder` is kept."""
    return folder / STATE / "state.json"


def state(folder: Path, store: Path, hashes: Iterable[str], paths: Iterable[str]) -> str:
    """Return what to write after a sync; `paths` are the mods on the player's own disk."""
    content = {
        "state-version": VERSION,
        "files": {name: _content(folder / name) for name in READ},
        "paths": {path: stamp(folder / path) for path in paths},
        "store": str(store),
        "mods": list(hashes),
    }
    return json.dumps(content, indent=1) + "\n"


def mods_in_place(folder: Path, cache: Path) -> int | None:
    """Return how many mods are synced if nothing changed since the last sync, else None."""
    try:
        last = json.loads(state_file(folder).read_bytes())
        same = (
            last["state-version"] == VERSION
            and all(_content(folder / name) == was for name, was in last["files"].items())
            and all(stamp(folder / path) == was for path, was in last["paths"].items())
            and last["store"] == str(cache / STORE)
            and all(os.path.isdir(f"{last['store']}/sha256/{mod}") for mod in last["mods"])  # noqa: PTH112
        )
        return len(last["mods"]) if same else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def stamp(path: Path) -> str:
    """Return a text that changes when a file below `path` is added, removed or written."""
    seen = sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        stat = file.stat()
        seen.update(f"{file}\0{stat.st_mtime_ns}\0{stat.st_size}\n".encode())
    return seen.hexdigest()


def _content(file: Path) -> str | None:
    return sha256(file.read_bytes()).hexdigest() if file.exists() else None

"""Loadouts of many small mods, packed, for the benchmarks."""

import os
import subprocess
from pathlib import Path

from modpm.archive.pack import pack

FILES = 10


def packed_loadout(place: Path, mods: int, bin: Path) -> Path:
    """Make a registry of that many mods of ten files; return the folder of a synced loadout."""
    os.environ["MODPM_CACHE"] = str(place / "cache")
    ids = [f"bench-{n}" for n in range(mods)]
    for n, id in enumerate(ids):
        _mod(place / "sources" / id, id, needs=ids[n - 1] if n % 4 else None)
        registry = place / "registry"
        registry.mkdir(exist_ok=True)
        pack(place / "sources" / id, registry / f"{id}-1.0.0.zip")
    loadout = place / "loadout"
    loadout.mkdir()
    wishes = "".join(f'{id} = "^1"\n' for id in ids)
    (loadout / "loadout.toml").write_text(
        f'[loadout]\nname = "bench"\n[registries]\nmain = "../registry"\n[mods]\n{wishes}'
    )
    subprocess.run([bin / "modpm", "sync"], cwd=loadout, check=True, capture_output=True)
    return loadout


def _mod(folder: Path, id: str, needs: str | None) -> None:
    (folder / "data").mkdir(parents=True)
    dependencies = f'[dependencies]\n{needs} = "^1"\n' if needs else ""
    (folder / "mod.toml").write_text(
        f'manifest-version = 1\n[mod]\nid = "{id}"\nversion = "1.0.0"\nname = "{id}"\n'
        f'entry = "main.rhai"\n{dependencies}'
    )
    (folder / "main.rhai").write_text('fn on_init() { log("hello"); }\n')
    for n in range(FILES - 2):
        (folder / "data" / f"{n}.txt").write_text(f"{id} {n}\n" * 40)

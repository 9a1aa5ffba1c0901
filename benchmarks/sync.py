"""A sync of 200 mods from a warm store, and uv's install of 200 packages from its warm cache.

Run: python -m benchmarks sync. At most 150 ms, and below uv. Both start with nothing in place, both
have 2,000 files in their caches, neither touches a network.
"""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from benchmarks.loadouts import FILES, packed_loadout
from benchmarks.measure import commands, show
from benchmarks.player import UV, environment

MODS = 200


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        bin = environment(place / "env")
        loadout = packed_loadout(place, mods=MODS, bin=bin)
        install = _packages(place, bin)
        target = place / "target"

        def forget() -> None:
            shutil.rmtree(loadout / ".modpm", ignore_errors=True)
            shutil.rmtree(target, ignore_errors=True)

        found = commands(
            {
                "uv pip install, 200 packages, warm cache": [*install, "--target", target],
                "modpm sync, 200 mods, warm store": [bin / "modpm", "sync"],
            },
            folder=loadout,
            before=forget,
        )
    show(found, "ms", floor="uv pip install, 200 packages, warm cache")


def _packages(place: Path, bin: Path) -> list[str | Path]:
    """Make the packages, fill uv's cache, and return the command that installs them."""
    os.environ["UV_CACHE_DIR"] = str(place / "uv-cache")
    wheels = place / "wheels"
    wheels.mkdir()
    for n in range(MODS):
        _wheel(wheels, f"bench_{n}")
    names = place / "names.txt"
    names.write_text("".join(f"bench-{n}==1.0.0\n" for n in range(MODS)))
    install: list[str | Path] = [UV, "pip", "install", "--quiet", "--offline", "--no-index"]
    install += ["--python", bin / "python", "--find-links", wheels, "-r", names]
    subprocess.run([*install, "--target", place / "first"], check=True)
    return install


def _wheel(folder: Path, name: str) -> None:
    info = f"{name}-1.0.0.dist-info"
    files = {f"{name}/{n}.txt": f"{name} {n}\n" * 40 for n in range(FILES - 3)}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    with ZipFile(folder / f"{name}-1.0.0-py3-none-any.whl", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)

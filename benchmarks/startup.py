"""How long a player waits before modpm does anything: CPU of whole processes, beside bare click.

Run: python -m benchmarks startup. At most 100 ms and 3x bare click for each.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.loadouts import packed_loadout
from benchmarks.measure import commands, show
from benchmarks.player import environment

CLICK = """
import click
@click.group()
def main(): pass
@main.command()
def a(): "A command."
main()
"""


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        bin = environment(place / "env")
        (place / "bare.py").write_text(CLICK)
        loadout = packed_loadout(place, mods=200, bin=bin)
        modpm = bin / "modpm"
        found = commands(
            {
                "bare Python": [bin / "python", "-c", "pass"],
                "bare click, --help": [bin / "python", place / "bare.py", "--help"],
                "modpm --help": [modpm, "--help"],
                "modpm --version": [modpm, "--version"],
                "modpm sync, 200 mods, nothing to do": [modpm, "sync"],
            },
            folder=loadout,
            runs=25,
        )
    show(found, "ms", floor="bare click, --help")

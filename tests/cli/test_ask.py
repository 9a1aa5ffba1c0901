"""What a player asks about a loadout that is larger than a scenario."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LOADOUT = '[loadout]\nname = "x"\n[registries]\ndefault = "registry"\n[mods]\ntop = "*"\n'


def offer(folder: Path, id: str, *needs: str) -> None:
    """Put a mod into the registry."""
    (folder / "registry" / id).mkdir(parents=True)
    head = f'manifest-version = 1\n[mod]\nid = "{id}"\nversion = "1.0.0"\n[dependencies]\n'
    text = head + "".join(f'{need} = "*"\n' for need in needs)
    (folder / "registry" / id / "mod.toml").write_text(text, encoding="utf-8")


def test_the_shortest_ways_to_a_mod_are_shown(modpm: Run, tmp_path: Path) -> None:
    """Ten of them, and how many there are; --json has more."""
    folder = tmp_path / "play"
    middle = [f"m{number}" for number in range(12)]
    for id in middle:
        offer(folder, id, "core")
    offer(folder, "core")
    offer(folder, "top", "core", *middle)
    (folder / "loadout.toml").write_text(LOADOUT, encoding="utf-8")
    assert modpm("lock").returncode == 0
    told = modpm("why", "core")
    lines = told.stdout.splitlines()
    assert lines[:2] == ["core 1.0.0", "  the loadout wants `top`, which needs `core`"]
    assert len(lines) == 11
    assert told.stderr == "these are the 10 shortest of 13 ways: --json tells more\n"
    assert len(json.loads(modpm("why", "core", "--json").stdout)["ways"]) == 13

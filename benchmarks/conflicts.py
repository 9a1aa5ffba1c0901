"""What conflicts cost: deciding all of them, one changed claim at play, and looking at them.

Run: python -m benchmarks conflicts. 10,000 mods with 100,000 claims on 5,000 parameters are decided
in at most 250 ms; a changed claim takes at most 20 us there; `modpm conflicts` on 500 mods that
claim 10 parameters each takes at most 500 ms beyond the start of modpm.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import calls, commands, show
from benchmarks.player import environment
from modpm.conflict.board import Board
from modpm.conflict.claims import Claim
from modpm.conflict.decide import resolve_conflicts
from modpm.conflict.rules import rules
from modpm.document import Value
from modpm.game import parse_game
from modpm.loadout import Loadout

PLUGINS, KEYS, MODS, EACH = 50, 100, 10_000, 10
KINDS = (
    ("int", "0", "min = 0\nmax = 1000000", "last-wins"),
    ("float", "0.5", "min = 0.0\nmax = 1.0", "priority"),
    ("int", "1", "", "merge:sum"),
    ("bool", "false", "", "first-wins"),
    ("list", "[]", "", "merge:union"),
    ("map", "{}", "", "merge:deep"),
)
"""Of the parameters, in turn: type, default, range and strategy."""


def main() -> None:
    """Measure and print."""
    _decide()
    with TemporaryDirectory() as temporary:
        _look(Path(temporary))


def _decide() -> None:
    game = parse_game(_game(PLUGINS, KEYS), "game.toml")
    claims = [_claim(number) for number in range(MODS * EACH)]
    applies = rules(Loadout("bench"), game)
    print(f"  {MODS:,} mods, {len(claims):,} claims on {PLUGINS * KEYS:,} parameters")
    last = "the last claim on each, by a dict"
    found = calls(
        {
            last: lambda: {(claim.plugin, claim.key): claim for claim in claims},
            "resolve_conflicts": lambda: resolve_conflicts(claims, applies, game),
        },
        runs=15,
        number=1,
    )
    show(found, "ms", floor=last, asked={"resolve_conflicts": "250 ms"})
    _change(Board(applies, game), claims)


def _change(board: Board, claims: list[Claim]) -> None:
    """Let every claim of one kind of parameter change to and fro."""
    for claim in claims:
        board.put(claim)
    floor = "a claim stored in a dict"
    work: dict[str, Callable[[], object]] = {floor: partial(_store, {}, cycle(claims))}
    for number, (kind, _, _, strategy) in enumerate(KINDS):
        own = cycle([claim for claim in claims if _kind(claim) == number])
        work[f"one changed claim of 20, {kind}, {strategy}"] = partial(_put, board, own)
    found = calls(work, runs=15, number=3_000)
    show(found, "us", floor=floor, asked=dict.fromkeys(list(work)[1:], "20 us"))


def _store(values: dict[tuple[str, str, str], Claim], claims: Iterator[Claim]) -> None:
    claim = next(claims)
    values[claim.mod, claim.plugin, claim.key] = claim


def _put(board: Board, claims: Iterator[Claim]) -> None:
    board.put(next(claims))


def _kind(claim: Claim) -> int:
    plugin, key = claim.plugin.removeprefix("plugin"), claim.key.removeprefix("key")
    return (int(plugin) * KEYS + int(key)) % len(KINDS)


def _look(place: Path) -> None:
    os.environ["MODPM_CACHE"] = str(place / "cache")
    bin = environment(place / "env")
    loadout = _loadout(place, mods=500)
    subprocess.run([bin / "modpm", "sync"], cwd=loadout, check=True, capture_output=True)
    start = "modpm --version"
    found = commands(
        {
            start: [bin / "modpm", "--version"],
            "modpm conflicts, 500 mods": [bin / "modpm", "conflicts"],
            "modpm conflicts plugin0.key0, 500 mods": [bin / "modpm", "conflicts", "plugin0.key0"],
        },
        folder=loadout,
    )
    show(found, "ms", floor=start)


def _loadout(place: Path, mods: int) -> Path:
    """Make a loadout of declarative mods that claim ten of 300 parameters each."""
    registry, loadout = place / "registry", place / "loadout"
    registry.mkdir()
    loadout.mkdir()
    for number in range(mods):
        folder = registry / f"mod-{number}"
        folder.mkdir()
        (folder / "mod.toml").write_text(_manifest(number))
    (registry / "game.toml").write_text(_game(3, 100))
    wishes = "".join(f'mod-{number} = "*"\n' for number in range(mods))
    (loadout / "loadout.toml").write_text(
        '[loadout]\nname = "bench"\ngame = "bench"\n'
        f'[registries]\nmain = "../registry"\n[mods]\n{wishes}'
    )
    return loadout


def _manifest(number: int) -> str:
    head = (
        f'manifest-version = 1\n[mod]\nid = "mod-{number}"\nversion = "1.0.0"\nname = "{number}"\n'
    )
    claims = (_claim(number * EACH + n, plugins=3, keys=100) for n in range(EACH))
    lines = (f"[parameters.{c.plugin}.{c.key}]\nvalue = {_toml(c.value)}\n" for c in claims)
    return head + "".join(lines)


def _toml(value: Value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    return str(value).lower()


def _game(plugins: int, keys: int) -> str:
    text = '[game]\nid = "bench"\nversion = "1.0.0"\n'
    for plugin in range(plugins):
        for key in range(keys):
            kind, default, range_, strategy = KINDS[(plugin * keys + key) % len(KINDS)]
            text += f"[plugins.plugin{plugin}.parameters.key{key}]\n"
            text += f'type = "{kind}"\ndefault = {default}\n{range_}\nstrategy = "{strategy}"\n'
    return text


def _claim(number: int, plugins: int = PLUGINS, keys: int = KEYS) -> Claim:
    """Return one of the claims: each mod's are spread over the parameters."""
    at = (number * 7_919) % (plugins * keys)
    value = _value(KINDS[at % len(KINDS)][0], number)
    return Claim(
        f"mod-{number // EACH}", f"plugin{at // keys}", f"key{at % keys}", value, number % 7
    )


def _value(type: str, number: int) -> Value:
    values: dict[str, Value] = {
        "int": number % 1000,
        "float": (number % 1000) / 1000,
        "bool": number % 2 == 0,
        "list": [number % 50, number % 7],
        "map": {f"k{number % 5}": {"x": number % 3}},
    }
    return values[type]

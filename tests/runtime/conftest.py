"""A small game and the means to play scripts in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rhai

from modpm.conflict.rules import Rules
from modpm.game import Game, parse_game
from modpm.manifest import Manifest, Permissions
from modpm.runtime import Host, Mod, ModSystemConfig, RhaiLoader
from modpm.runtime.config import DEFAULTS
from modpm.versions import parse_version

GAME = """
[game]
id = "arena"
version = "1.0.0"
name = "Arena"

[plugins.combat]
hooks = ["round_started"]
[plugins.combat.parameters.max_hp]
type = "int"
default = 100
min = 1
max = 500
[plugins.combat.parameters.difficulty]
type = "float"
default = 0.5
min = 0.0
max = 1.0

[plugins.weather]
enabled = false
[plugins.weather.parameters.sky]
type = "enum"
values = ["clear", "grey"]
default = "clear"
"""

QUICK = rhai.Limits(operations=200_000, timeout=5.0, memory=8_000_000)
"""Limits that a runaway script meets at once."""

MakeMod = Callable[..., Mod]
Play = Callable[..., Host]


@pytest.fixture(params=["rhai", "wasm"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each backend in turn."""
    return str(request.param)


@pytest.fixture
def entry(kind: str, built: Callable[[Path], Path]) -> Callable[[str], Path]:
    """Give the file of a mod that is here twice, in Rhai and in C: the one for the backend."""

    def file(name: str) -> Path:
        folder = Path(__file__).with_name(name)
        return folder / "main.rhai" if kind == "rhai" else built(folder)

    return file


@pytest.fixture
def game() -> Game:
    """The arena: combat is on, the weather is off."""
    return parse_game(GAME, "game.toml")


@pytest.fixture
def mod(tmp_path: Path) -> MakeMod:
    """Make a mod from a script; it may control everything unless `plugins` says less."""

    def make(
        id: str, script: str | None, *, plugins: tuple[str, ...] = ("*",), **manifest: Any
    ) -> Mod:
        folder = tmp_path / id.replace("/", "-")
        folder.mkdir()
        if script is not None:
            (folder / "main.rhai").write_text(script, encoding="utf-8", newline="\n")
        written = Manifest(
            id=id,
            version=parse_version("1.0.0"),
            name=id.title(),
            entry=None if script is None else "main.rhai",
            permissions=Permissions(plugins=plugins),
            **manifest,
        )
        return Mod(id, written, folder)

    return make


@pytest.fixture
def play(game: Game) -> Iterator[Play]:
    """Start a host with these mods; it is closed when the test ends."""
    hosts: list[Host] = []

    def start(
        *mods: Mod,
        rules: Rules = Rules(),  # noqa: B008
        seed: int = 0,
        config: ModSystemConfig = DEFAULTS,
    ) -> Host:
        host = Host(game, mods, rules, seed, [RhaiLoader(QUICK)], config)
        hosts.append(host)
        host.start()
        return host

    yield start
    for host in hosts:
        host.close()


@pytest.fixture
def said() -> Callable[[Host], list[str]]:
    """Give what was logged, one "mod: level: text" a record."""
    return lambda host: [f"{record.mod}: {record.level}: {record.text}" for record in host.log]

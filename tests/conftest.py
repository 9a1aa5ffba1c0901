"""A player of the tests' own; guests built from source, once for each state of what is in them."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from shutil import copytree, ignore_patterns, which

import pytest
from filelock import FileLock

from modpm.errors import MissingTool
from modpm.guests import build
from modpm.session.sources import manifest_of

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "guests"
PLAYER = ROOT / "build" / "player"
NODE = ROOT / "build" / "node" / "node_modules" / ".bin"
RECIPE = (ROOT / "modpm/guests", ROOT / "wit", ROOT / "requirements")
MADE = ("mod.wasm", ".modpm", "__pycache__")
"""What is not source."""

Build = Callable[[Path], Path]


@pytest.fixture(scope="session", autouse=True)
def player_of_the_tests() -> Iterator[None]:
    """Leave the real player's cache and data alone; what is compiled is kept for the next time."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MODPM_CACHE", str(PLAYER / "cache"))
        environment.setenv("MODPM_DATA", str(PLAYER / "data"))
        yield


@pytest.fixture(scope="session")
def guest_tools() -> str:
    """The PATH with the compilers that npm installed."""
    return f"{NODE}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="session")
def built(guest_tools: str) -> Build:
    """Build the mod in a folder, once for each state of what goes into it."""

    def built(source: Path) -> Path:
        key = _key(source, *RECIPE)
        home = CACHE / f"{source.name}-{key[:16]}"
        CACHE.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{home}.lock"):
            if not (home / "mod.wasm").exists():
                _build(source, home, guest_tools)
        return home / "mod.wasm"

    return built


def _build(source: Path, home: Path, path: str) -> None:
    needs = {"main.ts": "node", "main.js": "node", "Cargo.toml": "cargo"}
    for file, tool in needs.items():
        if (source / file).exists() and not which(tool):
            pytest.skip(f"{tool} is not installed")
    copytree(source, home, dirs_exist_ok=True, ignore=ignore_patterns(*MADE))
    own = source / "mod.toml"
    manifest = manifest_of(source if own.exists() else source.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        try:
            build(home, manifest, lambda _: None)
        except MissingTool as missing:
            if "Rust" in missing.tool:
                pytest.skip(f"{missing.tool} is missing: {missing.install}")
            raise


def _key(*folders: Path) -> str:
    digest = sha256()
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            if not {*MADE}.intersection(file.parts):
                digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return digest.hexdigest()

"""Locks in a few words."""

from collections.abc import Callable

import pytest

from modpm.lockfile import Lock, LockedMod
from modpm.versions import parse_version

Mod = Callable[..., LockedMod]


@pytest.fixture
def mod() -> Mod:
    """Give a function that makes the locked mod "acme/ui 1.2.0" from the registry main."""

    def make(what: str, **more: object) -> LockedMod:
        id, version = what.split()
        return LockedMod(
            id=id,
            version=parse_version(version),
            kind="rhai",
            size=100,
            sha256="ab" * 32,
            **{"source": "main", **more},  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def small(mod: Mod) -> Lock:
    """Give a lock: ui needs core and recommends radio, and mine is on the disk."""
    return Lock(
        mods=(
            mod("core 1.0.0"),
            mod("mine 0.1.0", source=None, path="mods/mine.rhai"),
            mod("radio 1.0.0", after=("core",)),
            mod("ui 1.2.0", dependencies=("core",), recommends=("radio",)),
        ),
        game="arena",
        game_version=parse_version("1.5.0"),
    )

"""From an answer to its lock, and from one lock to the next."""

from collections.abc import Callable

import pytest
from msgspec import structs

from modpm.index import MemoryIndex, Release
from modpm.loadout import Loadout, OrderRule, Override, Wish
from modpm.lockfile import Change, Lock, LockedMod, changes, dumps, loads, lock, permissions, stale
from modpm.manifest import FileGrant, Manifest, Permissions, Provision
from modpm.order import edges, order
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.resolve.solve import solve
from modpm.versions import parse_range, parse_version

Mod = Callable[..., LockedMod]
ONE = parse_version("1.0.0")


def wants(id: str) -> Requirement:
    """Return a requirement of any version."""
    return Requirement(id, parse_range("*"))


def release(id: str, source: str = "main", **more: object) -> Release:
    """Return version 1.0.0 of a mod."""
    manifest = Manifest(id=id, version=ONE, name=id, entry="main.rhai", **more)  # type: ignore[arg-type]
    return Release(manifest, source, 7, "0" * 64)


def test_everything_an_answer_has() -> None:
    """A lock tells all about its mods, answers its loadout, and comes back from its text."""
    index = MemoryIndex(
        [
            release(
                "ui",
                dependencies=(Dependency((wants("audio"),)),),
                optional_dependencies=(wants("mine"),),
                recommends=(Dependency((wants("tips"),)),),
                after=("sound", "tips"),
                permissions=Permissions(plugins=("hud",), clock=True),
            ),
            release("sound", provides=(Provision("audio", ONE), Provision("unused", ONE))),
            release("tips"),
            release("mine", source="path:mods/mine"),
        ]
    )
    drop = Override("ui", drop=("sky",))
    wishes = (
        Wish("mine", parse_range("*"), path="mods/mine"),
        Wish("ui", parse_range("*"), priority=4),
    )
    loadout = Loadout(
        name="x",
        registries={"main": "mods"},
        mods=wishes,
        order=(OrderRule("mine", "tips"),),
        overrides=(drop,),
    )
    found = solve(Problem((wants("ui"), wants("mine")), overrides=(drop,)), index)
    made = lock(found, order(found.releases, edges(found, loadout)), None, None, loadout)
    common = {"version": ONE, "kind": "rhai", "size": 7, "sha256": "0" * 64}
    assert made.mods == (
        LockedMod(id="mine", path="mods/mine", **common),  # type: ignore[arg-type]
        LockedMod(id="sound", source="main", provides=(Provision("audio", ONE),), **common),  # type: ignore[arg-type]
        LockedMod(id="tips", source="main", player_after=("mine",), **common),  # type: ignore[arg-type]
        LockedMod(
            id="ui",
            source="main",
            priority=4,
            dependencies=("sound",),
            recommends=("tips",),
            after=("mine", "tips"),
            overrides=("-sky",),
            permissions=("clock", "plugins:hud"),
            **common,  # type: ignore[arg-type]
        ),
    )
    assert stale(made, loadout) == ()
    assert loads(dumps(made), "loadout.lock").order() == ("mine", "sound", "tips", "ui")


def test_permissions() -> None:
    """Every grant is one text."""
    asked = Permissions(("combat", "*"), (FileGrant("data", "read"), FileGrant("", "write")), True)
    manifest = Manifest(id="a", version=ONE, name="a", permissions=asked)
    assert permissions(manifest) == (
        "clock",
        "files:read:data",
        "files:write:",
        "plugins:*",
        "plugins:combat",
    )


def test_no_changes(small: Lock) -> None:
    """The same mods are no change."""
    assert changes(small, small) == ()


def test_from_nothing(small: Lock) -> None:
    """Without an old lock all mods are added."""
    assert [change.kind for change in changes(None, small)] == ["added"] * 4


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [("1.0.0", "1.10.0", "upgraded"), ("1.10.0", "1.9.0", "downgraded")],
)
def test_versions(mod: Mod, old: str, new: str, kind: str) -> None:
    """Another version is an upgrade or a downgrade."""
    [change] = changes(Lock((mod(f"ui {old}"),)), Lock((mod(f"ui {new}"),)))
    assert (change.kind, change.old, change.new) == (kind, parse_version(old), parse_version(new))


def test_removed(mod: Mod) -> None:
    """A mod that is gone is removed."""
    assert changes(Lock((mod("ui 1.0.0"),)), Lock(())) == (Change("ui", "removed", old=ONE),)


def test_content(mod: Mod) -> None:
    """The same version with other bytes is a change, another permission text is none."""
    ui = mod("ui 1.0.0")
    other = structs.replace(ui, sha256="cd" * 32)
    assert changes(Lock((ui,)), Lock((other,))) == (Change("ui", "changed", ONE, ONE),)
    assert changes(Lock((ui,)), Lock((structs.replace(ui, permissions=("clock",)),))) == ()

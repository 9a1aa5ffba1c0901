"""Releases and problems in a few words."""

from collections.abc import Callable

import pytest

from modpm.index import Release
from modpm.manifest import Manifest, Provision
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.versions import parse_range, parse_version

Offer = Callable[..., Release]
Ask = Callable[..., Problem]


def requirement(text: str) -> Requirement:
    """Return what "acme/ui ^2" requires; without a range, any version."""
    id, _, range = text.partition(" ")
    return Requirement(id, parse_range(range or "*"))


def dependency(text: str) -> Dependency:
    """Return a dependency; "ui-a ^1 | ui-b" has two alternatives."""
    return Dependency(tuple(requirement(part.strip()) for part in text.split("|")))


@pytest.fixture
def offer() -> Offer:
    """Give a function that makes a release of "acme/ui 1.2.0", with relations as short texts."""

    def make(
        what: str,
        *,
        needs: tuple[str, ...] = (),
        optional: tuple[str, ...] = (),
        recommends: tuple[str, ...] = (),
        conflicts: tuple[str, ...] = (),
        provides: tuple[str, ...] = (),
        game: str | None = None,
    ) -> Release:
        id, version = what.split()
        provided = (text.split() for text in provides)
        manifest = Manifest(
            id=id,
            version=parse_version(version),
            name=id,
            game=requirement(game) if game else None,
            dependencies=tuple(map(dependency, needs)),
            optional_dependencies=tuple(map(requirement, optional)),
            recommends=tuple(map(dependency, recommends)),
            conflicts=tuple(map(requirement, conflicts)),
            provides=tuple(Provision(name, parse_version(v)) for name, v in provided),
        )
        return Release(manifest, "default", 1, "0" * 64)

    return make


@pytest.fixture
def ask() -> Ask:
    """Give a function that makes a problem of wishes such as "acme/ui ^2"."""

    def make(*wishes: str, **more: object) -> Problem:
        return Problem(wishes=tuple(map(requirement, wishes)), **more)  # type: ignore[arg-type]

    return make

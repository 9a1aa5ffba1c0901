"""registry.toml: what the owner of a registry's folder says about what is in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from modpm.disk import refusals
from modpm.document import SIZE_LIMIT, Table, decode, read
from modpm.fields import IdText, VersionText, read_id, read_version
from modpm.place import Place
from modpm.versions import Version

FILE = "registry.toml"


class Words(Struct, frozen=True):
    """What was said: the versions of each mod that nobody should choose any more."""

    yanks: Mapping[str, frozenset[Version]] = {}

    def yanked(self, id: str, version: Version) -> bool:
        """Return whether that release is not to be chosen any more."""
        return version in self.yanks.get(id, ())


class WordsFile(Table, frozen=True):
    """registry.toml: what the owner of a registry's folder says about what is in it."""

    yanked: Annotated[
        dict[IdText, tuple[VersionText, ...]],
        Meta(description="Versions that stay where they are locked and are never newly chosen."),
    ] = {}


def words(folder: Path) -> Words:
    """Return what the registry.toml of `folder` says; raise InvalidFile or StoreError."""
    path = folder / FILE
    with refusals(path):
        if not path.is_file():
            return Words()
        with path.open("rb") as file:
            text = decode(file.read(SIZE_LIMIT + 1), str(path))
    shape = read(text, str(path), WordsFile)
    at = Place(text, str(path)) / "yanked"
    return Words(
        {
            read_id(id, at / id): frozenset(
                read_version(version, at / id / n) for n, version in enumerate(versions)
            )
            for id, versions in shape.yanked.items()
        }
    )

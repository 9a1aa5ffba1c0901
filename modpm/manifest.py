"""mod.toml: what a mod is, needs, sets and may do."""

from typing import Literal

from msgspec import Struct

from modpm.document import Value
from modpm.requirement import Dependency, Requirement
from modpm.versions import Version

Kind = Literal["rhai", "wasm", "declarative"]


class Provision(Struct, frozen=True):
    """A virtual id that a mod satisfies, and the version it counts as."""

    id: str
    version: Version


class Setting(Struct, frozen=True):
    """A parameter that the mod sets when it loads; `priority` None means the mod's own."""

    plugin: str
    key: str
    value: Value
    priority: int | None = None


class FileGrant(Struct, frozen=True):
    """A folder below the mod's own folder or save folder. `mode` is read or write."""

    path: str
    mode: Literal["read", "write"]


class Permissions(Struct, frozen=True):
    """What the sandbox grants. `plugins` may hold "*"."""

    plugins: tuple[str, ...] = ()
    files: tuple[FileGrant, ...] = ()
    clock: bool = False


class Manifest(Struct, frozen=True):
    """A valid mod.toml. Tables keep the author's order only where it means something: none does, so all are sorted by id."""

    id: str
    version: Version
    name: str
    entry: str | None = None
    api: str | None = None
    priority: int = 0
    authors: tuple[str, ...] = ()
    description: str = ""
    license: str | None = None
    homepage: str | None = None
    repository: str | None = None
    tags: tuple[str, ...] = ()
    icon: str | None = None
    game: Requirement | None = None
    dependencies: tuple[Dependency, ...] = ()
    optional_dependencies: tuple[Requirement, ...] = ()
    recommends: tuple[Dependency, ...] = ()
    suggests: tuple[Requirement, ...] = ()
    conflicts: tuple[Requirement, ...] = ()
    provides: tuple[Provision, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    permissions: Permissions = Permissions()

    @property
    def kind(self) -> Kind:
        """What runs the mod, by the ending of its entry."""
        raise NotImplementedError


def parse_manifest(text: str, file: str) -> Manifest:
    """Return the manifest that `text` holds; raise InvalidFile, naming `file`, for anything else."""
    raise NotImplementedError

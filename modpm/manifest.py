"""mod.toml: what a mod is, needs, sets and may do."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from modpm.document import Table, Value, read
from modpm.fields import (
    ENTRY_PATTERN,
    NAME_PATTERN,
    Address,
    Format,
    IdText,
    Name,
    PathText,
    Title,
    VersionText,
    read_id,
    read_ids,
    read_path,
    read_version,
)
from modpm.place import Place
from modpm.requirement import (
    Dependency,
    DependencyEntries,
    OrderTable,
    Requirement,
    RequirementEntries,
    RequirementTable,
    read_dependencies,
    read_requirement,
    read_requirements,
)
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
    """A folder that the mod may use, in which it sees no others.

    `mode` says where: "read" is among the mod's own files, which never change; "write" is in its
    save folder, where it may also read.
    """

    path: str
    mode: Literal["read", "write"]


class Permissions(Struct, frozen=True):
    """What the sandbox grants. `plugins` may hold "*"."""

    plugins: tuple[str, ...] = ()
    files: tuple[FileGrant, ...] = ()
    clock: bool = False


class Manifest(Struct, frozen=True):
    """A valid mod.toml. No table's order means anything, so all are sorted by id or name."""

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
    replaced_by: Requirement | None = None
    game: Requirement | None = None
    dependencies: tuple[Dependency, ...] = ()
    optional_dependencies: tuple[Requirement, ...] = ()
    recommends: tuple[Dependency, ...] = ()
    suggests: tuple[Requirement, ...] = ()
    conflicts: tuple[Requirement, ...] = ()
    provides: tuple[Provision, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    tier: str | None = None
    settings: tuple[Setting, ...] = ()
    permissions: Permissions = Permissions()

    @property
    def kind(self) -> Kind:
        """What runs the mod, by the ending of its entry."""
        if self.entry is None:
            return "declarative"
        return "wasm" if self.entry.endswith(".wasm") else "rhai"


EntryText = Annotated[
    str,
    Meta(
        title="a relative path with forward slashes that ends in .rhai or .wasm",
        pattern=ENTRY_PATTERN,
        max_length=200,
    ),
]
World = Annotated[
    str,
    Meta(
        title="a WIT world such as issun:mod@0.7",
        pattern=r"^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)?@[0-9]+(?:\.[0-9]+){0,2}$",
    ),
]
PluginText = Annotated[
    str,
    Meta(
        title='the name of a plugin, or "*" for all',
        pattern=rf"^(?:\*|{NAME_PATTERN})$(?!\n)",
    ),
]


class ModTable(Table, frozen=True):
    """What the mod is."""

    id: IdText
    version: VersionText
    name: Title | None = None
    entry: EntryText | None = None
    api: World | None = None
    priority: Annotated[int, Meta(description="For the priority strategy; the highest wins.")] = 0
    authors: tuple[str, ...] = ()
    description: str = ""
    license: str | None = None
    homepage: Address | None = None
    repository: Address | None = None
    tags: tuple[str, ...] = ()
    icon: PathText | None = None
    replaced_by: Annotated[
        IdText | RequirementTable | None, Meta(description="What the mod is called from now on.")
    ] = None


class SettingTable(Table, frozen=True):
    """The long form of a parameter; a map always takes it."""

    value: Any
    priority: int | None = None


class FileTable(Table, frozen=True):
    """A folder that the mod may use: read is among its own files, write in its save folder."""

    path: PathText
    mode: Literal["read", "write"]


class PermissionsTable(Table, frozen=True):
    """What the sandbox grants; nothing else is."""

    plugins: Annotated[
        tuple[PluginText, ...], Meta(description="Plugins that the mod may control.")
    ] = ()
    files: tuple[FileTable, ...] = ()
    clock: Annotated[bool, Meta(description="Whether the mod may see the time of day.")] = False


class ManifestFile(Table, frozen=True):
    """mod.toml: what a mod is, needs, sets and may do."""

    manifest_version: Format
    mod: ModTable
    game: RequirementTable | None = None
    dependencies: Annotated[
        DependencyEntries, Meta(description="Must be present, and load first.")
    ] = {}
    optional_dependencies: Annotated[
        RequirementEntries, Meta(description="Load first, in these versions, if present.")
    ] = {}
    recommends: Annotated[
        DependencyEntries, Meta(description="Added unless the player says otherwise.")
    ] = {}
    suggests: Annotated[RequirementEntries, Meta(description="Only shown to the player.")] = {}
    conflicts: Annotated[RequirementEntries, Meta(description="Must not be present together.")] = {}
    provides: Annotated[
        dict[IdText, VersionText], Meta(description="Virtual ids that the mod satisfies.")
    ] = {}
    order: OrderTable = OrderTable()
    parameters: Annotated[
        dict[Name, dict[Name, bool | int | float | str | list[Any] | SettingTable]],
        Meta(description="Parameters of plugins that the mod sets when it loads."),
    ] = {}
    permissions: PermissionsTable = PermissionsTable()


def parse_manifest(text: str, file: str) -> Manifest:
    """Return the manifest that `text` holds; raise InvalidFile, naming `file`, for all else."""
    return manifest_of(read(text, file, ManifestFile), Place(text, file))


def manifest_of(shape: ManifestFile, top: Place) -> Manifest:
    """Return the manifest of that shape; raise InvalidValue for what no shape can tell."""
    mod, at = shape.mod, top / "mod"
    manifest = Manifest(
        id=read_id(mod.id, at / "id"),
        version=read_version(mod.version, at / "version"),
        name=mod.name or mod.id,
        entry=mod.entry and read_path(mod.entry, at / "entry"),
        api=mod.api,
        priority=mod.priority,
        authors=mod.authors,
        description=mod.description,
        license=mod.license,
        homepage=mod.homepage,
        repository=mod.repository,
        tags=tuple(sorted(set(mod.tags))),
        icon=mod.icon and read_path(mod.icon, at / "icon"),
        replaced_by=_replacement(mod.replaced_by, at / "replaced-by"),
        game=read_requirement(shape.game, top / "game") if shape.game else None,
        dependencies=read_dependencies(shape.dependencies, top / "dependencies"),
        optional_dependencies=read_requirements(
            shape.optional_dependencies, top / "optional-dependencies"
        ),
        recommends=read_dependencies(shape.recommends, top / "recommends"),
        suggests=read_requirements(shape.suggests, top / "suggests"),
        conflicts=read_requirements(shape.conflicts, top / "conflicts"),
        provides=tuple(_provisions(shape.provides, top / "provides")),
        after=read_ids(shape.order.after, top / "order" / "after"),
        before=read_ids(shape.order.before, top / "order" / "before"),
        tier=shape.order.tier,
        settings=tuple(_settings(shape)),
        permissions=_permissions(shape.permissions, top / "permissions"),
    )
    for id, place in _others(shape, top):
        if id == manifest.id:
            raise place.invalid(id, "the id of another mod")
    return manifest


def _replacement(entry: str | RequirementTable | None, place: Place) -> Requirement | None:
    if entry is None:
        return None
    table = RequirementTable(entry) if isinstance(entry, str) else entry
    return read_requirement(table, place)


def _provisions(entries: dict[str, str], place: Place) -> Iterator[Provision]:
    for id, version in sorted(entries.items()):
        yield Provision(read_id(id, place / id), read_version(version, place / id))


def _settings(shape: ManifestFile) -> Iterator[Setting]:
    for plugin, parameters in sorted(shape.parameters.items()):
        for key, entry in sorted(parameters.items()):
            if isinstance(entry, SettingTable):
                yield Setting(plugin, key, entry.value, entry.priority)
            else:
                yield Setting(plugin, key, entry)


def _permissions(table: PermissionsTable, place: Place) -> Permissions:
    files: dict[str, FileGrant] = {}
    for index, grant in enumerate(table.files):
        at = place / "files" / index / "path"
        path = read_path(grant.path, at)
        if files.setdefault(path, FileGrant(path, grant.mode)).mode != grant.mode:
            raise at.invalid(path, "a folder to read or a folder to write, not both")
    return Permissions(
        plugins=tuple(sorted(set(table.plugins))),
        files=tuple(files[path] for path in sorted(files)),
        clock=table.clock,
    )


def _others(shape: ManifestFile, top: Place) -> Iterator[tuple[str, Place]]:
    """Yield each id that must be another mod's, and where it stands."""
    by = shape.mod.replaced_by
    if by is not None:
        yield by if isinstance(by, str) else by.id, top / "mod" / "replaced-by"
    for kind in (
        "dependencies",
        "optional_dependencies",
        "recommends",
        "suggests",
        "conflicts",
        "provides",
    ):
        section = top / kind.replace("_", "-")
        for id, entry in getattr(shape, kind).items():
            yield id, section / id
            for index, one in enumerate(getattr(entry, "any_of", None) or ()):
                yield one.id, section / id / "any-of" / index / "id"
    for side in ("after", "before"):
        for index, id in enumerate(getattr(shape.order, side)):
            yield id, top / "order" / side / index

"""Everything that modpm can say went wrong, as data.

An error carries what happened, where, and what was expected; `modpm.cli.messages` is the one place
that turns it into sentences. `str(error)` is for logs and debuggers.
"""

from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(kw_only_default=True, eq_default=False)
class _Described(Exception):
    """Annotated names of a subclass are its fields: keyword-only, required without a default."""

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = tuple(name for name in cls.__annotations__ if name not in cls._fields)
        cls._fields = cls._fields + own

    def __init__(self, **data: object) -> None:
        super().__init__()
        missing = [name for name in self._fields if name not in data and not hasattr(self, name)]
        unknown = data.keys() - set(self._fields)
        if missing or unknown:
            raise TypeError(f"{type(self).__name__}: {missing=} unknown={sorted(unknown)}")
        for name, value in data.items():
            setattr(self, name, value)

    @property
    def data(self) -> dict[str, Any]:
        """The fields by name, for `--json` and for tests."""
        return {name: getattr(self, name) for name in self._fields}

    def __str__(self) -> str:
        return repr(self)

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name}={value!r}" for name, value in self.data.items() if value is not None
        )
        return f"{type(self).__name__}({shown})"


class ModpmError(_Described):
    """The base of every failure that modpm foresees.

    `hint` is what the reader can do next, where the place that raises knows better than the
    sentence for the class.
    """

    hint: str | None = None


# --- versions -------------------------------------------------------------------------------------


class InvalidVersion(ModpmError):
    """`text` is not X.Y.Z[-(alpha|beta|rc).N]; `nearest` is legal and close, if any is."""

    text: str
    nearest: str | None = None


class InvalidRange(ModpmError):
    """`text` is not a version range; `part` is the piece that is wrong."""

    text: str
    part: str


# --- files that people write ----------------------------------------------------------------------


class InvalidFile(ModpmError):
    """A file that modpm cannot accept. `line` and `column` count from 1, None where unknown."""

    file: str
    line: int | None = None
    column: int | None = None


class InvalidSyntax(InvalidFile):
    """Not TOML, or a key twice. `problem` is the parser's own sentence."""

    problem: str


class UnknownKey(InvalidFile):
    """A key that the format lacks. `key` is its dotted path, `allowed` are the keys that exist."""

    key: str
    allowed: tuple[str, ...]
    suggestion: str | None = None


class MissingKey(InvalidFile):
    """A key that the format requires."""

    key: str
    expected: str


class InvalidValue(InvalidFile):
    """A value of the wrong type or outside what is allowed. `expected` is a noun phrase."""

    key: str
    found: Any
    expected: str
    suggestion: str | None = None


class FileTooLarge(InvalidFile):
    """Larger than any honest file of its kind. Sizes in bytes."""

    size: int
    limit: int


# --- index and resolution -------------------------------------------------------------------------


class ResolutionError(ModpmError):
    """The wish cannot be met."""


class UnknownMod(ResolutionError):
    """No registry offers `id`. `wanted_by` is a mod id, or None for the loadout itself."""

    id: str
    wanted_by: str | None = None
    suggestion: str | None = None


class AmbiguousMod(ResolutionError):
    """Several registries offer `id`, and the loadout does not say which one it means."""

    id: str
    registries: tuple[str, ...]


class Unsatisfiable(ResolutionError):
    """No set of releases meets every requirement.

    `causes` are those that clash, `proof` the steps to that, and `fixes` changes to the loadout
    that were shown to work: `Cause`, `Step` and `Fix` of `modpm.resolve.problem`. `retry` is the
    command that takes the number of a fix, as a player types it.
    """

    causes: tuple[Any, ...]
    proof: tuple[Any, ...] = ()
    fixes: tuple[Any, ...] = ()
    retry: str = "modpm fix"


class NoSuchFix(ResolutionError):
    """There are only `count` fixes, and `number` is none of theirs."""

    number: int
    count: int


class GameTooOld(ResolutionError):
    """A fix needs the version `wanted` of the game `id`, and another is installed."""

    id: str
    wanted: Any


class Undecided(ResolutionError):
    """The resolver has neither an answer nor a proof of none, after so many seconds if any."""

    seconds: float | None = None


class Cycle(ResolutionError):
    """Mods that must each load before the other: the shortest cycle of each knot of them.

    `cycles` are sequences of `order.Edge` values.
    """

    cycles: tuple[tuple[Any, ...], ...]


class UnknownTier(ResolutionError):
    """The loadout gives `mod` a tier that the game lacks; `known` are those that it has."""

    mod: str
    tier: str
    known: tuple[str, ...]
    suggestion: str | None = None


class ExclusiveConflict(ResolutionError):
    """Two mods claim different values for a parameter whose strategy is `exclusive`."""

    plugin: str
    key: str
    claims: tuple[Any, ...]


class UnfitStrategy(ResolutionError):
    """A merge for a parameter that it makes no sense for; `expected` is what the merge is for."""

    parameter: str
    strategy: str
    expected: str


class UnfitPin(ResolutionError):
    """A value that the pinned parameter does not take; or no such parameter: `expected` is None."""

    parameter: str
    value: Any
    expected: str | None = None
    suggestion: str | None = None


# --- lock -----------------------------------------------------------------------------------------


class LockError(ModpmError):
    """The lockfile cannot serve."""


class MissingLock(LockError):
    """There is no lockfile where one is required."""

    file: str


class StaleLock(LockError):
    """The lockfile no longer answers the loadout. `reasons` are `lockfile.Stale` values."""

    file: str
    reasons: tuple[Any, ...]


class Redecided(LockError):
    """The locked mods come to other decisions now. `changes` are `lockfile.Redecision` values."""

    file: str
    changes: tuple[Any, ...]


class NewerLock(LockError):
    """Written by a modpm with a newer major lock version than this one reads."""

    file: str
    found: str
    supported: str


class InvalidLock(InvalidFile, LockError):
    """Truncated, merged with conflicts, or edited into something else."""

    problem: str


# --- registry and store ---------------------------------------------------------------------------


class RegistryError(ModpmError):
    """A registry cannot serve."""


class RegistryNotFound(RegistryError):
    """The registry `name` points to `location`, and nothing is there."""

    name: str
    location: str


class UnsupportedRegistry(RegistryError):
    """The registry `name` is at an address of a `scheme` that this modpm cannot read."""

    name: str
    location: str
    scheme: str


class UnknownRelease(RegistryError):
    """The registry `name` offers no such release of `id`."""

    name: str
    id: str
    version: str


class DuplicateRelease(RegistryError):
    """Several `files` of one registry claim to be the same release, with different content."""

    id: str
    version: str
    files: tuple[str, ...]


class InvalidIndex(RegistryError):
    """The index `file` is not one, or is of a format that this modpm does not know."""

    file: str
    line: int | None
    problem: str


class MetadataOnly(RegistryError):
    """Registries know these `mods` (ids) by their metadata alone: there is nothing to fetch."""

    mods: tuple[str, ...]


class Offline(RegistryError):
    """`--offline` was asked for and `what` is not on this machine."""

    what: str


class VerificationError(ModpmError):
    """Bytes are not what they were promised to be."""


class HashMismatch(VerificationError):
    """`what` has another sha256 (or size) than the index or the lock says."""

    what: str
    expected: str
    found: str


class ManifestMismatch(VerificationError):
    """The manifest in `file` names another mod or version than the file's name or index entry."""

    file: str
    expected: str
    found: str


class CorruptArchive(VerificationError):
    """`archive` cannot be read as a zip file."""

    archive: str
    problem: str


class HostileArchive(VerificationError):
    """`archive` holds a `member` that modpm refuses to write. `rule` names the rule it breaks."""

    archive: str
    member: str
    rule: str


class Damaged(VerificationError):
    """`verify` found `damages`: `store.Damage` values. `mods` are ids, by their sha256."""

    damages: tuple[Any, ...]
    mods: dict[str, str]


class StoreError(ModpmError):
    """The disk does not let modpm read or write `path`; `reason` is often the system's word."""

    path: str
    reason: str


class Busy(ModpmError):
    """Another modpm process has held `path` for `seconds`."""

    path: str
    seconds: float


# --- session --------------------------------------------------------------------------------------


class NoLoadout(ModpmError):
    """No loadout.toml in `folder` or above it."""

    folder: str


class NoGame(ModpmError):
    """No game.toml above the mod at the path `mod` to play it in."""

    mod: str


class AlreadyExists(ModpmError):
    """A command would overwrite `path`."""

    path: str


class NotBuilt(ModpmError):
    """The folder `path` of a mod lacks its entry."""

    mod: str
    path: str
    entry: str


class NothingToBuild(ModpmError):
    """The mod in a folder is not source of one language. `found` and `known` are file names."""

    mod: str
    entry: str | None
    found: tuple[str, ...]
    known: tuple[str, ...]


class MissingTool(ModpmError):
    """A build needs a tool that is not installed. `install` is the command that gets it."""

    tool: str
    install: str


class BuildFailed(ModpmError):
    """A tool refused a mod's source, and said why in `output`."""

    tool: str
    output: str


class NotInLoadout(ModpmError):
    """A command names a mod that the loadout does not have."""

    id: str
    suggestion: str | None = None


class NotGranted(ModpmError):
    """Mods ask for what the player did not grant. `requests` are `lockfile.Request` values."""

    requests: tuple[Any, ...]


class UnknownParameter(ModpmError):
    """The game has no plugin, parameter or exclusive hook of that `name`."""

    name: str
    suggestion: str | None = None


class NoClaim(ModpmError):
    """A mod is to win a parameter, but claims nothing of it, or not what it takes: `expected`.

    `others` are the mods that do claim something.
    """

    mod: str
    parameter: str
    others: tuple[str, ...]
    expected: str | None = None


class UnknownGame(ModpmError):
    """The loadout's game has no game.toml beside it or in its registries."""

    id: str
    searched: tuple[str, ...]


class InvalidRecording(InvalidFile):
    """Not a recording of a play. `problem` says why."""

    problem: str


class NotAsRecorded(ModpmError):
    """A replay is not what was recorded; first in that `turn`, None if others played.

    `expected` and `found` are lines, None where nothing more happened.
    """

    file: str
    turn: int | None
    expected: str | None
    found: str | None


# --- runtime --------------------------------------------------------------------------------------


class ModError(ModpmError):
    """A mod, or a call on a mod, failed. `mod` is its id."""

    mod: str


class LoadFailed(ModError):
    """The mod did not load. `reason` is one sentence; the place is in the mod's code."""

    reason: str
    file: str | None = None
    line: int | None = None
    column: int | None = None


class ExecutionFailed(ModError):
    """A function of the mod failed while it ran; `limit` names the limit that it hit, if any."""

    function: str
    reason: str
    limit: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


class NotFound(ModError):
    """No such mod is loaded, or its file does not exist."""

    path: str | None = None


class InvalidFormat(ModError):
    """The file is not a mod that this loader can run."""

    path: str
    reason: str


class Refused(ModError):
    """The host does not do what a mod asks. `reason` is one sentence, for the mod's author."""

    reason: str

    def __str__(self) -> str:
        return self.reason


class PluginNotFound(Refused):
    """The game has no plugin of that name."""

    plugin: str
    suggestion: str | None = None


class FunctionNotFound(ModError):
    """The mod has no such function."""

    function: str


class Io(ModError):
    """The operating system refused a file of the mod."""

    path: str
    reason: str

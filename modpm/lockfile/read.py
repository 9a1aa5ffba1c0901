"""Reading loadout.lock, strictly: what a merge or a hand has broken is found, with its line."""

import re
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from modpm.conflict.claims import Claim, Decision, Phase, spelled
from modpm.document import Table, read
from modpm.errors import (
    Cycle,
    InvalidFile,
    InvalidLock,
    InvalidSyntax,
    InvalidValue,
    InvalidVersion,
    MissingKey,
    NewerLock,
    UnknownKey,
)
from modpm.fields import id_problem
from modpm.game import NORMAL, TIERS
from modpm.lockfile.lock import Lock, LockedMod
from modpm.lockfile.write import LOCK_VERSION
from modpm.manifest import Kind, Provision
from modpm.order import order
from modpm.versions import Version, parse_version

_MAJOR, _MINOR = map(int, LOCK_VERSION.split("."))

_VERSION = re.compile(
    r'^lock-version[ \t]*=[ \t]*"([0-9]{1,9})\.([0-9]{1,9})"[ \t\r]*$', re.MULTILINE
)
_MARK = re.compile(r"^(?:<{7} |={7}$|>{7} |\|{7} )", re.MULTILINE)


class _Path(Table, frozen=True):
    path: Annotated[str, Meta(min_length=1)]


class _Mod(Table, frozen=True):
    id: str
    version: str
    source: str | _Path
    kind: Kind
    size: Annotated[int, Meta(title="a size in bytes", ge=0)]
    sha256: Annotated[str, Meta(title="64 hexadecimal digits", pattern=r"^[0-9a-f]{64}$(?!\n)")]
    priority: int | None = None
    provides: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    recommends: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    player_after: tuple[str, ...] = ()
    tier: str | None = None
    player_tier: str | None = None
    overrides: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


class _Claim(Table, frozen=True):
    mod: str
    value: Any = None
    priority: int = 0
    phase: Phase = "declared"


class _Decision(Table, frozen=True):
    plugin: str
    key: str
    strategy: str
    value: Any = None
    winner: str | None = None
    claims: tuple[_Claim, ...] = ()


class _File(Table, frozen=True):
    lock_version: str
    game: str | None = None
    game_version: str | None = None
    tiers: tuple[str, ...] = TIERS
    mod: tuple[_Mod, ...] = ()
    decision: tuple[_Decision, ...] = ()


class _Newer(Struct, frozen=True, rename="kebab"):
    """The same, for a newer minor version: keys that this modpm does not know are passed over."""

    lock_version: str
    game: str | None = None
    game_version: str | None = None
    tiers: tuple[str, ...] = TIERS
    mod: tuple[dict[str, Any], ...] = ()
    decision: tuple[dict[str, Any], ...] = ()


def loads(text: str, file: str) -> Lock:
    """Return the lock that `text`, of any length, holds; raise InvalidLock or NewerLock."""
    mark = _MARK.search(text)
    if mark:
        problem = "a merge left its conflict marks in it"
        raise _invalid(file, problem, line=text.count("\n", 0, mark.start()) + 1)
    found = _VERSION.search(text)
    major, minor = (int(found[1]), int(found[2])) if found else (_MAJOR, _MINOR)
    if major > _MAJOR:
        raise NewerLock(file=file, found=f"{major}.{minor}", supported=LOCK_VERSION)
    newer = (major, minor) > (_MAJOR, _MINOR)
    try:
        if newer:
            content = _known(read(text, file, _Newer, limit=None))
        else:
            content = read(text, file, _File, limit=None)
    except msgspec.ValidationError as error:
        raise _invalid(file, str(error)) from None
    except InvalidFile as error:
        raise _invalid(file, _sentence(error), error.line, error.column) from None
    if content.lock_version != (f"{major}.{minor}" if newer else LOCK_VERSION):
        raise _invalid(file, f'lock-version is not "{LOCK_VERSION}"')
    return _Reader(text, file).lock(content, content.lock_version if newer else None)


def _known(newer: _Newer) -> _File:
    content = {
        "lock-version": newer.lock_version,
        "game": newer.game,
        "game-version": newer.game_version,
        "tiers": newer.tiers,
        "mod": [_only(table, _Mod) for table in newer.mod],
        "decision": [_only(table, _Decision) for table in newer.decision],
    }
    return msgspec.convert(content, _File)


def _only(table: dict[str, Any], shape: type[Struct]) -> dict[str, Any]:
    names = {field.encode_name for field in msgspec.structs.fields(shape)}
    return {key: value for key, value in table.items() if key in names}


def _invalid(
    file: str, problem: str, line: int | None = None, column: int | None = None
) -> InvalidLock:
    return InvalidLock(file=file, line=line, column=column, problem=problem)


def _sentence(error: InvalidFile) -> str:
    match error:
        case InvalidSyntax():
            return error.problem
        case UnknownKey():
            return f"{error.key} is no key of a lockfile"
        case MissingKey():
            return f"{error.key} is missing"
        case InvalidValue():
            return f"{error.key} is not {error.expected}"
        case _:
            return "it is too large"


class _Reader:
    """What the shapes of the tables cannot say: ids that must exist, and edges without a cycle."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file

    def lock(self, content: _File, newer: str | None) -> Lock:
        mods = tuple(sorted(map(self._mod, content.mod), key=lambda mod: mod.id))
        decisions = tuple(map(self._decision, content.decision))
        self._once("mod", [mod.id for mod in mods])
        self._once("decision", [spelled(decision.at) for decision in decisions])
        lock = Lock(
            mods=mods,
            decisions=tuple(sorted(decisions, key=lambda d: d.at)),
            game=content.game,
            game_version=self._version(content.game_version) if content.game_version else None,
            newer=newer,
            tiers=self._tiers(content.tiers),
        )
        self._connected(lock)
        return lock

    def _mod(self, mod: _Mod) -> LockedMod:
        if id_problem(mod.id):
            raise self._problem(f'"{mod.id[:80]}" is no mod id', mod.id, "id = ")
        return LockedMod(
            id=mod.id,
            version=self._version(mod.version),
            kind=mod.kind,
            size=mod.size,
            sha256=mod.sha256,
            source=None if isinstance(mod.source, _Path) else mod.source,
            path=mod.source.path if isinstance(mod.source, _Path) else None,
            priority=mod.priority,
            provides=tuple(map(self._provision, mod.provides)),
            dependencies=_sorted(mod.dependencies),
            unordered=_sorted(mod.unordered),
            recommends=_sorted(mod.recommends),
            after=_sorted(mod.after),
            player_after=_sorted(mod.player_after),
            tier=mod.tier,
            player_tier=mod.player_tier,
            overrides=_sorted(mod.overrides),
            permissions=_sorted(mod.permissions),
        )

    def _decision(self, decision: _Decision) -> Decision:
        plugin, key = decision.plugin, decision.key
        claims = (Claim(c.mod, plugin, key, c.value, c.priority, c.phase) for c in decision.claims)
        return Decision(
            plugin, key, decision.strategy, decision.value, decision.winner, tuple(claims)
        )

    def _tiers(self, tiers: tuple[str, ...]) -> tuple[str, ...]:
        if NORMAL not in tiers or len(set(tiers)) < len(tiers):
            raise self._problem("its tiers are no different names with normal among them", NORMAL)
        return tiers

    def _provision(self, text: str) -> Provision:
        id, _, version = text.partition("@")
        return Provision(id, self._version(version))

    def _version(self, text: str) -> Version:
        try:
            return parse_version(text)
        except InvalidVersion:
            raise self._problem(f'"{text[:80]}" is no version', text) from None

    def _once(self, kind: str, names: list[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self._problem(f"the {kind} {name} is there twice", name, "id = ")
            seen.add(name)

    def _connected(self, lock: Lock) -> None:
        ids = {mod.id for mod in lock.mods}
        for mod in lock.mods:
            for named in (*mod.dependencies, *mod.recommends, *mod.after, *mod.player_after):
                if named not in ids:
                    raise self._problem(f"{mod.id} names {named[:80]}, which is not in it", named)
        try:
            order(ids, lock.edges())
        except Cycle as error:
            first = error.cycles[0][0]
            problem = f"{first.then} and {first.first} each load before the other"
            raise self._problem(problem, first.first) from None

    def _problem(self, problem: str, quoted: str, key: str = "") -> InvalidLock:
        """Return the error with the last line on which the key has, or anything is, that text."""
        at = self._text.rfind(f'{key}"{quoted}"')
        line = self._text.count("\n", 0, at) + 1 if at >= 0 else None
        return _invalid(self._file, problem, line)


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))

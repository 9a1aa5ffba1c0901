"""Values of other rooms as phrases: why nothing fits, why a lock is stale, what changed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modpm.lockfile import Change
from modpm.versions import Version, spell

if TYPE_CHECKING:
    from modpm.lockfile import Request, Stale
    from modpm.order import Edge
    from modpm.requirement import Requirement
    from modpm.resolve.problem import Cause

SHOWN = 5
"""Versions that a sentence names; more would hide the rest of it."""

VERBS = {
    "wish": "wants",
    "dependency": "needs",
    "optional dependency": "goes only with",
    "conflict": "cannot be with",
    "game": "is for the game",
}


def clause(cause: "Cause") -> str:
    """Return one requirement that clashes as a clause."""
    if cause.kind == "disabled":
        return f"the loadout disables `{cause.wanted_by}`"
    wants = " or ".join(_want(cause, place) for place in range(len(cause.wants)))
    override = " (the loadout overrides its author)" if cause.overridden else ""
    return f"{_subject(cause)} {VERBS[cause.kind]} {wants}{override}"


def _subject(cause: "Cause") -> str:
    if cause.wanted_by is None:
        return "the loadout"
    if cause.every or cause.range == "*":
        return f"`{cause.wanted_by}`"
    text = ranged(cause.range, cause.versions) or _versions(cause.versions)
    return f"`{cause.wanted_by}` {text}"


def ranged(range: str | None, versions: Sequence[Version]) -> str | None:
    """Return what a range calls versions that are there: of one it is =1.2.0, and that is 1.2.0."""
    pinned = range is not None and range.startswith("=") and len(versions) == 1
    return spell(versions[0]) if pinned else range


def _want(cause: "Cause", place: int) -> str:
    """Return what is wanted, who provides it, and what there is instead if none of it will do."""
    want, available = cause.wants[place], cause.available[place]
    text = f"`{want.id}`" + ("" if want.range.text == "*" else f" {want.range.text}")
    if cause.kind == "game":
        return f"{text}, not {_versions(available) or 'this one'}"
    providers = cause.providers[place]
    if providers:
        return f"{text} (provided by {_few([f'`{id}`' for id in providers])})"
    if cause.kind == "conflict" or any(version in want.range for version in available):
        return text
    there = _there(want, available, cause.yanked[place])
    return f"{text} ({there or _nothing(cause.meant[place])})"


def _there(want: "Requirement", available: Sequence[Version], yanked: Sequence[Version]) -> str:
    early = [version for version in available if want.range.contains(version, prereleases=True)]
    plain = [version for version in available if version not in early]
    told = [
        f"{word}: {_versions(versions)}"
        for word, versions in (("available", plain), ("pre-release", early), ("yanked", yanked))
        if versions
    ]
    return "; ".join(told)


def _nothing(meant: str | None) -> str:
    return "no registry offers it" + (f"; did you mean `{meant}`?" if meant else "")


def _versions(versions: Sequence[Version]) -> str:
    return _few([*map(spell, versions)])


def _few(texts: Sequence[str]) -> str:
    return ", ".join([*texts[:SHOWN], *(["..."] if len(texts) > SHOWN else [])])


def reason(reason: "Stale | Change") -> str:
    """Return why a lock no longer answers its loadout, or what would become of it, as a clause."""
    return change(reason) if isinstance(reason, Change) else stale(reason)


def stale(reason: "Stale") -> str:
    """Return why a lock no longer answers its loadout as a clause."""
    id = f"`{reason.id}`"
    match reason.problem:
        case "missing":
            return f"{id} is wanted and not locked"
        case "unwanted":
            return f"{id} is locked and nothing wants it"
        case "disabled":
            return f"{id} is locked and the loadout disables it"
        case "content":
            return f"{id} has other files than when it was locked"
        case "decision" if reason.wanted == reason.locked:
            return f"{id} does not come out as the lock has it"
        case "order" if reason.wanted:
            return f"{id} is to load after `{reason.wanted}`"
        case "order":
            return f"{id} need not load after `{reason.locked}` any more"
    what = "" if reason.problem == "version" else f"{reason.problem.replace('-', ' ')} "
    wanted, locked = reason.wanted or "none", reason.locked or "none"
    return f"{id}: the loadout says {what}{wanted}, the lock says {locked}"


def because(edge: "Edge") -> str:
    """Return who asks that one mod loads before another, as a clause."""
    match edge.source:
        case "player":
            return "by your word"
        case "dependency":
            return f"`{edge.by}` needs it"
        case "optional dependency":
            return f"`{edge.by}` loads after it where it is there"
        case _:
            return f"`{edge.by}` asks for it"


def change(change: Change) -> str:
    """Return what became of one mod, with a sign that catches the eye."""
    match change.kind:
        case "added":
            return f"+ {change.id} {_spelled(change.new)}"
        case "removed":
            return f"- {change.id} {_spelled(change.old)}"
        case "changed":
            return f"~ {change.id} {_spelled(change.new)} (other content)"
    return f"~ {change.id} {_spelled(change.old)} -> {_spelled(change.new)}"


def _spelled(version: Version | None) -> str:
    return "" if version is None else spell(version)


def request(request: "Request") -> str:
    """Return what a mod asks for that was not granted, as a clause."""
    return f"`{request.id}` {spell(request.version)} {asks(request)} {allowed(request.permissions)}"


def asks(request: "Request") -> str:
    """Return the verb for a mod that asks, or that asks again."""
    return "now also asks to" if request.grown else "asks to"


def allowed(permissions: Sequence[str]) -> str:
    """Return what the permissions of a lock let a mod do, in one line."""
    return ", ".join(map(may, permissions))


def may(permission: str) -> str:
    """Return one permission of a lock as what the mod may do."""
    kind, _, rest = permission.partition(":")
    mode, _, path = rest.partition(":")
    match kind, mode:
        case "plugins", "*":
            return "control every plugin"
        case "plugins", _:
            return f"control {rest}"
        case "files", "read":
            return f"read its own folder {path}"
        case "files", "write":
            return f"keep files in its save folder {path}"
        case "clock", _:
            return "know the time"
    return permission

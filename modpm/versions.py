"""Versions and ranges of versions: thin names over `packaging.version` and `packaging.ranges`.

Mods publish X.Y.Z[-(alpha|beta|rc).N], the grammar on which SemVer and PEP 440 order alike. A range
is pieces such as `^1.2`, joined by `,` (and) and `||` (or). As in SemVer, an incomplete version
stands for all versions that begin with it: `>1` starts at 2.0.0, `<=1.2` ends before 1.3.0.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from msgspec import Struct
from packaging.version import Version

from modpm.errors import InvalidRange, InvalidVersion

if TYPE_CHECKING:
    from packaging.ranges import VersionRange

__all__ = ["Range", "Version", "parse_range", "parse_version", "spell"]

VERSION_LENGTH = 64
RANGE_LENGTH = 256

Interval = tuple[Version | None, Version | None]
"""From the first version on, up to and without the second; None is open."""

_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_EARLY = rf"-(?P<label>alpha|beta|rc)\.(?P<serial>{_NUMBER})"
VERSION_PATTERN = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-(?:alpha|beta|rc)\.{_NUMBER})?"

_VERSION = re.compile(rf"(?P<release>{_NUMBER}\.{_NUMBER}\.{_NUMBER})(?:{_EARLY})?")
_PIECE = re.compile(
    rf"(?P<operator>[\^~]|[=<>!]=|[=<>]|)[ \t]*"
    rf"(?P<release>{_NUMBER}(?:\.{_NUMBER}){{0,2}})(?:(?P<wild>(?:\.[xX*])+)|{_EARLY})?"
)
_LOOSE = re.compile(
    r"[vV=\s]*(?P<release>[0-9]{1,18}(?:\.[0-9]{1,18}){0,2})"
    r"(?P<early>[-._]?(?P<label>[a-zA-Z]+)[-._]?(?P<serial>[0-9]{1,18})?|-(?P<only>[0-9]{1,18}))?"
    r"\s*(?P<tail>.*)",
    re.ASCII | re.DOTALL,
)
_PACKAGING = {"alpha": "a", "beta": "b", "rc": "rc"}
_SPELLED = {short: label for label, short in _PACKAGING.items()}
_ALIKE = {"b": "beta", "beta": "beta", "c": "rc", "rc": "rc", "pre": "rc", "preview": "rc"}


class _Alternative(Struct, frozen=True):
    """What stands between two `||`: a version fits if every piece has an interval that holds it.

    `early` are the releases (X, Y, Z) of which a piece names a pre-release.
    """

    pieces: tuple[tuple[Interval, ...], ...]
    early: frozenset[tuple[int, ...]]

    def holds(self, version: Version) -> bool:
        for piece in self.pieces:  # plain loops: the resolver asks this most of all
            for low, high in piece:
                if (low is None or low <= version) and (high is None or version < high):
                    break
            else:
                return False
        return True

    def among(self, versions: Sequence[Version]) -> int:
        found = -1  # plain loops: the resolver asks this of every range
        for piece in self.pieces:
            inside = 0
            for low, high in piece:
                start = 0 if low is None else bisect_left(versions, low)
                end = len(versions) if high is None else bisect_left(versions, high)
                inside |= (1 << end) - 1 >> start << start
            found &= inside
        return found


class Range(Struct, frozen=True):
    """A set of versions, and the text that its author wrote.

    `version in range` follows node-semver's pre-release rule: a pre-release is inside only if the
    text names a pre-release of the same X.Y.Z. Who asks for 2.0.0-beta.1 does not ask for
    every beta that will ever be.
    """

    text: str
    alternatives: tuple[_Alternative, ...]

    def __contains__(self, version: Version) -> bool:
        return self.contains(version)

    def __hash__(self) -> int:
        return hash(self.text)

    def contains(self, version: Version, prereleases: bool = False) -> bool:
        """Return whether the version is inside; `prereleases` need no naming if allowed."""
        must_name = version.is_prerelease and not prereleases
        return any(
            alternative.holds(version)
            for alternative in self.alternatives
            if not must_name or version.release in alternative.early
        )

    def among(self, versions: Sequence[Version]) -> int:
        """Return which of `versions`, sorted, are inside by their order alone: a bit for each."""
        found = 0
        for alternative in self.alternatives:
            found |= alternative.among(versions)
        return found

    @property
    def allowed(self) -> "VersionRange":
        """The same set, pre-releases included by their order alone, for set algebra."""
        return _lower(self)


@lru_cache(maxsize=1 << 16)
def parse_version(text: str) -> Version:
    """Return the version that `text` spells; raise InvalidVersion with the nearest legal one."""
    match = _VERSION.fullmatch(text) if len(text) <= VERSION_LENGTH else None
    if match is None:
        raise InvalidVersion(text=_short(text), nearest=_nearest(text))
    return _version(match)


def spell(version: Version) -> str:
    """Return the version in the grammar that mods publish, such as 2.0.0-rc.1."""
    text = f"{version.major}.{version.minor}.{version.micro}"
    if version.pre is None:
        return text
    label, serial = version.pre
    return f"{text}-{_SPELLED[label]}.{serial}"


@lru_cache(maxsize=1 << 16)
def parse_range(text: str) -> Range:
    """Return the range that `text` spells; raise InvalidRange naming the piece that is wrong."""
    if len(text) > RANGE_LENGTH:
        raise InvalidRange(
            text=_short(text),
            part=_short(text),
            hint=f"a range has at most {RANGE_LENGTH} letters",
        )
    return Range(text.strip(), tuple(_alternative(text, part) for part in text.split("||")))


def _alternative(text: str, alternative: str) -> _Alternative:
    pieces: list[tuple[Interval, ...]] = []
    early: set[tuple[int, ...]] = set()
    for part in map(str.strip, alternative.split(",")):
        if part == "*":
            pieces.append(((None, None),))
            continue
        match = _PIECE.fullmatch(part)
        problem = _problem(part, match)
        if match is None or problem:
            raise InvalidRange(text=text, part=part, hint=problem)
        pieces.append(_intervals(match))
        if match["label"] and match["operator"] != "!=":
            early.add(_release(match))
    return _Alternative(tuple(pieces), frozenset(early))


def _problem(part: str, match: re.Match[str] | None) -> str | None:
    """Return what to do about a piece that looks like a range elsewhere and is not one here."""
    if match is None:
        if re.search(r"[0-9xX*]\s+[\^~<>=!0-9]", part):
            return "join the pieces of a range with a comma, such as >=1.2, <2"
        return None
    if not (match["operator"] or match["wild"]):
        return f"write ^{part} for that and later compatible versions, or ={part} for exactly that"
    written = match["release"].count(".") + 1
    if written + (match["wild"] or "").count(".") > 3:
        return "a version has three numbers"
    if match["label"] and written < 3:
        return "only a complete version, such as 1.2.0-beta.1, can be a pre-release"
    return None


def _intervals(match: re.Match[str]) -> tuple[Interval, ...]:
    """Lower one piece: `first` is the lowest version it names, `after` the first above all."""
    release, operator = _release(match), match["operator"]
    before = first = _before(release)
    after = _next(release, len(release) - 1)
    if len(release) == 3:
        first = _version(match)
        after = first.__replace__(post=0, dev=0)
        before = first if first.is_prerelease else before
    match operator:
        case "<":
            return ((None, before),)
        case "<=":
            return ((None, after),)
        case ">":
            return ((after, None),)
        case ">=":
            return ((first, None),)
        case "!=":
            return (None, first), (after, None)
        case "^":
            leading = next((i for i, number in enumerate(release) if number), len(release) - 1)
            return ((first, _next(release, leading)),)
        case "~":
            return ((first, _next(release, min(1, len(release) - 1))),)
        case _:
            return ((first, after),)


def _release(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, match["release"].split(".")))


def _version(match: re.Match[str]) -> Version:
    pre = (_PACKAGING[match["label"]], int(match["serial"])) if match["label"] else None
    return Version.from_parts(release=_release(match), pre=pre)


def _before(release: tuple[int, ...]) -> Version:
    """Return what lies below every version of the release, its pre-releases too."""
    return Version.from_parts(release=release, dev=0)


def _next(release: tuple[int, ...], position: int) -> Version:
    return _before((*release[:position], release[position] + 1))


@lru_cache(maxsize=1 << 12)
def _lower(range: Range) -> "VersionRange":
    from packaging.ranges import VersionRange
    from packaging.specifiers import SpecifierSet

    def below(version: Version) -> VersionRange:
        return ~SpecifierSet(f">={version}").to_range()

    def between(interval: Interval) -> VersionRange:
        low, high = interval
        start = everything if low is None else ~below(low)
        return start if high is None else start & below(high)

    everything = VersionRange.full(admit_arbitrary=False)
    return reduce(
        or_,
        (
            reduce(and_, (reduce(or_, map(between, piece)) for piece in alternative.pieces))
            for alternative in range.alternatives
        ),
    )


def _nearest(text: str) -> str | None:
    """Return the legal spelling of what other version schemes write, such as v1.2 or 1.0.0b3."""
    match = _LOOSE.match(text) if len(text) <= VERSION_LENGTH else None
    if match is None:
        return None
    major, minor, micro, *_ = [*map(int, match["release"].split(".")), 0, 0]
    release = f"{major}.{minor}.{micro}"
    if match["tail"] or not match["early"]:
        return release
    label = (match["label"] or "").lower()
    return f"{release}-{_ALIKE.get(label, 'alpha')}.{int(match['serial'] or match['only'] or 1)}"


def _short(text: str) -> str:
    return text if len(text) <= VERSION_LENGTH else text[: VERSION_LENGTH - 1] + "…"

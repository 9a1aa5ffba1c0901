"""Versions and ranges of versions: thin names over `packaging.version` and `packaging.ranges`.

Mods publish X.Y.Z[-(alpha|beta|rc).N], the grammar on which SemVer and PEP 440 order alike.
"""

from msgspec import Struct
from packaging.ranges import VersionRange
from packaging.version import Version

__all__ = ["Range", "Version", "parse_range", "parse_version", "spell"]


class Range(Struct, frozen=True):
    """A set of versions, and the text that its author wrote.

    `version in range` follows the pre-release rule: a pre-release is inside only if the text names one.
    """

    text: str
    allowed: VersionRange

    def __contains__(self, version: Version) -> bool:
        raise NotImplementedError


def parse_version(text: str) -> Version:
    """Return the version that `text` spells; raise InvalidVersion with the nearest legal spelling."""
    raise NotImplementedError


def spell(version: Version) -> str:
    """Return the version in the grammar that mods publish, such as 2.0.0-rc.1."""
    raise NotImplementedError


def parse_range(text: str) -> Range:
    """Return the range that `text` spells; raise InvalidRange naming the piece that is wrong."""
    raise NotImplementedError

"""What an archive's members may be called, so that every system can write them as named."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from modpm.fields import is_reserved

LONGEST_NAME = 240
"""Bytes of UTF-8: leaves room for a store's own path."""
DEEPEST = 32
MOST_MEMBERS = 10_000
LARGEST = 1 << 30
"""Bytes of all members, unpacked."""
LARGEST_RATIO = 100
"""Unpacked to packed, once more than `HARMLESS` bytes would be written."""
HARMLESS = 16 << 20


WHOLE = "the archive"
"""What errors name as the member where no single one is at fault."""


class Rule(StrEnum):
    """Why a member is refused: what can be said of it."""

    ABSOLUTE = "is an absolute path"
    PARENT = "has '..' in its path"
    EMPTY_PART = "has an empty part in its path"
    CHARACTER = "has a character that Windows does not allow in names"
    CONTROL = "has a control or invisible character in its name"
    RESERVED = "has a name that Windows keeps for devices"
    TRAILING = "has a part that ends with a dot or a blank"
    TOO_LONG = "has a name longer than 240 bytes"
    TOO_DEEP = "lies more than 32 folders deep"
    NOT_NFC = "has a name that is not in Unicode's composed form (NFC)"
    ENCODING = "has a name that is not marked as UTF-8"
    DUPLICATE = "is there twice"
    SAME_NAME = "has a name that differs from another only in case"
    FILE_AND_FOLDER = "is both a file and a folder"
    LINK = "is a symbolic link"
    SPECIAL = "is neither a file nor a folder"
    ENCRYPTED = "is encrypted"
    METHOD = "is compressed by a method other than deflate"
    VERSION = "needs a version of zip that does not exist"
    FLAGS = "has flags that an ordinary zip does not have"
    HEADERS = "has two headers that disagree"
    OVERLAP = "shares bytes with another member"
    HIDDEN = "has bytes around it that belong to no member"
    ZIP64 = "has zip64 sizes, which no mod needs"
    SIZE = "has more or fewer bytes than it says"
    TOO_MANY = "has more than 10,000 files"
    TOO_LARGE = "is too large"
    RATIO = "is compressed more than 100 to 1"


_FORBIDDEN = frozenset('\\:*?"<>|')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # HFS+ ignores Cf when it compares names


def broken(name: str) -> Rule | None:
    """Return the first rule that `name`, a path with "/" between its parts, breaks."""
    if name.startswith("/"):
        return Rule.ABSOLUTE
    if any(unicodedata.category(char) in _INVISIBLE for char in name):
        return Rule.CONTROL
    if len(name.encode()) > LONGEST_NAME:
        return Rule.TOO_LONG
    if not unicodedata.is_normalized("NFC", name):
        return Rule.NOT_NFC
    if not _FORBIDDEN.isdisjoint(name):
        return Rule.CHARACTER
    parts = name.split("/")
    if len(parts) > DEEPEST + 1:
        return Rule.TOO_DEEP
    return next((rule for part in parts if (rule := _broken_part(part))), None)


def _broken_part(part: str) -> Rule | None:
    if not part:
        return Rule.EMPTY_PART
    if part == "..":
        return Rule.PARENT
    if part[-1] in ". ":
        return Rule.TRAILING
    return Rule.RESERVED if is_reserved(part) else None


def collision(members: Iterable[tuple[str, bool]]) -> tuple[str, Rule] | None:
    """Return the first of `members` (name, is a folder) that cannot stand beside those before it.

    Names are compared by folder, as file systems that ignore case do: "A/x" and "a/y" collide.
    """
    seen: dict[str, tuple[str, bool]] = {}
    listed: set[str] = set()
    for name, is_folder in members:
        if name in listed:
            return name, Rule.DUPLICATE
        listed.add(name)
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            path, folder = "/".join(parts[:depth]), is_folder or depth < len(parts)
            spelling, was_folder = seen.setdefault(_folded(path), (path, folder))
            if spelling != path:
                return name, Rule.SAME_NAME
            if folder != was_folder:
                return name, Rule.FILE_AND_FOLDER
    return None


def _folded(path: str) -> str:
    # upper() first joins what casefold() keeps apart and Windows does not, such as dotless i and I
    return unicodedata.normalize("NFC", path.upper().casefold())

"""Names as people sort them."""

import re

_DIGIT = re.compile("[0-9]")
_NUMBER = re.compile("[0-9]+")


def natural(id: str) -> str:
    """Return a sort key that counts digits as numbers: mod-2 before mod-10.

    A number stands behind its length, after a character that no name has; the name itself tells
    mod-2 from mod-02.
    """
    if not _DIGIT.search(id):
        return id
    return f"{_NUMBER.sub(_counted, id)}\0\0{id}"


def _counted(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    return f"\0{chr(len(digits) + 1)}{digits}"

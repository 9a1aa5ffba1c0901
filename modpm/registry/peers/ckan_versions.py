"""CKAN's versions, which may be any text, as X.Y.Z in the same order.

CKAN compares an epoch, then letters and digits in turn, as Debian does. Where all versions of a mod
are one to three numbers, and those order them alike, they stay what they are. Else the oldest
becomes 1.0.0, the next 2.0.0 and so on. The versions of a mod are all known, so a range in one
scheme is a range in the other.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise

from modpm.versions import parse_range, parse_version

Key = tuple[int, tuple[tuple[tuple[tuple[bool, str], ...], int], ...]]

_EPOCH = re.compile(r"([0-9]{1,18}):(.*)", re.DOTALL)
_PAIRS = re.compile(r"([^0-9]*)([0-9]*)")
_PLAIN = re.compile(r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?")


@lru_cache(maxsize=1 << 16)
def key(text: str) -> Key:
    """Return what CKAN compares: letters before other characters, digits as numbers."""
    match = _EPOCH.fullmatch(text)
    epoch, rest = (int(match[1]), match[2]) if match else (0, text)
    pairs = [pair for pair in _PAIRS.findall(rest) if any(pair)]
    return epoch, tuple(
        (tuple((not c.isalpha(), c) for c in letters), int(digits[:4000] or 0))
        for letters, digits in pairs
    )


def plain(text: str) -> str | None:
    """Return the version as X.Y.Z, if it is one to three numbers."""
    match = _PLAIN.fullmatch(text)
    return ".".join(str(int(number or 0)) for number in match.groups()) if match else None


class Scheme:
    """The versions of one mod, in both schemes."""

    def __init__(self, texts: Iterable[str]) -> None:
        known = sorted({key(text): text for text in sorted(texts)}.items())
        straight = [plain(text) or "" for _, text in known]
        self.kept = all(straight) and all(
            parse_version(one) < parse_version(other) for one, other in pairwise(straight)
        )
        ranked = [f"{place}.0.0" for place in range(1, len(known) + 1)]
        ours = straight if self.kept else ranked
        self._known = [(found, version) for (found, _), version in zip(known, ours, strict=True)]
        self._ours = dict(self._known)

    def version(self, text: str) -> str:
        """Return one of the mod's versions in our scheme."""
        return self._ours[key(text)]

    def at_least(self, text: str) -> str:
        """Return the range from a version on, which need not be one of the mod's."""
        return self._range(">=", text, lambda other: other >= key(text))

    def at_most(self, text: str) -> str:
        """Return the range up to a version."""
        return self._range("<=", text, lambda other: other <= key(text))

    def exactly(self, text: str) -> str:
        """Return the range of one version."""
        return self._range("=", text, lambda other: other == key(text))

    def _range(self, operator: str, text: str, fits: Callable[[Key], bool]) -> str:
        """Return the author's own range if it holds the same versions, else one that does."""
        meant = [version for found, version in self._known if fits(found)]
        straight = plain(text) if self.kept else None
        if straight:
            range = parse_range(operator + straight)
            if meant == [v for _, v in self._known if parse_version(v) in range]:
                return range.text
        if meant:
            return operator + (meant[-1] if operator == "<=" else meant[0])
        if not self._known:
            return "*"
        oldest, newest = self._known[0][1], self._known[-1][1]
        return f"<{oldest}" if operator == "<=" else f">{newest}"

"""The time that all mods together have between two updates, and who used it."""

from collections.abc import Iterable, Mapping

from msgspec import Struct


class Share:
    """What one mod used, in `seconds`. It is not called any more when it is not `here`."""

    __slots__ = ("here", "seconds")

    def __init__(self) -> None:
        self.here = True
        self.seconds = 0.0


class TurnOverrunEvent(Struct, frozen=True):
    """The mods took longer than `limit` seconds, and for this turn the rest of them was left out.

    `used` has seconds by mod, those that used most first.
    """

    limit: float
    used: Mapping[str, float]
    left_out: tuple[str, ...]


class Frame:
    """`left` is what is left of `limit` seconds. Each mod has a share, which grows as it runs."""

    def __init__(self, limit: float) -> None:
        self.limit = self.left = limit
        self._shares: dict[str, Share] = {}
        self._left_out: dict[str, None] = {}
        self._gone: set[str] = set()

    def share(self, mod: str) -> Share:
        """Return the mod's share."""
        share = self._shares.get(mod)
        if share is None or not share.here:
            share = self._shares[mod] = Share()
        return share

    def drop(self, mod: str) -> None:
        """Call the mod no more; what it used stays in the count."""
        if mod in self._shares:
            self._shares[mod].here = False
            self._gone.add(mod)

    def hog(self) -> str | None:
        """Return the mod that alone used more than half of the time, if one did."""
        half = self.limit / 2
        return next((mod for mod, share in self._shares.items() if share.seconds > half), None)

    def leave_out(self, mods: Iterable[str]) -> None:
        """Note who would have had a turn."""
        self._left_out |= dict.fromkeys(mods)

    def renew(self) -> TurnOverrunEvent | None:
        """Begin anew; return what is to be told of the time before."""
        told = self._told() if self._left_out else None
        self._left_out.clear()
        self.left = self.limit
        for mod in self._gone:
            if not self._shares[mod].here:
                del self._shares[mod]
        self._gone.clear()
        for share in self._shares.values():
            share.seconds = 0.0
        return told

    def _told(self) -> TurnOverrunEvent:
        used = {mod: share.seconds for mod, share in self._shares.items() if share.seconds}
        most_first = dict(sorted(used.items(), key=lambda item: -item[1]))
        return TurnOverrunEvent(self.limit, most_first, tuple(self._left_out))

"""The time that all mods together have between two updates, and who used it."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from turn_call import Share


class TurnOverrunEvent(Struct, frozen=True):
    """The mods took longer than `limit` seconds, and for this turn the rest of them was left out.

    `used` has seconds by mod, those that used most first.
    """

    limit: float
    used: Mapping[str, float]
    left_out: tuple[str, ...]


class Frame:
    """`left` is what is left of `limit` seconds in this `round`; each mod has a share of them."""

    def __init__(self, limit: float) -> None:
        self.limit = self.left = limit
        self.round = 1
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
        return next((mod for mod, used in self._used() if used > half), None)

    def leave_out(self, mods: Iterable[str]) -> None:
        """Note who would have had a turn."""
        self._left_out |= dict.fromkeys(mods)

    def renew(self) -> TurnOverrunEvent | None:
        """Begin anew; return what is to be told of the time before."""
        told = self._told() if self._left_out else None
        self._left_out.clear()
        self.left = self.limit
        self.round += 1
        for mod in self._gone:
            if not self._shares[mod].here:
                del self._shares[mod]
        self._gone.clear()
        return told

    def _told(self) -> TurnOverrunEvent:
        most_first = dict(sorted(self._used(), key=lambda item: -item[1]))
        return TurnOverrunEvent(self.limit, most_first, tuple(self._left_out))

    def _used(self) -> Iterator[tuple[str, float]]:
        """Give who used time in this round, and how many seconds."""
        for mod, share in self._shares.items():
            used = share.seconds(self.round)
            if used:
                yield mod, used

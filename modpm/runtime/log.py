"""What mods say, and what is said about them, within bounds."""

import re
from collections import deque
from collections.abc import Sequence

from modpm.runtime.events import EventBus, LogRecord
from modpm.runtime.outbox import Quota

LEVELS = ("debug", "info", "warn", "error")
LINES = 500
VOLUME = 100_000
"""What may be said about one mod between two updates: records, and characters in all."""
LINE = 2_000
"""How long a record may be, in characters."""
KEPT = 10_000
"""How many records are kept; who wants them all subscribes to LogRecord."""

# Terminals obey control characters, and marks that turn the direction of text; halves of
# surrogate pairs, which names of files may have, cannot be written at all.
UNSEEMLY = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def seemly(text: str) -> str:
    """Return the text in one line, without what terminals obey."""
    return UNSEEMLY.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.splitlines()))


class Log:
    """The newest records, oldest first; each is published as it comes."""

    def __init__(self, events: EventBus) -> None:
        self._records: deque[LogRecord] = deque(maxlen=KEPT)
        self._quota = Quota(LINES, VOLUME)
        self._cut: set[str] = set()
        self._events = events
        self._broken: BaseException | None = None

    @property
    def records(self) -> Sequence[LogRecord]:
        """The newest records, oldest first."""
        return tuple(self._records)

    def write(self, mod: str, level: str, text: str) -> None:
        """Record a text, one record a line; what is too much is dropped, and that is said once."""
        for line in text[: VOLUME + 1].splitlines() or [""]:
            shown = line if len(line) <= LINE else line[:LINE] + "…"
            if self._quota.allows(mod, len(shown)):
                self._write(mod, level, shown)
            elif mod not in self._cut:
                self._cut.add(mod)
                self._write(mod, "warn", "logs too much: the rest of this turn is not shown")

    def check(self) -> None:
        """Raise what a listener raised; inside the mod that spoke, it would be the mod's fault."""
        broken, self._broken = self._broken, None
        if broken is not None:
            raise broken

    def renew(self) -> None:
        """Let every mod speak again."""
        self.check()
        self._quota.renew()
        self._cut.clear()

    def fail(self, mod: str, text: str) -> None:
        """Record why the host gives up on a mod, however much was said before."""
        self._write(mod, "error", text[:LINE])

    def _write(self, mod: str, level: str, line: str) -> None:
        record = LogRecord(seemly(mod), level, seemly(line))
        self._records.append(record)
        try:
            self._events.publish(record)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._broken = self._broken or error

"""A host for a game to embed whose players edit their loadout and their mods while they play."""

from collections.abc import Iterator, Sequence

from modpm.errors import ModpmError
from modpm.runtime import GamePlugin, Host, ModSystemConfig
from modpm.runtime.host import all_loaders
from modpm.session.cast import Cast
from modpm.session.live import Live, taken
from modpm.session.session import Session


class LiveHost(Host):
    """Plays a session's cast, and sees what becomes of its files."""

    def __init__(
        self, session: Session, cast: Cast, config: ModSystemConfig, parts: Sequence[GamePlugin]
    ) -> None:
        loaders = all_loaders(session.cache)
        super().__init__(cast.game, cast.mods, cast.rules, cast.seed, loaders, config, parts)
        self._session, self._cast = session, cast
        self._live: Live | None = None

    def start(self) -> None:
        """Load the mods, and watch the files from now on."""
        super().start()
        self._live = Live(self._session, self._cast)

    def keep_up(self) -> tuple[ModpmError | OSError, ...]:
        """Go on with what the files say by now; return why some of it cannot be.

        It is told once, and what was before goes on. Call it between two turns.
        """
        return tuple(error for news in self._news() if (error := taken(self, news)))

    def _news(self) -> Iterator[Cast | Exception]:
        while self._live is not None and (news := self._live.news(0)) is not None:
            yield news

    def close(self, seconds: float | None = None) -> None:
        """Watch no more; run every `on_shutdown` once, the last loaded first."""
        live, self._live = self._live, None
        if live is not None:
            live.close()
        super().close(seconds)

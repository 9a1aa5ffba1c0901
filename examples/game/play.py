"""A loadout at play in the realm, without a screen: turns, orders, and who did what."""

from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct, ValidationError
from msgspec.structs import replace

from examples.game.orders import A_DAY, Impossible, Order
from examples.game.realm import Land, Realm, founded, land, passed
from modpm.cli.messages import explain
from modpm.errors import ModpmError
from modpm.runtime import (
    GameRuntime,
    LogRecord,
    ModReloadedEvent,
    ModSystemConfig,
    PluginHookTriggeredEvent,
    PluginListener,
)
from modpm.session import Session

CONFIG = ModSystemConfig(turn=1.0, goodbye=2.0)
"""Who alone needs more than half of the turn's second fails, and the others play on."""
GAME = "realm"


class WrongGame(Exception):
    """The loadout is for another game: its id, or how it differs."""


class Line(Struct, frozen=True):
    """Something to read. `who` is a mod; nobody where the game speaks."""

    who: str
    level: str
    text: str


class Kingdom(PluginListener):
    """The game's own part of the host: hears of hooks, and ends each turn with a day."""

    def __init__(self) -> None:
        self.realm = Realm(day=-1, hp=0, pack={}, mood=0)
        self.land = Land()
        self.strange = ""
        self._news: list[PluginHookTriggeredEvent] = []

    def build(self, game: GameRuntime, /) -> None:
        """Listen to every plugin, and take turns."""
        self._game = game
        for name in game.plugins.states():
            game.listen(name, self)
        game.register_system(self)

    def on_hook_triggered(self, event: PluginHookTriggeredEvent, /) -> None:
        """Note what happens today."""
        self._news.append(event)

    def look(self) -> None:
        """See what the parameters are now; note what the realm's are not."""
        try:
            self.land, self.strange = land(self._game.plugins.states()), ""
        except ValidationError as error:
            self.strange = f"not the parameters of the realm: {error}"

    def update(self) -> None:
        """Let a day pass; the first time, found the realm."""
        self.look()
        news, self._news = self._news, []
        new = self.realm.day < 0
        self.realm = founded(self.land) if new else passed(self.realm, self.land, news)


class Play:
    """The loadout in `folder` at play. Who uses it does one thing at a time, from any thread.

    Raises WrongGame, and what keeps the loadout from being synced.
    """

    def __init__(self, folder: Path, config: ModSystemConfig = CONFIG) -> None:
        session = Session.find(folder)
        loadout = session.loadout()
        if loadout.game != GAME:
            raise WrongGame(loadout.game)
        self.name = loadout.name
        self.kingdom = Kingdom()
        self.host = session.live_host(config=config, parts=[self.kingdom])
        self.kingdom.look()
        if self.kingdom.strange:
            raise WrongGame(f"{GAME}, but has {self.kingdom.strange}")
        self.lines: list[Line] = []
        self.reloaded: set[str] = set()
        self.orders = A_DAY
        self.host.events.subscribe(LogRecord, self._hear)
        self.host.events.subscribe(ModReloadedEvent, self._hear_of_reload)

    @property
    def realm(self) -> Realm:
        """The realm as it is."""
        return self.kingdom.realm

    def turn(self) -> None:
        """Play a day, if there is one more."""
        if self.realm.end:
            return
        self.keep_up()
        self.host.tick()
        self.orders = A_DAY
        self._tell(*self.realm.told, self.realm.end)

    def keep_up(self) -> None:
        """Follow what was edited on the disk; tell what cannot be."""
        for error in self.host.keep_up():
            self._complain(explain(error).text)
        before = self.kingdom.strange
        self.kingdom.look()
        if self.kingdom.strange != before:
            self._complain(self.kingdom.strange)

    def order(self, order: Order) -> None:
        """Have something done today, or tell why not."""
        try:
            if self.realm.end or not self.orders:
                raise Impossible("The day is over: orders are for tomorrow.")
            realm = order.give(replace(self.realm, told=()), self.kingdom.land, self.host)
        except Impossible as reason:
            return self._tell(str(reason))
        except ModpmError as error:
            return self._tell(f"{explain(error).text}.")
        self.kingdom.realm = realm
        self.orders -= 1
        self._tell(*realm.told)
        return self.kingdom.look()

    def toggle(self, mod: str) -> None:
        """Unload a mod, or load it again."""
        if mod in self.host.loaded:
            self.host.unload(mod)
            self._tell(f"{mod} is unloaded.")
        else:
            self.host.load(mod)
            self._tell(*(f"{id} is loaded." for id in self.host.loaded if id == mod))
        self.kingdom.look()

    def _complain(self, text: str) -> None:
        if text:
            self.lines.append(Line("", "error", f"{text}; the play goes on as it was"))

    def _tell(self, *texts: str) -> None:
        self.lines += [Line("", "info", text) for text in texts if text]

    def _hear(self, record: LogRecord) -> None:
        self.lines.append(Line(record.mod, record.level, record.text))

    def _hear_of_reload(self, event: ModReloadedEvent) -> None:
        self.reloaded.add(event.handle.id)
        self._tell(f"{event.handle.id} {event.handle.metadata.version} is reloaded.")

    def __enter__(self) -> Self:
        self.host.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.host.__exit__(kind, error, traceback)

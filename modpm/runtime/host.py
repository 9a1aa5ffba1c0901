"""A loadout at play: the mods in load order, turn after turn, in a game that need not be there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from modpm.conflict.rules import Rules
from modpm.document import Value
from modpm.errors import NotFound
from modpm.game import Game
from modpm.runtime.api import ModLoader
from modpm.runtime.builder import GameBuilder, GamePlugin, PluginListener
from modpm.runtime.config import DEFAULTS, ModSystemConfig
from modpm.runtime.events import DynamicEvent, ModLoadRequested, ModUnloadRequested
from modpm.runtime.load import ModLoadSystem
from modpm.runtime.offers import installed
from modpm.runtime.plugins import NO_RULES
from modpm.runtime.recast import Mod as Mod
from modpm.runtime.recast import Playbill, recast
from modpm.runtime.registry import ModRegistry
from modpm.runtime.sight import Sight
from modpm.runtime.systems import ModSystemPlugin

HASTE = 1.0
"""How many seconds all mods have for `on_shutdown` after an interrupt."""


class Host(Sight):
    """Plays mods against the plugins of a game.

    `mods` come in load order, every one after what it depends on. Nothing that a mod does raises
    here: it is in `failures` and in `log`. The game hears of its plugins through `events`; its own
    `parts` take their turn after the mods.

    >>> from modpm.game import Game
    >>> from modpm.versions import parse_version
    >>> with Host(Game("empty", parse_version("1.0.0"), "Empty"), mods=[]) as host:
    ...     host.tick()
    >>> host.turn, host.failures
    (1, ())
    """

    def __init__(
        self,
        game: Game,
        mods: Sequence[Mod],
        rules: Rules = NO_RULES,
        seed: int = 0,
        loaders: Sequence[ModLoader] | None = None,
        config: ModSystemConfig = DEFAULTS,
        parts: Sequence[GamePlugin] = (),
    ) -> None:
        part = ModSystemPlugin(replace(config, seed=seed)).with_loader(
            ModRegistry(all_loaders() if loaders is None else loaders, installed)
        )
        bill = Playbill(tuple(mods), rules, game)
        builder = GameBuilder().with_game(game, rules).with_plugin(part)
        for one in parts:
            builder.with_plugin(one)
        super().__init__(builder.build(), bill)
        self._goodbye = config.goodbye
        self._alone = RLock()
        self._playing = False
        self._closed = False
        self.turn = 0

    def listen(self, plugin: str, listener: PluginListener) -> None:
        """Tell the game's plugin what mods make of it; raise PluginNotFound if there is none."""
        self._runtime.listen(plugin, listener)

    def publish(self, event: str, data: Value = None) -> None:
        """Let the mods that subscribed hear of an event of the game's, in the next update."""
        self.events.publish(DynamicEvent(event, data))

    def call(self, mod: str, function: str, *args: Value) -> Value:
        """Return what a function of a mod returns; what it raises does not end the mod.

        Any thread may call; it waits until a turn that another one plays is over.
        Raises NotFound, FunctionNotFound or ExecutionFailed.
        """
        with self._alone:
            if mod not in self._state.mods:
                raise NotFound(mod=mod)
            handle = self._state.mods[mod].handle
            try:
                return self._state.loader.call_function(handle, function, *args)
            finally:
                self._state.calls.recast()

    def start(self) -> None:
        """Load the mods: each one's settings become claims, then its `on_init` runs."""
        with self._turn():
            for mod in self._bill.mods:
                self._runtime.events.publish(mod.request())
            self._runtime.update()

    def change(self, mods: Sequence[Mod], rules: Rules, game: Game) -> None:
        """Go on with these mods in this load order, these rules, and the game as it is now.

        Mods that are other than before are reloaded, with what depends on them; mods that are no
        longer there are unloaded, new ones loaded. What is the same goes on.
        """
        self._go_on(self._bill.changed(mods, rules, game))

    def pin(self, plugin: str, key: str, value: Value) -> None:
        """Let the player's value count for a parameter, whatever mods claim, until `unpin`.

        Raises UnfitPin, and then nothing has changed.
        """
        self._go_on(self._bill.pinned((plugin, key), value))

    def unpin(self, plugin: str, key: str) -> None:
        """Let the claims, and the loadout's own pins, decide again."""
        self._go_on(self._bill.unpinned((plugin, key)))

    def _go_on(self, bill: Playbill) -> None:
        with self._turn():
            before, self._bill = self._bill, bill
            recast(self._runtime, before.mods, bill)

    def unload(self, mod: str) -> None:
        """Let a mod go, and those that need it hear of it; raise NotFound.

        Like `load`, `change` and `pin`, it is for between two turns: else it raises RuntimeError.
        """
        if mod not in self._state.mods:
            raise NotFound(mod=mod)
        self._do(ModUnloadRequested(mod))

    def load(self, mod: str) -> None:
        """Load one of `mods` that was unloaded or failed, in its old place; raise NotFound."""
        absent = [one for one in self.mods if one.id == mod and mod not in self._state.mods]
        if not absent:
            raise NotFound(mod=mod)
        self._do(absent[0].request())

    def _do(self, request: ModLoadRequested | ModUnloadRequested) -> None:
        with self._turn():
            self._state.hold()
            self.events.publish(request)
            self._runtime.resource(ModLoadSystem).update()

    def tick(self) -> None:
        """Play one turn, the first is 1: each `on_tick(turn)`, then what the mods asked for.

        Any thread may; one waits for the other. Raises RuntimeError while a turn is being played by
        the same thread, or if the host is closed.
        """
        with self._alone:
            self._check_idle()
            self._playing = True
            try:
                self.turn += 1
                self._state.tick(self.turn)
                self._runtime.update()
            finally:
                self._playing = False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Have the host alone, for what is done between two turns."""
        with self._alone:
            self._check_idle()
            self._playing = True
            try:
                yield
            finally:
                self._playing = False

    def _check_idle(self) -> None:
        if self._closed or self._playing:
            raise RuntimeError(f"this host is {'closed' if self._closed else 'at a turn'}")

    async def atick(self) -> None:
        """Play one turn in another thread; who cancels this waits until the turn is over."""
        import asyncio

        turn = asyncio.ensure_future(asyncio.to_thread(self.tick))
        try:
            await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait([turn])
            raise

    def close(self, seconds: float | None = None) -> None:
        """Run every `on_shutdown` once, the last loaded first. The plugins stay as they are.

        All of them together have `seconds`, by default those of the config; none has more than half
        of what is left. An interrupt ends the `on_shutdown` that runs, and is raised after those of
        the others, which then are in haste.
        """
        with self._alone:
            if self._closed:
                return
            self._closed = True
            try:
                interrupt = self._say_goodbye(self._goodbye if seconds is None else seconds)
            finally:
                self._forget()
        if interrupt is not None:
            raise interrupt

    def _say_goodbye(self, seconds: float) -> KeyboardInterrupt | None:
        interrupt, until = None, monotonic() + seconds
        for id in reversed(self.loaded):
            try:
                self._state.calls.last(id, "on_shutdown", (until - monotonic()) / 2)
            except KeyboardInterrupt as error:
                interrupt = error
                until = min(until, monotonic() + HASTE)
        return interrupt

    def abandon(self) -> None:
        """Forget the mods and run none of their code. The plugins stay as they are."""
        if not self._closed:
            self._closed = True
            self._forget()

    def _forget(self) -> None:
        self._state.calls.end()
        for mod in self._state.mods.values():
            if mod.runs:
                self._state.loader.unload(mod.handle)

    def __enter__(self) -> Self:
        """Start; if that is interrupted, close."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close, whatever happened; in haste after an interrupt."""
        self.close(None if kind is None or issubclass(kind, Exception) else HASTE)


def all_loaders(cache: Path | None = None) -> tuple[ModLoader, ...]:
    """Return a loader for every kind of mod that modpm runs.

    `cache` is the root of the cache where compiled code is kept; default: the player's own.
    """
    from modpm.runtime.rhai import RhaiLoader
    from modpm.runtime.wasm.loader import WasmLoader

    return (RhaiLoader(), WasmLoader(cache=cache))

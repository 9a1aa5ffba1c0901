"""What there is to see of a host."""

from collections.abc import Mapping, Sequence

from modpm.conflict.claims import Claim
from modpm.conflict.decide import Decisions, contested
from modpm.runtime.builder import GameRuntime
from modpm.runtime.events import EventBus, LogRecord
from modpm.runtime.failure import Failure
from modpm.runtime.plugins import PluginState
from modpm.runtime.recast import Mod, Playbill
from modpm.runtime.state import ModLoaderState


class Sight:
    """The game, its mods and their doings, as they are now."""

    def __init__(self, runtime: GameRuntime, bill: Playbill) -> None:
        self._runtime = runtime
        self._bill = bill
        self._state = runtime.resource(ModLoaderState)

    @property
    def events(self) -> EventBus:
        """Everything that happens; subscribe before start to hear it all."""
        return self._runtime.events

    @property
    def plugins(self) -> Mapping[str, PluginState]:
        """Every plugin by name, as it is now."""
        return self._runtime.plugins.states()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the mods claim now, in load order."""
        return self._runtime.plugins.claims()

    @property
    def decisions(self) -> Decisions:
        """What was decided where mods disagree now, sorted by plugin and key."""
        return contested(self.decided)

    @property
    def mods(self) -> tuple[Mod, ...]:
        """The mods that are to play, loaded or not, in load order."""
        return self._bill.mods

    @property
    def decided(self) -> Decisions:
        """What was decided on all that mods claim or the player pins, sorted by plugin and key."""
        return self._runtime.plugins.decisions()

    @property
    def loaded(self) -> tuple[str, ...]:
        """The ids of the mods that are there, in load order."""
        return tuple(self._state.mods)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The mods that failed, in the order in which they did."""
        return tuple(self._state.failures)

    @property
    def log(self) -> Sequence[LogRecord]:
        """The newest records; subscribe to LogRecord for all of them."""
        return self._state.log.records

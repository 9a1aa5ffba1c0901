"""Every call on a mod: what it raises is its own failure, and its time is counted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from typing import NoReturn

from turn_call import Cast, Share

from modpm.document import Value
from modpm.errors import ExecutionFailed, ModError, Refused
from modpm.runtime.abilities import Direct, Hurried
from modpm.runtime.api import (
    ModLoader,
)
from modpm.runtime.failure import ENDS
from modpm.runtime.frame import Frame
from modpm.runtime.loaded import LoadedMod, Method
from modpm.runtime.log import Log
from modpm.runtime.registry import loader_of

SHORTEST = 0.02
"""How many seconds a last hook must have to be run."""


class Calls:
    """Calls `mods`, of which `fail` takes out one that failed."""

    def __init__(
        self,
        mods: Mapping[str, LoadedMod],
        loader: ModLoader,
        log: Log,
        frame: Frame,
        fail: Callable[[LoadedMod, str, BaseException], object],
    ) -> None:
        self.frame = frame
        self._mods = mods
        self._loader = loader
        self._log = log
        self._fail = fail
        self._casts: dict[tuple[Method, str], Cast[LoadedMod]] = {}

    def recast(self) -> None:
        """Look again at who is there, before the next call."""
        self._casts.clear()

    def drop(self, mod: str) -> None:
        """Call the mod no more."""
        self._casts.clear()
        self.frame.drop(mod)

    def end(self) -> None:
        """Call nobody any more, not even in the middle of a turn."""
        for mod in self._mods:
            self.drop(mod)
        self._mods = {}

    def call_hook(self, id: str, hook: str, *args: Value) -> None:
        """Run one hook of one mod, if the mod is there and has it."""
        self.call(id, "call_function", hook, *args)

    def call(self, id: str, method: Method, hook: str, *args: object) -> None:
        """Call one mod, if it is there and has the hook."""
        mod = self._mods.get(id)
        if mod is not None and mod.takes(method, hook):
            self._run(Cast([self._cue(mod, method, hook)]), hook, args, inf)

    def last(self, id: str, hook: str, seconds: float) -> None:
        """Run a mod's last hook, for so many seconds at most; leave it out if they are too few."""
        mod = self._mods.get(id)
        if mod is None or not mod.takes("call_function", hook):
            return
        if seconds < SHORTEST:
            self._log.write(id, "warn", f"no time is left for its {hook}")
            return
        loader = loader_of(self._loader, mod.handle)
        try:
            if isinstance(loader, Hurried) and not loader.hurry(mod.handle, seconds):
                # Begun anew, it might save its beginning over what it saved before.
                self._log.write(id, "warn", f"what it knew is lost, so it has no {hook}")
                return
        except Exception as error:
            self._fail(mod, hook, error)
        self.call_hook(id, hook)

    def all(self, method: Method, hook: str, *args: object, without: str | None = None) -> None:
        """Call each mod that has the hook, in load order, while the turn has time left.

        When it has none, a mod that used more than half of it fails, and who is still to come is
        left out until the next turn.
        """
        cast, other = self._cast(method, hook), self._mods.get(without or "")
        left_out = self._run(cast, hook, args, self.frame.left, other)
        if self.frame.left <= 0.0:
            self._late(hook, left_out)

    def _cast(self, method: Method, hook: str) -> Cast[LoadedMod]:
        """Return who is called so: the same until a mod comes or goes."""
        key = method, "" if method == "dispatch_event" else hook
        cast = self._casts.get(key)
        if cast is None:
            mods = self._mods.values()
            cues = [self._cue(mod, method, hook) for mod in mods if mod.takes(method, hook)]
            cast = self._casts[key] = Cast(cues)
        return cast

    def _cue(
        self, mod: LoadedMod, method: Method, hook: str
    ) -> tuple[LoadedMod, Callable[..., object], Share]:
        return mod, self._caller(mod, method, hook), self.frame.share(mod.id)

    def _caller(self, mod: LoadedMod, method: Method, hook: str) -> Callable[..., object]:
        """Return what calls the mod; it raises what its loader raises now, if that is broken."""
        loader = loader_of(self._loader, mod.handle)
        if method != "call_function":
            return partial(getattr(loader, method), mod.handle)
        if not isinstance(loader, Direct):
            return partial(loader.call_function, mod.handle, hook)
        try:
            return loader.direct(mod.handle, hook)
        except Exception as error:
            return partial(_raise, error)

    def _run(
        self,
        cast: Cast[LoadedMod],
        hook: str,
        args: tuple[object, ...],
        seconds: float,
        other: LoadedMod | None = None,
    ) -> Sequence[LoadedMod]:
        """Call all but the other, one after the other, and return who is left when time is over.

        Whatever one raises is the end of that mod and of nothing else.
        """
        raised = partial(self._raised, hook)
        used, left_out = cast.call(args, self.frame.round, seconds, raised, other)
        self.frame.left -= used
        self._log.check()
        return left_out

    def _raised(self, hook: str, mod: LoadedMod, error: BaseException) -> None:
        """Fail the mod for what its call raised, if it is still there; an interrupt goes on."""
        if mod.id not in self._mods:
            return
        self._casts.clear()
        try:
            error = _known(loader_of(self._loader, mod.handle), mod, hook, error)
        except BaseException as broken:
            error = broken
        if isinstance(error, ENDS):
            raise error
        self._fail(mod, hook, error)

    def _late(self, hook: str, coming: Iterable[LoadedMod]) -> None:
        hog = self._mods.get(self.frame.hog() or "")
        if hog is not None:
            reason = f"took more than half of the {self.frame.limit:g} seconds of a turn"
            error = ExecutionFailed(
                mod=hog.id, function=hook, reason=reason, limit="timeout", file=str(hog.handle.path)
            )
            self._fail(hog, hook, error)
        self.frame.leave_out(mod.id for mod in coming if mod.id in self._mods)


def _raise(error: Exception, *_: object) -> NoReturn:
    raise error


def _known(loader: ModLoader, mod: LoadedMod, hook: str, error: BaseException) -> BaseException:
    """Return the error as the loader tells it."""
    told = isinstance(error, ModError) and not isinstance(error, Refused)
    return (
        error if told or not isinstance(loader, Direct) else loader.failed(mod.handle, hook, error)
    )

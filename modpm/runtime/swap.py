"""Another version of a mod in its place while the game runs; all of it or nothing.

    old version:  on_save_state, set aside ----------------------------> forgotten, or back again
    new version:                            load, on_init, on_load_state, then its claims count

What depends on a mod is reloaded with it, in load order, and goes back with it. An edited mod
claims what its new version claims when it starts. An unedited one starts anew because others did,
and keeps what it claimed while it played; if nothing was edited at all, no start changes anything.
"""

from collections.abc import Sequence

from modpm.conflict.claims import Claim
from modpm.document import Value
from modpm.errors import LoadFailed
from modpm.runtime.abilities import ReloadingLoader
from modpm.runtime.events import ModReloadedEvent, ModReloadRequested, PluginHookTriggeredEvent
from modpm.runtime.failure import ENDS, foreseen, told
from modpm.runtime.load import ModLoadSystem, declared
from modpm.runtime.loaded import LoadedMod
from modpm.runtime.state import ModLoaderState

SAVE, LOAD = "on_save_state", "on_load_state"
Group = Sequence[ModReloadRequested]
"""Mods that are reloaded together, in load order."""


class Swap:
    """A change of versions that can still be undone. `mod` and `hook` tell what it is at."""

    def __init__(self, state: ModLoaderState, loads: ModLoadSystem, group: Group) -> None:
        self.mod, self.hook = "", "load"
        self._state = state
        self._loads = loads
        self._edited = [request.mod_id for request in group if request.edited]
        self._aside: list[tuple[LoadedMod, object]] = []
        self._kept: dict[str, bool] = {}
        self._events: list[object] = []
        self._board = state.plugins.snapshot()
        state.hold()
        self._saved = {id: self._save(state.mods[id]) for id in (r.mod_id for r in group)}
        self._forget_queued()

    def start(self, request: ModReloadRequested) -> None:
        """Set the old version aside, load the new one and start it; raise what it raises."""
        self.mod, self.hook = request.mod_id, "load"
        old = self._state.mods[self.mod]
        aside = self._set_aside(old)
        claimed = self._withdraw(request) if self._edited else ()
        new = LoadedMod(self._loads.handle(self.mod, request.wanted), request.wanted)
        self._state.put(new)
        self._call(new, "on_init")
        self._hand_over(aside, new, request.edited)
        self._settle(new)
        self._state.plugins.retake(claimed)

    def undo(self) -> None:
        """Bring the old versions back; nobody has heard of anything."""
        for old, aside in reversed(self._aside):
            new = self._state.mods.get(old.id)
            if new is None:  # the game was closed meanwhile
                continue
            self._state.put(old)
            if new is not old and new.runs:
                self._state.loader.unload(new.handle)
            if old.runs:
                self._loader(old).bring_back(old.handle, aside)
        self._state.plugins.restore(self._board)
        self._forget_queued()

    def commit(self) -> list[object]:
        """Forget the old versions; return what there is to hear."""
        for old, aside in self._aside:
            if old.runs:
                self._loader(old).discard(aside)
        self._state.hold()
        author = self._edited[0] if self._edited else ""
        reloaded = [
            ModReloadedEvent(self._state.mods[id].handle, kept) for id, kept in self._kept.items()
        ]
        return [*self._events, *self._state.plugins.changes(self._board, author), *reloaded]

    def _save(self, old: LoadedMod) -> Sequence[Value]:
        """Return what the mod says of its state; nothing if it does not, or fails at it."""
        if SAVE not in old.handle.hooks:
            return ()
        try:
            return (self._state.loader.call_function(old.handle, SAVE),)
        except ENDS:
            raise
        except BaseException as error:
            known = foreseen(old.handle.id, SAVE, error)
            self._state.log.write(old.handle.id, "warn", f"{SAVE} saved nothing: {told(known)}")
            return ()

    def _set_aside(self, old: LoadedMod) -> object:
        aside = self._loader(old).set_aside(old.handle) if old.runs else None
        self._aside.append((old, aside))
        return aside

    def _withdraw(self, request: ModReloadRequested) -> Sequence[Claim]:
        """Let the settings take the place of all claims; return those that the mod keeps."""
        plugins, id = self._state.plugins, self.mod
        claims = [claim for claim in plugins.claims() if claim.mod == id]
        plugins.withdraw(id)
        for control, priority in declared(request.wanted):
            self._state.decide(id, control, priority, "declared")
        return [] if request.edited else [claim for claim in claims if claim.phase == "play"]

    def _hand_over(self, aside: object, new: LoadedMod, edited: bool) -> None:
        """Let the new version go on where the old one was, as far as it can."""
        saved = self._saved[self.mod] if LOAD in new.handle.hooks else ()
        self._kept[self.mod] = aside is None or not new.runs
        if aside is not None and new.runs:
            kept = self._loader(new).hand_over(aside, new.handle, not saved, edited)
            self._kept[self.mod] = kept
        if saved:
            self._call(new, LOAD, *saved)

    def _settle(self, mod: LoadedMod) -> None:
        """Make claims of what the mod asked for when it started, if that counts."""
        if not self._edited:
            self._forget_queued()
        for command in self._state.loader.drain_commands():
            event = self._state.decide(
                self.mod, command.control, mod.requested.weight(command.control.at), "init"
            )
            self._events.append(command)
            if isinstance(event, PluginHookTriggeredEvent):
                self._events.append(event)

    def _forget_queued(self) -> None:
        self._state.loader.drain_commands()
        self._state.loader.drain_events()

    def _call(self, mod: LoadedMod, hook: str, *args: Value) -> None:
        if hook in mod.handle.hooks:
            self.hook = hook
            self._state.loader.call_function(mod.handle, hook, *args)

    def _loader(self, mod: LoadedMod) -> ReloadingLoader:
        loader = self._state.loader
        if isinstance(loader, ReloadingLoader):
            return loader
        raise LoadFailed(mod=mod.handle.id, reason="its loader cannot reload while it plays")

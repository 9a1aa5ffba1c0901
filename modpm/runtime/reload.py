"""Mods that were edited while the game runs: reloaded, with what depends on them, or refused."""

from collections.abc import Mapping

from msgspec.structs import replace

from modpm.errors import ModError, NotFound
from modpm.runtime.events import EventBus, ModReloadFailedEvent, ModReloadRequested, taken
from modpm.runtime.failure import ENDS, foreseen, told
from modpm.runtime.load import ModLoadSystem, complete
from modpm.runtime.needs import check, depends
from modpm.runtime.state import ModLoaderState
from modpm.runtime.swap import Group, Swap


class ModReloadSystem:
    """Reloads what was requested, and what depends on it."""

    def __init__(self, state: ModLoaderState, events: EventBus, loads: ModLoadSystem) -> None:
        self._state = state
        self._events = events
        self._loads = loads
        self._inbox = events.inbox(ModReloadRequested)

    def update(self) -> None:
        """Do it; mods that do not need one another do not share what becomes of them."""
        requests = {request.mod_id: request for request in taken(self._inbox)}
        if not requests:
            return
        known = {id: self._completed(request) for id, request in requests.items()}
        for group in self._groups({id: request for id, request in known.items() if request}):
            self._reload(group)
        self._state.log.check()

    def _completed(self, request: ModReloadRequested) -> ModReloadRequested | None:
        """Return the request with the mod's manifest; None, and say so, if there is no such mod."""
        id, path = request.mod_id, request.wanted.path
        try:
            if id not in self._state.mods:
                raise NotFound(mod=id, path=str(path))
            return replace(request, wanted=complete(request.wanted))
        except ModError as error:
            self._refuse((), id, "load", error)
            return None

    def _groups(self, requests: Mapping[str, ModReloadRequested]) -> list[Group]:
        """Return the mods to reload, with what depends on them."""
        groups: list[Group] = []
        for id, mod in self._state.mods.items():
            manifest = mod.requested.manifest
            needed = [group for group in groups if manifest and depends(manifest, _names(group))]
            request = requests.get(id)
            if needed and request is None:
                request = ModReloadRequested(id, mod.requested, edited=False)
            if request is not None:
                groups = [group for group in groups if group not in needed]
                groups.append([*(one for group in needed for one in group), request])
        return groups

    def _reload(self, group: Group) -> None:
        swap = Swap(self._state, self._loads, group)
        self._state.calls.recast()
        try:
            self._check(group)
            for request in group:
                swap.start(request)
        except ENDS:
            swap.undo()
            raise
        except BaseException as error:
            swap.undo()
            self._refuse(group, swap.mod, swap.hook, error)
        else:
            for event in swap.commit():
                self._events.publish(event)

    def _check(self, group: Group) -> None:
        """Raise LoadFailed for a mod that changed its id, or that others cannot be with now."""
        before = {id: mod.requested.manifest for id, mod in self._state.mods.items()}
        check(before, before | {request.mod_id: request.wanted.manifest for request in group})

    def _refuse(self, group: Group, id: str, hook: str, error: BaseException) -> None:
        """Say in one line that everything is as it was."""
        known = foreseen(id, hook, error)
        id = known.mod
        edited = [request.mod_id for request in group if request.edited]
        blame = "" if id in edited or not edited else f" (with the new {', '.join(edited)})"
        text = f"not reloaded, plays on as it was: {hook}: {told(known)}{blame}"
        self._state.log.fail(id, text)
        mods = tuple(request.mod_id for request in group)
        self._events.publish(ModReloadFailedEvent(id, mods, hook, known))


def _names(group: Group) -> set[str]:
    """Return all that other mods may need the group for."""
    return {name for request in group for name in request.wanted.names(request.mod_id)}

"""What mods ask for beyond what the player granted them: the lock before is the player's word.

Naming a mod, or a mod that needs it, is agreement enough for the plugins that it names. Everything
else that a new mod asks for, and anything that a locked mod asks for on top, needs a yes.
"""

from collections.abc import Iterator

from msgspec import Struct

from modpm.lockfile.lock import Lock, LockedMod
from modpm.versions import Version

PLUGINS = "plugins:"
ALL = "plugins:*"


class Request(Struct, frozen=True):
    """What a mod asks for that nobody granted yet; `grown` tells that it was locked with less."""

    id: str
    version: Version
    permissions: tuple[str, ...]
    grown: bool = False


def requests(former: Lock | None, lock: Lock) -> tuple[Request, ...]:
    """Return what to ask the player before `lock` may take the place of `former`, by mod."""
    before = {mod.id: mod for mod in former.mods} if former else {}
    return tuple(_requests(before, lock))


def _requests(before: dict[str, LockedMod], lock: Lock) -> Iterator[Request]:
    for mod in lock.mods:
        known = before.get(mod.id)
        if known is not None and _source(known) != _source(mod):
            known = None  # whoever offers it now is a stranger
        asked = tuple(text for text in mod.permissions if not _granted(text, mod, known))
        if asked:
            yield Request(mod.id, mod.version, asked, grown=known is not None)


def _source(mod: LockedMod) -> str | None:
    """Return the registry that the mod comes from; None for the player's own disk."""
    return mod.source if mod.path is None else None


def _granted(text: str, mod: LockedMod, known: LockedMod | None) -> bool:
    if text.startswith(PLUGINS) and mod.path is not None:
        return True  # the player named its path
    if known is None:
        return text.startswith(PLUGINS) and text != ALL
    return text in known.permissions or (text.startswith(PLUGINS) and ALL in known.permissions)

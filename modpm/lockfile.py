"""loadout.lock: a resolution and its decisions as text that is the same on every machine and merges well."""

from msgspec import Struct

from modpm.conflict.decide import Decision
from modpm.loadout import Loadout
from modpm.manifest import Kind
from modpm.order import Order
from modpm.resolve.solve import Resolution
from modpm.versions import Version


class LockedMod(Struct, frozen=True):
    """One [[mod]]. `source` is a registry's name; `path` is set instead for a mod from the player's disk.

    `dependencies` and `after` are bare ids, sorted; `permissions` are texts such as "plugins:combat",
    "files:read:data", "clock".
    """

    id: str
    version: Version
    kind: Kind
    size: int
    sha256: str
    source: str | None = None
    path: str | None = None
    dependencies: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()


class Lock(Struct, frozen=True):
    """A whole lockfile; `mods` sorted by id, `decisions` by plugin and key."""

    mods: tuple[LockedMod, ...]
    decisions: tuple[Decision, ...] = ()
    game: str | None = None
    game_version: Version | None = None

    def order(self) -> tuple[str, ...]:
        """Return the load order, derived from the edges."""
        raise NotImplementedError


class Stale(Struct, frozen=True):
    """One reason why a lock does not answer a loadout: `id` is `problem` ("missing", "version", "unwanted", ...)."""

    id: str
    problem: str
    wanted: str | None = None
    locked: str | None = None


def lock(resolution: Resolution, order: Order, decisions: tuple[Decision, ...], game: str | None, game_version: Version | None) -> Lock:
    """Return the lock for an answer."""
    raise NotImplementedError


def dumps(lock: Lock) -> str:
    """Return the text of loadout.lock: no time stamp, no tool version, "\\n" line ends."""
    raise NotImplementedError


def loads(text: str, file: str) -> Lock:
    """Return the lock that `text` holds; raise InvalidLock or NewerLock."""
    raise NotImplementedError


def stale(lock: Lock, loadout: Loadout) -> tuple[Stale, ...]:
    """Return why the lock no longer answers the loadout; nothing if it does.

    The rule is uv's: stale when a locked version no longer satisfies a wish, not when text changed.
    """
    raise NotImplementedError

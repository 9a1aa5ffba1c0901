"""What a loader may be able to do besides: the host asks for it, and does without."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from modpm.errors import ModError
from modpm.runtime.api import ModHandle, ModLoader


@runtime_checkable
class ReloadingLoader(ModLoader, Protocol):
    """A loader that can have two versions of a mod, of which it runs one."""

    def set_aside(self, handle: ModHandle, /) -> object:
        """Return the mod, alive: nothing reaches it, and another version of it can load."""
        ...

    def bring_back(self, handle: ModHandle, aside: object, /) -> None:
        """Run the mod that was set aside again; no other version is loaded."""
        ...

    def hand_over(self, aside: object, handle: ModHandle, memory: bool, edited: bool, /) -> bool:
        """Let the mod go on where the version that was set aside was; return whether it can.

        It draws the next random numbers; with `memory` it also remembers what the loader itself can
        carry over. What an `edited` version begins with stays where the former knew nothing.
        """
        ...

    def discard(self, aside: object, /) -> None:
        """Forget a mod that was set aside. Runs none of its code."""
        ...


@runtime_checkable
class Direct(Protocol):
    """A loader that lets the host call a mod's hook every turn with nothing in between."""

    def direct(self, handle: ModHandle, hook: str, /) -> Callable[..., object]:
        """Return what runs one of the mod's hooks. It is of no use after it raised once."""
        ...

    def failed(self, handle: ModHandle, hook: str, error: BaseException, /) -> ModError:
        """Return what `call_function` raises for what it raised; an interrupt is raised again."""
        ...


@runtime_checkable
class Hurried(Protocol):
    """A loader that can give a mod less time than its limits do, for the end."""

    def hurry(self, handle: ModHandle, seconds: float, /) -> bool:
        """Let the mod's last call, which follows now, take no longer than so many seconds.

        Return whether it is to be called: not if an interrupt cost it all that it knew.
        """
        ...


@runtime_checkable
class Recognizing(Protocol):
    """A loader that knows its files by how they begin."""

    def recognizes(self, start: bytes, /) -> bool:
        """Return whether a file that begins so is one of its kind."""
        ...

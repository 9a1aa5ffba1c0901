"""All of `turn_call`."""

from collections.abc import Callable, Sequence
from types import GenericAlias
from typing import Any, Generic, TypeVar, final

__all__ = ["Cast", "Share"]

_Mod = TypeVar("_Mod")

@final
class Share:
    """What one mod used of a round's time. It is not called any more when it is not `here`."""

    here: bool
    def __new__(cls) -> Share: ...
    def seconds(self, /, round: int) -> float:
        """Return how many seconds the mod used in that round, which is the one at play."""

@final
class Cast(Generic[_Mod]):
    """Who is called, in this order: a mod, what calls it, and its share."""

    def __new__(cls, cues: Sequence[tuple[_Mod, Callable[..., object], Share]]) -> Cast[_Mod]: ...
    def __class_getitem__(cls, key: object) -> GenericAlias: ...
    def call(
        self,
        /,
        args: tuple[Any, ...],
        round: int,
        seconds: float,
        raised: Callable[[_Mod, BaseException], object],
        without: _Mod | None = None,
    ) -> tuple[float, list[_Mod]]:
        """Call one after the other, but not `without`, until `seconds` are over.

        What one raises goes to `raised`; what that raises ends the calls, and so does what a signal
        handler raises. Return how many seconds they took, and who was left out.
        """

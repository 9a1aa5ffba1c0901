"""One loadout and everything that is done to it: the only room that knows all the others.

Importing it imports nothing else: `Session` and its values are there when they are first asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modpm.session.play import RunReport as RunReport
    from modpm.session.session import Outcome as Outcome
    from modpm.session.session import Session as Session

__all__ = ["Outcome", "RunReport", "Session"]


def __getattr__(name: str) -> object:
    """Import what is asked for only then: a sync with nothing to do needs none of it."""
    if name == "RunReport":
        from modpm.session.play import RunReport

        return RunReport
    if name in ("Outcome", "Session"):
        from modpm.session import session

        return getattr(session, name)
    raise AttributeError(name)

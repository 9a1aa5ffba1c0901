"""The time of a turn, and who used it."""

import tracemalloc

from turn_call import Cast

from modpm.runtime.frame import Frame


def test_who_is_gone_is_forgotten() -> None:
    """What a mod used is told in the turn in which it left; a long game stays small."""
    frame = Frame(1.0)
    tracemalloc.start()
    for number in range(20_000):
        _play(frame, f"mod-{number}")
        frame.drop(f"mod-{number}")
        frame.leave_out(["other"])
        told = frame.renew()
        assert told is not None
        assert list(told.used) == [f"mod-{number}"]
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100_000


def test_who_comes_back_begins_anew() -> None:
    """A mod that left and is there again in the same turn keeps its new share."""
    frame = Frame(1.0)
    frame.share("a")
    frame.drop("a")
    share = frame.share("a")
    frame.renew()
    assert frame.share("a") is share


def _play(frame: Frame, mod: str) -> None:
    Cast([(mod, int, frame.share(mod))]).call((), frame.round, frame.left, print)

"""The loop of a turn: who is called, who is not, and what ends it."""

import gc
import weakref
from _thread import interrupt_main
from collections.abc import Callable
from functools import partial
from math import inf
from threading import Lock, Thread
from time import sleep

import pytest
from turn_call import Cast, Share

Caught = list[tuple[str, BaseException]]
WORK: Callable[[], object] = partial(sum, range(20_000))
"""Work in C, which looks at no signal and lets no other thread run."""


def _play(cast: Cast[str], seconds: float = inf, without: str | None = None) -> list[str]:
    """Play a round, in which none may raise; return who was left out."""
    caught: Caught = []
    _, left_out = cast.call((), 1, seconds, lambda *what: caught.append(what), without)
    assert not caught
    return left_out


def test_what_one_raises_is_told_and_the_next_is_called() -> None:
    """Also what is no Exception."""
    caught: Caught = []
    called: list[int] = []

    def leave(turn: int) -> None:
        raise SystemExit(turn)

    cast = Cast([("a", leave, Share()), ("b", called.append, Share()), ("c", [].index, Share())])
    _, left_out = cast.call((7,), 1, inf, lambda *what: caught.append(what))
    assert (called, left_out) == ([7], [])
    (first, left), (second, missing) = caught
    assert (first, second) == ("a", "c")
    assert isinstance(left, SystemExit)
    assert left.code == 7
    assert left.__traceback__ is not None
    assert isinstance(missing, ValueError)


def test_what_the_judge_raises_ends_it() -> None:
    """So an interrupt inside a mod comes out."""

    def judge(mod: str, error: BaseException) -> None:
        raise error

    called: list[str] = []
    cast = Cast([("a", [].pop, Share()), ("b", partial(called.append, "b"), Share())])
    with pytest.raises(IndexError):
        cast.call((), 1, inf, judge)
    assert not called


def test_time_is_counted_by_mod_and_round() -> None:
    """A round has the time that its own calls took, all together."""
    slow, quick = Share(), Share()
    cast = Cast([("slow", partial(sleep, 0.02), slow), ("quick", int, quick)])
    assert (slow.seconds(1), quick.seconds(1)) == (0, 0)
    used, _ = cast.call((), 1, inf, print)
    once = slow.seconds(1)
    assert 0 < once <= used
    assert once + quick.seconds(1) == pytest.approx(used)
    cast.call((), 1, inf, print)
    assert slow.seconds(1) > once
    assert slow.seconds(2) == 0
    cast.call((), 2, inf, print)
    assert slow.seconds(2) > 0
    assert slow.seconds(1) == 0


def test_who_comes_after_the_end_of_the_time_is_left_out() -> None:
    """The call that is under way is not ended here."""
    called: list[str] = []

    def slow() -> None:
        sleep(0.02)
        called.append("a")

    cast = Cast([("a", slow, Share()), ("b", called.clear, Share()), ("c", int, Share())])
    assert _play(cast, 0.001) == ["b", "c"]
    assert _play(cast, 0.0) == _play(cast, -1.0) == ["a", "b", "c"]
    assert called == ["a"]


def test_who_is_gone_or_shut_out_is_not_called() -> None:
    """Also who goes because of another's call."""
    called: list[str] = []
    gone = Share()

    def drop() -> None:
        gone.here = False

    names = ["me", "other"]
    cues = [(name, partial(called.append, name), Share()) for name in names]
    cast = Cast([("first", drop, Share()), ("gone", partial(called.append, "gone"), gone), *cues])
    assert _play(cast, without=names[0]) == []
    assert called == ["other"]
    assert not gone.here


def test_other_threads_have_their_turn() -> None:
    """However many mods there are, of which each is quick."""
    shares = [Share() for _ in range(20_000)]

    def stop() -> None:
        for share in shares:
            share.here = False

    _play_beside(stop, shares)
    assert shares[-1].seconds(1) == 0


def test_an_interrupt_between_two_mods_ends_it() -> None:
    """And is nobody's failure."""
    shares = [Share() for _ in range(20_000)]
    with pytest.raises(KeyboardInterrupt):
        _play_beside(interrupt_main, shares)
    assert shares[-1].seconds(1) == 0


def test_nothing_lives_because_it_is_called() -> None:
    """A mod whose calls lead back to itself is collected."""

    class Loop:
        def __init__(self) -> None:
            self.cast = Cast([(self, self.turn, Share())])

        def turn(self) -> None: ...

    loop = Loop()
    loop.cast.call((), 1, inf, print)
    seen = weakref.ref(loop)
    del loop
    gc.collect()
    assert seen() is None


def _play_beside(other: Callable[[], object], shares: list[Share]) -> None:
    """Play a round of quick mods while another thread does something."""
    begun = Lock()
    begun.acquire()

    def wait() -> None:
        begun.acquire()
        other()

    thread = Thread(target=wait)
    thread.start()
    cast = Cast([("", begun.release, Share()), *(("", WORK, share) for share in shares)])
    try:
        _play(cast)
    finally:
        thread.join()

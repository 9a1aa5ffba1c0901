"""The time that a command has to choose versions."""

import pytest

from modpm.errors import Undecided
from modpm.resolve.problem import Tick
from modpm.session.deadline import Deadline
from modpm.session.options import quiet


def until_undecided(tick: Tick) -> int:
    """Return how often one can tick before the time is up."""
    for count in range(10**9):
        try:
            tick()
        except Undecided:
            return count
    pytest.fail("it never ends")


def test_all_resolutions_of_a_command_share_its_time() -> None:
    """What one resolution used up, the next does not have again."""
    deadline = Deadline(0.05, quiet)
    with deadline.running() as tick:
        assert until_undecided(tick) > 0
    with deadline.running() as tick:
        assert until_undecided(tick) == 0

"""The same mods and wishes, written and listed in another order, come to the same lock."""

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from modpm.cli.messages import explain
from modpm.errors import ModpmError
from modpm.index import Release
from modpm.resolve.problem import Problem
from modpm.session import Session
from tests.resolve.universes import problems, releases
from tests.session.written import offered_only, write


def outcome(random: Random, offered: Sequence[Release], problem: Problem) -> str:
    """Write everything in some order, lock, and return the lock or what is said instead of one.

    Where a hash is of a file that is written in some order, it is left out.
    """
    with TemporaryDirectory() as folder:
        play = Path(folder, "play")
        write(play, random, offered, problem)
        try:
            Session(play, cache=Path(folder, "cache")).lock()
        except ModpmError as error:
            text, hint, *_ = explain(error)
            return f"{text}\n{hint}"
        locked = (play / "loadout.lock").read_text(encoding="utf-8")
        return re.sub(r'"[0-9a-f]{64}"', '""', locked)


@settings(deadline=None, max_examples=60)
@given(releases, problems, st.integers(0, 1 << 32))
def test_the_order_of_tables_and_files(
    offered: Sequence[Release], problem: Problem, seed: int
) -> None:
    """Tables, keys in them, folders and wishes may come as they like."""
    random, problem = Random(seed), offered_only(problem, offered)
    assert outcome(random, offered, problem) == outcome(random, offered, problem)

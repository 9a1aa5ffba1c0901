"""What is offered as a fix works when it is done, files and all."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from modpm.errors import ResolutionError
from modpm.index import Release
from modpm.resolve.problem import Fix, Problem
from modpm.session import Session
from tests.resolve.universes import problems, releases
from tests.session.written import offered_only, write


def offers(play: Path, cache: Path) -> Sequence[Fix]:
    """Return what is offered; nothing if there is an answer, or if nothing is known to help."""
    try:
        return Session(play, cache=cache).fixes()
    except ResolutionError:
        return ()


@settings(deadline=None, max_examples=120)
@given(releases, problems)
def test_every_fix_that_is_offered(offered: Sequence[Release], problem: Problem) -> None:
    """It locks, by itself, and then there is nothing to fix any more."""
    with TemporaryDirectory() as folder:
        play, cache = Path(folder, "play"), Path(folder, "cache")
        write(play, Random(0), offered, offered_only(problem, offered))
        for number, fix in enumerate(offers(play, cache)):
            if any(change.kind == "install" for change in fix.changes):
                continue  # it is the game that has to be changed, by the player
            copy = Path(folder, f"copy{number}")
            shutil.copytree(play, copy)
            Session(copy, cache=cache).fix(fix)
            assert Session(copy, cache=cache).fixes() == ()
            assert (copy / "loadout.lock").is_file()

"""What a player reads where no versions fit together."""

from itertools import combinations, product

import pytest

from modpm.cli.messages import explain
from modpm.errors import Unsatisfiable
from modpm.index import MemoryIndex, Release
from modpm.manifest import Manifest
from modpm.requirement import Requirement
from modpm.resolve.problem import Problem
from modpm.resolve.solve import solve
from modpm.versions import parse_range, parse_version


def pigeons(count: int) -> Unsatisfiable:
    """Return why so many pigeons do not fit in holes for one less."""
    foes = {f"p{n}": [f"p{other}" for other in range(n)] for n in range(count)}
    offered = [
        Release(
            Manifest(
                id=id,
                version=parse_version(f"{hole}.0.0"),
                name=id,
                conflicts=tuple(Requirement(o, parse_range(f"={hole}.0.0")) for o in others),
            ),
            "default",
            1,
            "0" * 64,
        )
        for (id, others), hole in product(foes.items(), range(1, count))
    ]
    wishes = tuple(Requirement(id, parse_range("*")) for id in foes)
    with pytest.raises(Unsatisfiable) as error:
        solve(Problem(wishes), MemoryIndex(offered))
    return error.value


def test_a_proof_that_nobody_reads() -> None:
    """A long proof does not flood the terminal: what clashes is told, as far as it is short."""
    error = pigeons(6)
    _, *told = explain(error).text.splitlines()
    assert len(error.proof) > 24
    assert len(error.causes) == 6 + len([*combinations(range(6), 2)]) * 5
    assert len(told) == 26
    assert told[:2] == ["  - the loadout wants `p0`", "  - the loadout wants `p1`"]
    assert told[-2:] == [
        "  - and 57 more",
        f"  - these clash, as {len(error.proof)} steps show (--json has them)",
    ]


def test_a_proof_that_is_read() -> None:
    """A short one is told step by step."""
    _, *told = explain(pigeons(3)).text.splitlines()
    assert told[0].startswith("  - Because ")
    assert told[-1].endswith("no versions fit together.")
    assert len(told) < 24

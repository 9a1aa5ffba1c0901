"""The same answer and the same words, whatever the seed of Python's hashes."""

import os
import subprocess
import sys

PROGRAM = """
from itertools import product
from modpm.cli.messages import explain
from modpm.errors import Unsatisfiable
from modpm.index import MemoryIndex, Release
from modpm.manifest import Manifest, Provision
from modpm.requirement import Dependency, Requirement
from modpm.resolve.fixes import fixes
from modpm.resolve.problem import Problem
from modpm.resolve.solve import no_limit, solve
from modpm.versions import parse_range, parse_version, spell

def want(id, range="*"):
    return Requirement(id, parse_range(range))

offered = []
for mod, minor in product(range(30), range(4)):
    needs = [want(f"m{(mod * 7 + 3) % 30}", f"<=1.{3 - minor}"), want("v")]
    provides = (Provision("v", parse_version("1.0.0")),) if mod % 9 == 0 else ()
    conflicts = (want(f"m{(mod + 11) % 30}", f"=1.{minor}.0"),) if mod % 4 else ()
    manifest = Manifest(
        id=f"m{mod}",
        version=parse_version(f"1.{minor}.0"),
        name="",
        dependencies=tuple(Dependency((one,)) for one in needs),
        provides=provides,
        conflicts=conflicts,
    )
    offered.append(Release(manifest, "default", 1, f"{mod:032}{minor:032}"))
index = MemoryIndex(offered)
every = [f"m{n}" for n in range(30)]
for wishes in (["m1", "m5"], every[4:20:4], every, ["m0 =1.3.0", "m3 =1.3.0", "m5"]):
    problem = Problem(tuple(want(*wish.split()) for wish in wishes))
    try:
        found = solve(problem, index)
        print([f"{id} {spell(r.manifest.version)}" for id, r in found.releases.items()])
        print(found.providers, found.dependencies)
    except Unsatisfiable as error:
        error.fixes = fixes(problem, error.causes, index, no_limit)
        print(explain(error))
"""


def test_seeds() -> None:
    """Answers, proofs and fixes do not depend on the order of sets."""
    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in range(4)
    }
    assert len(said) == 1
    assert "'m1 1." in "".join(said)
    assert "Because" in "".join(said)

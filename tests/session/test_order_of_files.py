"""The same mods and wishes, written and listed in another order, come to the same lock."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from modpm.cli.messages import explain
from modpm.errors import ModpmError
from modpm.index import Release
from modpm.manifest import Manifest
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.session import Session
from modpm.versions import parse_range, spell
from tests.resolve.universes import problems, releases

Table = dict[str, object]


def either(dependency: Dependency) -> object:
    """Return a dependency as mod.toml has it; which alternative comes first means something."""
    if len(dependency.alternatives) == 1:
        return dependency.alternatives[0].range.text
    return {"any-of": [{"id": r.id, "version": r.range.text} for r in dependency.alternatives]}


def ranges(requirements: Sequence[Requirement]) -> Table:
    """Return requirements as a table."""
    return {one.id: one.range.text for one in requirements}


def words(manifest: Manifest) -> Table:
    """Return a manifest in the words of mod.toml."""
    mod: Table = {"id": manifest.id, "version": spell(manifest.version), "name": manifest.name}
    if manifest.replaced_by is not None and manifest.replaced_by.id != manifest.id:
        mod["replaced-by"] = manifest.replaced_by.id
    found: Table = {
        "mod": mod,
        "dependencies": {d.alternatives[0].id: either(d) for d in manifest.dependencies},
        "recommends": {d.alternatives[0].id: either(d) for d in manifest.recommends},
        "optional-dependencies": ranges(manifest.optional_dependencies),
        "conflicts": ranges(manifest.conflicts),
        "provides": {p.id: spell(p.version) for p in manifest.provides},
        "parameters": {"fog": {"depth": 1, "colour": "grey"}, "air": {"wind": 2.5}},
    }
    if manifest.game is not None:
        found["game"] = {"id": manifest.game.id, "version": manifest.game.range.text}
    return found


def shuffled(random: Random, table: Mapping[str, object]) -> Table:
    """Return a table, and the tables in it, with the keys in another order."""
    keys = random.sample(sorted(table), len(table))
    return {
        key: shuffled(random, value) if isinstance(value, dict) else value
        for key, value in zip(keys, map(table.__getitem__, keys), strict=True)
    }


def outcome(random: Random, offered: Sequence[Release], problem: Problem) -> str:
    """Write everything in some order, lock, and return the lock or what is said instead of one.

    Where a hash is of a file that is written in some order, it is left out.
    """
    with TemporaryDirectory() as folder:
        play = Path(folder, "play")
        for number, release in enumerate(random.sample(offered, len(offered))):
            mod = play / "registry" / f"{number}"
            mod.mkdir(parents=True)
            text = tomlkit.dumps(shuffled(random, words(release.manifest)))
            (mod / "mod.toml").write_text(f"manifest-version = 1\n{text}", encoding="utf-8")
        loadout: Table = {
            "loadout": {"name": "friday", "game": "arena"},
            "registries": {"default": "registry"},
            "mods": ranges(problem.wishes),
        }
        if problem.game_version is not None:
            loadout["loadout"] = {"name": "friday", "game": "arena", "game-version": "2.0.0"}
        text = tomlkit.dumps(shuffled(random, loadout))
        (play / "loadout.toml").write_text(text, encoding="utf-8")
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
    random, there = Random(seed), {release.manifest.id for release in offered}
    wishes = tuple(wish for wish in problem.wishes if wish.id in there)
    problem = replace(problem, wishes=wishes or (Requirement(min(there), parse_range("*")),))
    assert outcome(random, offered, problem) == outcome(random, offered, problem)

"""Universes and problems drawn by chance, as the files of a player."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import tomlkit
from msgspec.structs import replace

from modpm.index import Release
from modpm.manifest import Manifest
from modpm.requirement import Dependency, Requirement
from modpm.resolve.problem import Problem
from modpm.versions import parse_range, spell

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


def offered_only(problem: Problem, offered: Sequence[Release]) -> Problem:
    """Return the problem with the wishes that some mod bears the name of; one at least."""
    there = {release.manifest.id for release in offered}
    wishes = tuple(wish for wish in problem.wishes if wish.id in there)
    return replace(problem, wishes=wishes or (Requirement(min(there), parse_range("*")),))


def write(play: Path, random: Random, offered: Sequence[Release], problem: Problem) -> None:
    """Write a registry and a loadout; tables, keys and folders come in some order."""
    for number, release in enumerate(random.sample(offered, len(offered))):
        mod = play / "registry" / f"{number}"
        mod.mkdir(parents=True)
        text = tomlkit.dumps(shuffled(random, words(release.manifest)))
        (mod / "mod.toml").write_text(f"manifest-version = 1\n{text}", encoding="utf-8")
    head: Table = {"name": "friday", "game": "arena"}
    if problem.game_version is not None:
        head["game-version"] = spell(problem.game_version)
    loadout: Table = {
        "loadout": head,
        "registries": {"default": "registry"},
        "mods": ranges(problem.wishes),
    }
    text = tomlkit.dumps(shuffled(random, loadout))
    (play / "loadout.toml").write_text(text, encoding="utf-8")

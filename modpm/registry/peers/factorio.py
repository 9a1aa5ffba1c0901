"""Factorio's info.json files: `!`, `?`, `(?)`, `~`, ranges, and the game's version.

The rules are those of the mod structure's public description: a dependency is an optional prefix, a
name, and an optional comparison; who names no dependencies depends on the game alone.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modpm.registry.peers.taken import Shelf, Taken, Unmappable, Words, below, documents, id_of

GAME = "factorio"
LARGEST = 256 << 20
"""Bytes of a file with the metadata of many mods."""

_DEPENDENCY = re.compile(
    r"(?P<prefix>!|\?|\(\?\)|~)?\s*(?P<name>[^<>=!?~()]+?)"
    r"\s*(?:(?P<operator><=|>=|<|>|=)\s*(?P<version>[0-9.]+))?\s*"
)
_TABLES = {"!": "conflicts", "?": "optional-dependencies", "(?)": "optional-dependencies"}


def take(source: Path, to: Path) -> Taken:
    """Write the index of a folder with info.json files, or of one file; raise StoreError.

    A file may hold one mod, a list of them, or what the portal tells of one or of many.
    """
    shelf = Shelf()
    files = below(source, "info.json", shelf.lost) if source.is_dir() else [source]
    for where, content in documents(files, shelf.lost, LARGEST):
        for info in _infos(where, content, shelf):
            _put(where, info, shelf)
    return shelf.write(to)


def _infos(where: str, content: Any, shelf: Shelf) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - JSON
    """Yield each release that a document tells of, in the words of info.json."""
    if isinstance(content, dict) and isinstance(content.get("results"), list):
        content = content["results"]
    for each in content if isinstance(content, list) else [content]:
        if not isinstance(each, dict):
            shelf.lose(where, "an entry", "it is no table")
        elif isinstance(each.get("releases"), list):
            about = {key: each[key] for key in ("name", "title") if key in each}
            for release in each["releases"]:
                if isinstance(release, dict) and isinstance(release.get("info_json"), dict):
                    yield {**release["info_json"], **about, "version": release.get("version")}
                else:
                    shelf.lose(where, str(each.get("name")), "a release without its info_json")
        else:
            yield each


def _put(where: str, info: Mapping[str, Any], shelf: Shelf) -> None:
    name, version = (str(info.get(key, "")) for key in ("name", "version"))
    try:
        words = _words(info)
    except Unmappable as error:
        shelf.lose(where, f"{name[:100]} {version[:40]}".strip() or "a release", error)
        return
    shelf.put(where, name, words, None, 0)


def _words(info: Mapping[str, Any]) -> Words:
    """Return a release in the words of mod.toml; raise Unmappable."""
    name = str(info.get("name", ""))
    mod = {"id": id_of(name), "version": _version(info.get("version")), "name": _title(info, name)}
    words: Words = {"manifest-version": 1, "mod": mod}
    played = [_series(str(info["factorio_version"]))] if "factorio_version" in info else []
    dependencies = info.get("dependencies", ["base"])
    if not isinstance(dependencies, list):
        dependencies = [dependencies]
    for text in dependencies:
        played += _relate(words, text)
    words["game"] = {"id": GAME, "version": ", ".join(dict.fromkeys(played)) or "*"}
    return words


def _title(info: Mapping[str, Any], name: str) -> str:
    return " ".join(str(info.get("title") or name).split())[:100] or name


def _relate(words: Words, text: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Add one dependency to the words; return what it says about the game."""
    match = _DEPENDENCY.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise Unmappable(f"the dependency {str(text)[:100]!r} is of no known form")
    range = f"{match['operator']}{_version(match['version'])}" if match["operator"] else "*"
    if match["name"] == "base":
        if match["prefix"] not in (None, "~"):
            raise Unmappable(f"{text!r} is about the game, and no dependency on it")
        return [range] if range != "*" else []
    id = id_of(match["name"])
    if id == words["mod"]["id"]:
        raise Unmappable(f"{text!r} is about the mod itself")
    table = words.setdefault(_TABLES.get(match["prefix"] or "", "dependencies"), {})
    if match["prefix"] == "~":
        table[id] = {"version": _both(table.get(id), range), "order": False}
    else:
        table[id] = _both(table.get(id), range)
    return []


def _both(former: Any, range: str) -> str:  # noqa: ANN401 - a range or a table with one
    """Return the range for a mod that is named a second time."""
    known = former["version"] if isinstance(former, dict) else former
    return range if known in (None, "*", range) else f"{known}, {range}"


def _version(text: Any) -> str:  # noqa: ANN401 - JSON
    """Return numbers as X.Y.Z; what is left out is 0."""
    parts = str(text).split(".")
    if not 1 <= len(parts) <= 3 or not all(re.fullmatch("[0-9]{1,9}", part) for part in parts):
        raise Unmappable(f"{str(text)[:40]!r} is no version")
    return ".".join(str(int(part)) for part in [*parts, "0", "0"][:3])


def _series(text: str) -> str:
    """Return the versions of the game that a mod made for one series runs on.

    1.0 was the last of the 0.18 series, and runs its mods.
    """
    match = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})(?:\.[0-9]{1,9})?", text)
    if match is None:
        raise Unmappable(f"{text[:40]!r} is no version of the game")
    series = f"{int(match[1])}.{int(match[2])}"
    return ">=0.18, <=1.0" if series == "0.18" else f"={series}"

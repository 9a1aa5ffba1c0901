"""A checkout of CKAN's metadata: one .ckan file, which is JSON, for each release.

The fields are those of CKAN's public specification. Its mods have no load order, so none of their
dependencies asks for one. Which game versions go with which beyond what a mod names is left to the
CKAN client by the specification, and to nobody here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from modpm.registry.peers.ckan_versions import Scheme
from modpm.registry.peers.taken import Shelf, Taken, Unmappable, Words, below, documents, id_of

GAME = "ksp"

_GAME = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:\.[0-9]{1,9})?")
_SHA256 = re.compile("[0-9a-fA-F]{64}")

Fields = Mapping[str, Any]


def take(folder: Path, to: Path, game: str = GAME) -> Taken:
    """Write the index of a checkout; raise StoreError."""
    shelf = Shelf()
    found = [
        (where, fields)
        for where, fields in documents(below(folder, "*.ckan", shelf.lost), shelf.lost)
        if _is_release(where, fields, shelf)
    ]
    texts = defaultdict[str, set[str]](set)
    for _, fields in found:
        texts[str(fields["identifier"]).lower()].add(str(fields["version"]))
    schemes = {name: Scheme(versions) for name, versions in texts.items()}
    for where, fields in found:
        _Release(where, fields, schemes, shelf).put(game)
    return shelf.write(to)


def _is_release(where: str, fields: object, shelf: Shelf) -> bool:
    if isinstance(fields, dict) and fields.get("identifier") and fields.get("version"):
        return True
    shelf.lose(where, "the file", "it names no identifier or no version")
    return False


class _Release:
    """One .ckan file on its way into the index."""

    def __init__(
        self, where: str, fields: Fields, schemes: Mapping[str, Scheme], shelf: Shelf
    ) -> None:
        self._where = where
        self._fields = fields
        self._schemes = schemes
        self._shelf = shelf
        self._name = str(fields["identifier"])
        self._version = str(fields["version"])

    def put(self, game: str) -> None:
        """Put the release into the index, or say why it cannot be there."""
        try:
            words = self._words(game)
        except Unmappable as error:
            self._shelf.lose(self._where, f"{self._name[:100]} {self._version[:40]}", error)
            return
        hashes = self._fields.get("download_hash")
        sha256 = str(hashes.get("sha256", "")) if isinstance(hashes, dict) else ""
        size = self._fields.get("download_size")
        self._shelf.put(
            self._where,
            self._name,
            words,
            sha256.lower() if _SHA256.fullmatch(sha256) else None,
            size if isinstance(size, int) and size >= 0 else 0,
        )

    def _words(self, game: str) -> Words:
        scheme = self._schemes[self._name.lower()]
        mod = {
            "id": id_of(self._name),
            "version": scheme.version(self._version),
            "name": " ".join(str(self._fields.get("name") or self._name).split())[:100],
            "description": f"{self._name} {self._version} of CKAN",
        }
        words = {
            "manifest-version": 1,
            "mod": mod | self._replaced(),
            "game": {"id": game, "version": _played(self._fields)},
            "dependencies": self._needs("depends", strict=True),
            "recommends": self._needs("recommends", strict=False),
            "suggests": dict(self._plain("suggests", strict=False)),
            "conflicts": dict(self._plain("conflicts", strict=True)),
            "provides": dict(self._provided()),
        }
        return {key: value for key, value in words.items() if value}

    def _replaced(self) -> Words:
        by = self._fields.get("replaced_by")
        if by is None:
            return {}
        try:
            id, range = self._one(by)
        except Unmappable as error:
            self._lose("replaced_by", error)
            return {}
        return {"replaced-by": {"id": id, "version": range}}

    def _needs(self, kind: str, *, strict: bool) -> Words:
        """Return dependencies or recommendations by id, those with a choice by their first."""
        words: Words = {}
        for entry in self._entries(kind):
            try:
                options = [self._one(each) for each in _options(entry)]
            except Unmappable as error:
                self._refuse(kind, error, strict)
                continue
            if len(options) == 1 and options[0][0] not in words:
                id, range = options[0]
                words[id] = {"version": range, "order": False}
            else:
                chosen = [{"id": id, "version": range} for id, range in options]
                words[_free(options[0][0], words)] = {"any-of": chosen, "order": False}
        return words

    def _plain(self, kind: str, *, strict: bool) -> Iterator[tuple[str, str]]:
        """Yield suggestions or conflicts; each of a choice is one by itself."""
        seen: dict[str, str] = {}
        for entry in self._entries(kind):
            try:
                found = [self._one(each) for each in _options(entry)]
            except Unmappable as error:
                self._refuse(kind, error, strict)
                continue
            for id, range in found:
                if id == id_of(self._name):
                    self._lose(kind, "it is about the mod itself")
                else:
                    seen[id] = f"{seen[id]} || {range}" if id in seen else range
        yield from seen.items()

    def _provided(self) -> Iterator[tuple[str, str]]:
        """Yield what the mod stands in for. CKAN gives that no version: it is older than any."""
        for name in self._entries("provides"):
            try:
                id = id_of(str(name))
            except Unmappable as error:
                self._lose("provides", error)
                continue
            if id != id_of(self._name):
                yield id, "0.0.0"

    def _one(self, entry: object) -> tuple[str, str]:
        """Return the id and the range of a relationship; raise Unmappable."""
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise Unmappable(f"{str(entry)[:100]} names no mod")
        scheme = self._schemes.get(entry["name"].lower()) or Scheme(())
        bounds = (("version", scheme.exactly), ("min_version", scheme.at_least))
        every = (*bounds, ("max_version", scheme.at_most))
        pieces = [told(str(entry[key])) for key, told in every if entry.get(key)]
        return id_of(entry["name"]), ", ".join(p for p in pieces if p != "*") or "*"

    def _entries(self, kind: str) -> Iterable[Any]:
        found = self._fields.get(kind) or []
        return found if isinstance(found, list) else [found]

    def _refuse(self, kind: str, error: Unmappable, strict: bool) -> None:
        """Leave out an entry, or with `strict` the release: without that entry it would lie."""
        if strict:
            raise Unmappable(f"{kind}: {error}")
        self._lose(kind, error)

    def _lose(self, kind: str, why: object) -> None:
        self._shelf.lose(self._where, f"{kind} of {self._name[:100]} {self._version[:40]}", why)


def _options(entry: object) -> list[object]:
    """Return the mods of which any one will do."""
    choice = entry.get("any_of") if isinstance(entry, dict) else None
    return choice if isinstance(choice, list) and choice else [entry]


def _free(id: str, taken: Mapping[str, Any]) -> str:
    """Return a key for a choice that no dependency has."""
    number = 1
    while f"{id[:50]}-{number}-of" in taken:
        number += 1
    return f"{id[:50]}-{number}-of"


def _played(fields: Fields) -> str:
    """Return the versions of the game that a release is for; raise Unmappable."""
    named = (("ksp_version", "="), ("ksp_version_min", ">="), ("ksp_version_max", "<="))
    pieces = [
        f"{operator}{_game(fields[key])}"
        for key, operator in named
        if fields.get(key) not in (None, "any")
    ]
    return ", ".join(pieces) or "*"


def _game(version: object) -> str:
    """Return a version of the game, whose builds do not count."""
    match = _GAME.fullmatch(str(version))
    if match is None:
        raise Unmappable(f"{str(version)[:40]!r} is no version of the game")
    return ".".join(str(int(number)) for number in match.groups() if number is not None)

"""Edits of loadout.toml that keep its comments and layout."""

from collections.abc import Iterable, MutableMapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.toml_document import TOMLDocument

from modpm.errors import InvalidSyntax, NotInLoadout
from modpm.fault import suggest
from modpm.loadout import Wish, parse_loadout
from modpm.session.place import LOADOUT


def with_wishes(text: str, wishes: Iterable[Wish]) -> str:
    """Return the loadout's text with the wishes in [mods], in place of their former selves.

    What a wish leaves open stays as it was; but it is enabled. Raises InvalidFile.
    """
    document = _parsed(text)
    mods = _mods(document)
    for wish in wishes:
        former = mods.get(wish.id)
        if isinstance(former, MutableMapping):
            _update(former, wish)
        else:
            mods[wish.id] = _spelled(wish)
    return tomlkit.dumps(document)


def without(text: str, ids: Iterable[str]) -> str:
    """Return the loadout's text without those mods; raise NotInLoadout for one that it lacks."""
    document = _parsed(text)
    mods = _mods(document)
    for id in dict.fromkeys(ids):
        if id not in mods:
            raise NotInLoadout(id=id, suggestion=suggest(id, list(mods)))
        del mods[id]
    return tomlkit.dumps(document)


def _parsed(text: str) -> TOMLDocument:
    parse_loadout(text, LOADOUT)  # its errors are better
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise InvalidSyntax(file=LOADOUT, problem=str(error)) from error


def _mods(document: TOMLDocument) -> MutableMapping[str, Any]:
    if "mods" not in document:
        document["mods"] = tomlkit.table()
    mods: Any = document["mods"]  # a table, an inline table, or one in several places
    return mods  # type: ignore[no-any-return]


def _update(former: MutableMapping[str, Any], wish: Wish) -> None:
    former.pop("enabled", None)
    if wish.path is not None:
        former.pop("registry", None)
        former["path"] = wish.path
    elif wish.registry is not None:
        former.pop("path", None)
        former["registry"] = wish.registry
    if wish.path is None or wish.range.text != "*":
        former["version"] = wish.range.text
    else:
        former.pop("version", None)


def _spelled(wish: Wish) -> object:
    details = {"path": wish.path, "registry": wish.registry}
    if not any(details.values()):
        return wish.range.text
    table = tomlkit.inline_table()
    if wish.range.text != "*":
        table["version"] = wish.range.text
    table.update({key: value for key, value in details.items() if value})
    return table

"""Edits of loadout.toml that keep its comments and layout."""

from collections.abc import Iterable
from difflib import get_close_matches

import tomlkit
from tomlkit.items import Table
from tomlkit.toml_document import TOMLDocument

from modpm.errors import NotInLoadout
from modpm.loadout import Wish


def with_wishes(text: str, wishes: Iterable[Wish]) -> str:
    """Return the loadout's text with the wishes in [mods], in place of their former ranges."""
    document = tomlkit.parse(text)
    mods = _mods(document)
    for wish in wishes:
        former = mods.get(wish.id)
        if isinstance(former, dict) and wish.path is None:
            former["version"] = wish.range.text
        else:
            mods[wish.id] = _spelled(wish)
    return tomlkit.dumps(document)


def without(text: str, ids: Iterable[str]) -> str:
    """Return the loadout's text without those mods; raise NotInLoadout for one that it lacks."""
    document = tomlkit.parse(text)
    mods = _mods(document)
    for id in ids:
        if id not in mods:
            near = get_close_matches(id, list(mods), n=1)
            raise NotInLoadout(id=id, suggestion=near[0] if near else None)
        del mods[id]
    return tomlkit.dumps(document)


def _mods(document: TOMLDocument) -> Table:
    if "mods" not in document:
        document["mods"] = tomlkit.table()
    mods = document["mods"]
    assert isinstance(mods, Table)  # a loadout that parses has a table there
    return mods


def _spelled(wish: Wish) -> object:
    details = {"path": wish.path, "registry": wish.registry}
    if not any(details.values()):
        return wish.range.text
    table = tomlkit.inline_table()
    if wish.range.text != "*":
        table["version"] = wish.range.text
    table.update({key: value for key, value in details.items() if value})
    return table

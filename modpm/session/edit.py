"""Edits of loadout.toml that keep its comments and layout."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table
from tomlkit.toml_document import TOMLDocument

from modpm.document import Value
from modpm.errors import GameTooOld, InvalidSyntax, NotInLoadout
from modpm.fault import suggest
from modpm.loadout import Wish, parse_loadout
from modpm.resolve.problem import Change, Fix
from modpm.session.place import LOADOUT
from modpm.versions import spell


def new(name: str, game: str | None) -> str:
    """Return the text of a loadout that wants nothing; raise InvalidFile for what none can have."""
    loadout = tomlkit.table().add("name", name)
    if game is not None:
        loadout.add("game", game)
    document = tomlkit.document().add("loadout", loadout).add("mods", tomlkit.table())
    text = tomlkit.dumps(document)
    parse_loadout(text, LOADOUT)
    return text


def with_wishes(text: str, wishes: Iterable[Wish]) -> str:
    """Return the loadout's text with the wishes in [mods], in place of their former selves.

    What a wish leaves open stays as it was; but it is enabled. Raises InvalidFile.
    """
    document = _parsed(text)
    mods = _table(document, "mods")
    for wish in wishes:
        former = mods.get(wish.id)
        if isinstance(former, MutableMapping):
            _update(former, wish)
            if isinstance(former, InlineTable):
                # Written anew: what is taken out of it leaves its blanks behind.
                mods[wish.id] = _inline(former.unwrap())
        else:
            mods[wish.id] = _spelled(wish)
    return tomlkit.dumps(document)


def without(text: str, ids: Iterable[str]) -> str:
    """Return the loadout's text without those mods; raise NotInLoadout for one that it lacks."""
    document = _parsed(text)
    mods = _table(document, "mods")
    for id in dict.fromkeys(ids):
        if id not in mods:
            raise NotInLoadout(id=id, suggestion=suggest(id, list(mods)))
        del mods[id]
    return tomlkit.dumps(document)


def mended(text: str, fix: Fix | None) -> str:
    """Return the loadout's text with the changes of a fix.

    Raises GameTooOld where the game itself has to be another.
    """
    for change in fix.changes if fix else ():
        text = _changed(text, change)
    return text


def _changed(text: str, change: Change) -> str:
    if change.kind == "remove":
        return without(text, [change.id])
    if change.range is not None:
        return with_wishes(text, [Wish(change.id, change.range)])
    if change.kind == "install":
        raise GameTooOld(id=change.id, wanted=change.version)
    document = _parsed(text)
    if change.version is not None:
        _table(document, "loadout")["game-version"] = spell(change.version)
    else:
        _drop(document, "overrides", change.id)
    return tomlkit.dumps(document)


def with_choice(text: str, name: str, choice: tuple[str, Value] | None) -> str:
    """Return the loadout's text with a choice, a table and what is there, as the only one."""
    document = _parsed(text)
    for table in ("pins", "strategy", "settled"):
        if choice is None or choice[0] != table:
            _drop(document, table, name)
    if choice is not None:
        _table(document, choice[0])[name] = _inline(choice[1])
    return tomlkit.dumps(document)


def with_seen(text: str, name: str, seen: Mapping[str, Value]) -> str:
    """Return the loadout's text with what mods claimed when the player chose."""
    document = _parsed(text)
    _table(document, "settled")[name] = _inline(dict(seen))
    return tomlkit.dumps(document)


def _drop(document: TOMLDocument, table: str, name: str) -> None:
    """Take a name out of a table, and the table out of the document if nothing is left of it."""
    entries = _table(document, table) if table in document else {}
    if name not in entries:
        return
    del entries[name]
    if not entries and isinstance(entries, Table) and not entries.as_string().strip():
        del document[table]


def _inline(value: Value) -> Any:  # noqa: ANN401 - tomlkit's items have no common type
    """Return a value as TOML writes it on one line."""
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update({key: _inline(each) for key, each in value.items()})
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(map(_inline, value))
        return array
    return value


def _parsed(text: str) -> TOMLDocument:
    parse_loadout(text, LOADOUT)  # its errors are better
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise InvalidSyntax(file=LOADOUT, problem=str(error)) from error


def _table(document: TOMLDocument, name: str) -> MutableMapping[str, Any]:
    if name not in document:
        document[name] = tomlkit.table()
    table: Any = document[name]  # a table, an inline table, or one in several places
    return table  # type: ignore[no-any-return]


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

"""The fields that mod.toml, loadout.toml and game.toml share: their types, and how each is read.

A pattern in `extra_json_schema` is for editors; here code checks it, with a better error.
"""

import re
from typing import Annotated, Literal, get_args

from msgspec import Meta

from modpm.errors import InvalidRange, InvalidVersion
from modpm.fault import one_of, suggest
from modpm.place import Place
from modpm.versions import (
    RANGE_LENGTH,
    VERSION_LENGTH,
    VERSION_PATTERN,
    Range,
    Version,
    parse_range,
    parse_version,
)

PART_LENGTH = 64
PART_PATTERN = rf"[a-z0-9][a-z0-9_-]{{0,{PART_LENGTH - 1}}}"
ID_PATTERN = rf"(?:{PART_PATTERN}/)?{PART_PATTERN}"
NAME_PATTERN = r"[a-z_][a-z0-9_]{0,63}"
_ID = re.compile(ID_PATTERN)
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.IGNORECASE)

IdText = Annotated[
    str,
    Meta(
        title="an id such as acme/better-combat",
        extra_json_schema={"pattern": rf"^{ID_PATTERN}$"},
    ),
]
VersionText = Annotated[
    str,
    Meta(
        title="a version such as 1.2.0 or 2.0.0-beta.1",
        extra_json_schema={"pattern": rf"^{VERSION_PATTERN}$", "maxLength": VERSION_LENGTH},
    ),
]
RangeText = Annotated[
    str,
    Meta(
        title="a version range such as ^1.2 or >=1.2, <2",
        extra_json_schema={"maxLength": RANGE_LENGTH, "examples": ["*", "^1.2", ">=1.2, <2"]},
    ),
]
Name = Annotated[
    str,
    Meta(
        title="a name such as max_hp: small letters, digits and _",
        pattern=rf"^{NAME_PATTERN}$(?!\n)",
    ),
]
Address = Annotated[str, Meta(title="an address such as https://…", pattern=r"^https?://[^\s]+$")]
Title = Annotated[str, Meta(title="text of 1 to 100 characters", min_length=1, max_length=100)]
_STEP = r"""[^\\/:*?"<>|\n]*[^\\/:*?"<>|\n. ]"""
PathText = Annotated[
    str,
    Meta(
        title="a relative path with forward slashes and without .., such as data/icon.png",
        pattern=rf"^{_STEP}(?:/{_STEP})*$(?!\n)",
        max_length=200,
    ),
]
ENTRY_PATTERN = rf"^(?:{_STEP}/)*{_STEP}\.(?:rhai|wasm)$(?!\n)"

Format = Annotated[
    Literal[1],
    Meta(
        title="1",
        description="The format of this file.",
        extra={"hint": "a file with a higher number needs a newer modpm"},
    ),
]
PROVIDES = "provides:"
"""What the name of a virtual id begins with, among those of plugins; its value is a mod."""
MERGE = "merge:"
"""What the strategies begin with that make one value of all claims."""
_Strategy = Literal[
    "last-wins",
    "first-wins",
    "priority",
    "exclusive",
    "merge:sum",
    "merge:product",
    "merge:min",
    "merge:max",
    "merge:mean",
    "merge:and",
    "merge:or",
    "merge:union",
    "merge:append",
    "merge:deep",
]
STRATEGIES: tuple[str, ...] = get_args(_Strategy)
_DECIDES = "Which claim wins when mods set the same parameter, or how they merge."
Strategy = Annotated[_Strategy, Meta(description=_DECIDES)]
USE = "use:"
"""What the player's strategy begins with that lets one mod win."""
PlayerStrategy = Annotated[
    str,
    Meta(
        description=f"{_DECIDES} {USE}MOD lets the claim of that mod win.",
        extra_json_schema={
            "anyOf": [{"enum": STRATEGIES}, {"pattern": rf"^{USE}{ID_PATTERN}$"}],
        },
    ),
]


def id_problem(text: str) -> str | None:
    """Return what a mod id is, as a noun phrase, if `text` is none; None if it is one."""
    if not _ID.fullmatch(text):
        return (
            f"an id such as acme/better-combat: [namespace/]name, each of a-z, 0-9, - and _, "
            f"starting with a letter or digit, at most {PART_LENGTH} long"
        )
    if any(map(is_reserved, text.split("/"))):
        return "an id other than the names that Windows keeps for devices, such as con or nul"
    return None


def is_reserved(name: str) -> bool:
    """Return whether Windows takes a file of that name for a device."""
    return _DEVICE.match(name) is not None


def read_id(text: str, place: Place) -> str:
    """Return a mod id; raise InvalidValue with the nearest id."""
    problem = id_problem(text)
    if problem is None:
        return text
    nearest = re.sub(r"[^a-z0-9/_-]+", "-", text.strip().lower())
    raise place.invalid(text, problem, None if id_problem(nearest) else nearest)


def read_ids(texts: tuple[str, ...], place: Place) -> tuple[str, ...]:
    """Return several ids, sorted, each once; raise InvalidValue."""
    return tuple(sorted({read_id(text, place / index) for index, text in enumerate(texts)}))


def read_strategy(text: str, place: Place) -> str:
    """Return a strategy that a player may name; raise InvalidValue with the nearest."""
    if text.startswith(USE):
        return USE + read_id(text.removeprefix(USE), place)
    if text not in STRATEGIES:
        expected = one_of((*STRATEGIES, f"{USE}MOD"))
        raise place.invalid(text, expected, suggest(text, STRATEGIES))
    return text


def read_version(text: str, place: Place) -> Version:
    """Return a version; raise InvalidValue with the nearest legal spelling."""
    try:
        return parse_version(text)
    except InvalidVersion as error:
        expected = "a version such as 1.2.0 or 2.0.0-beta.1"
        raise place.invalid(error.text, expected, error.nearest) from None


def read_range(text: str, place: Place) -> Range:
    """Return a version range; raise InvalidValue, its `found` the piece that is wrong."""
    try:
        return parse_range(text)
    except InvalidRange as error:
        expected = "a version range such as ^1.2 or >=1.2, <2"
        raise place.invalid(error.part, expected, hint=error.hint) from None


def read_path(path: str, place: Place) -> str:
    """Return a `PathText`; raise InvalidValue if Windows cannot have it."""
    if any(map(is_reserved, path.split("/"))):
        raise place.invalid(path, "a path without names that Windows keeps, such as con or nul")
    return path

"""Ids of mods and what is required of them, as mod.toml and loadout.toml both spell it."""

from msgspec import Struct

from modpm.versions import Range


class Requirement(Struct, frozen=True):
    """A mod (or a virtual id) and the versions of it that will do."""

    id: str
    range: Range


class Dependency(Struct, frozen=True):
    """One requirement, or several of which any one will do. `alternatives` is never empty."""

    alternatives: tuple[Requirement, ...]

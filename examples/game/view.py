"""What there is to see of a play, as rows of text that anybody may have written."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from examples.game.orders import A_DAY
from examples.game.play import Play
from examples.game.realm import WALLS, YEAR
from modpm.conflict.claims import Decision, spelled
from modpm.conflict.strategy import PIN
from modpm.runtime.log import seemly
from modpm.runtime.plugins import shown

BAR = 10


class Row(Struct, frozen=True):
    """A parameter or a plugin's switch: its name, its value, and who set it."""

    name: str
    value: str
    by: str


class Standing(Struct, frozen=True):
    """A mod and how it is: "plays", "reloaded", "unloaded" or "failed in" a hook."""

    mod: str
    state: str


def parameters(play: Play) -> tuple[Row, ...]:
    """Return every parameter; a switch only if it is off, or if somebody set it."""
    by = {decision.at: who(decision) for decision in play.host.decided}
    return tuple(_rows(play, by))


def _rows(play: Play, by: Mapping[tuple[str, str], str]) -> Iterator[Row]:
    for name, plugin in play.host.plugins.items():
        if not plugin.enabled or (name, "") in by:
            yield Row(name, "on" if plugin.enabled else "off", by.get((name, ""), ""))
        for key, value in plugin.parameters.items():
            yield Row(spelled((name, key)), seemly(shown(value)), by.get((name, key), ""))


def who(decision: Decision) -> str:
    """Return who decided a parameter, and over whom, by names without their namespace."""
    rejected = {claim.mod for claim in decision.rejected}
    mods = [c.mod for c in decision.claims if c.mod != decision.winner and c.mod not in rejected]
    others = [mod.rpartition("/")[2] for mod in mods]
    winner = "you" if decision.strategy == PIN else (decision.winner or "").rpartition("/")[2]
    return " over ".join([winner, *others[-1:]]) if winner else " + ".join(others)


def mods(play: Play) -> tuple[Standing, ...]:
    """Return the mods of the loadout, in load order."""
    failed = {failure.mod: f"failed in {failure.hook}" for failure in play.host.failures}
    here = {id: "reloaded" if id in play.reloaded else "plays" for id in play.host.loaded}
    return tuple(
        Standing(mod.id, here.get(mod.id) or failed.get(mod.id, "unloaded"))
        for mod in play.host.mods
    )


def realm(play: Play) -> tuple[tuple[str, str], ...]:
    """Return the realm's figures, each with its name."""
    realm, land = play.realm, play.kingdom.land
    hero = "in the ditch" if realm.hp == 0 else f"{realm.hp}/{land.max_hp} hp"
    pack = ", ".join(
        f"{n} {seemly(thing)}" if n > 1 else seemly(thing) for thing, n in realm.pack.items()
    )
    return (
        ("People", f"{land.people:,}" + ("" if realm.open else ", gates shut")),
        ("Sick", f"{land.infected:,}" + (f", {land.stage}" if land.stage != "none" else "")),
        ("Mood", f"{bar(realm.mood)} {realm.mood:.2f}"),
        ("Treasury", f"{realm.gold:,} crowns ({realm.earned:+,} a day)"),
        ("Taxes", f"{land.tax_rate} percent"),
        ("Granary", f"{land.grain:,} sacks"),
        ("Bread", f"{land.price_level:.2f} times the usual price"),
        ("Weather", f"{land.temperature} °C"),
        (realm.hero, hero),
        ("Pack", pack or "nothing"),
        ("Walls", bar(realm.walls / WALLS)),
        ("Doctors", "out with the sick" if realm.doctors else "at home"),
        ("Orders", f"{play.orders} of {A_DAY} left today"),
    )


def date(play: Play) -> str:
    """Return what day it is."""
    return f"day {max(play.realm.day, 0)} of {YEAR}, {play.realm.season}"


def bar(share: float) -> str:
    """Return a share of one as a bar."""
    full = round(share * BAR)
    return "█" * full + "░" * (BAR - full)

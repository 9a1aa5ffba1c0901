"""What the player can order, a few things a day: what it costs, and what becomes of the realm.

Some orders also reach the mods: a pin is the player's word over theirs, an event is news for them.
"""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from examples.game.realm import WALLS, Land, Realm
from modpm.runtime import Host

A_DAY = 2
"""Orders that a day has time for."""
SACKS = 500
STEP = 5
HEALTHY = 0.1
"""The infection rate while doctors visit the sick, whatever the plague makes of it."""
TAX = ("economy", "tax_rate")
INFECTION = ("contagion", "infection_rate")


class Impossible(Exception):
    """Why an order cannot be given, as a sentence."""


class Order(Struct, frozen=True):
    """Something to order: the key, the word for it, its price in crowns when bread costs 1."""

    key: str
    name: str
    cost: int
    done: Callable[[Realm, Land, Host], Realm]

    def give(self, realm: Realm, land: Land, host: Host) -> Realm:
        """Pay for it and have it done; raise Impossible, and then nothing was done."""
        cost = round(self.cost * land.price_level)
        if realm.gold < cost:
            raise Impossible(f"{self.name}: that costs {cost} crowns, and there are {realm.gold}.")
        return self.done(replace(realm, gold=realm.gold - cost), land, host)


def _feast(realm: Realm, land: Land, host: Host) -> Realm:
    return replace(realm, mood=min(realm.mood + 0.15, 1.0)).tell("A feast for all, and they cheer.")


def _walls(realm: Realm, land: Land, host: Host) -> Realm:
    if realm.walls == WALLS:
        raise Impossible("The walls are as high as walls can be.")
    return replace(realm, walls=realm.walls + 1).tell("The masons add to the walls.")


def _grain(realm: Realm, land: Land, host: Host) -> Realm:
    host.publish("grain.bought", {"sacks": SACKS})
    return realm.tell(f"{SACKS} sacks of grain are on their way.")


def _doctors(realm: Realm, land: Land, host: Host) -> Realm:
    if realm.doctors:
        host.unpin(*INFECTION)
        return replace(realm, doctors=False).tell("The doctors go home.")
    host.pin(*INFECTION, HEALTHY)
    return replace(realm, doctors=True).tell("Doctors with beaks visit the sick.")


def _tax(step: int) -> Callable[[Realm, Land, Host], Realm]:
    def decree(realm: Realm, land: Land, host: Host) -> Realm:
        rate = land.tax_rate + step
        if not 0 <= rate <= 60:
            raise Impossible(f"{rate} percent? The exchequer laughs.")
        host.pin(*TAX, rate)
        return realm.tell(f"By your decree the crown takes {rate} percent.")

    return decree


def _no_decree(realm: Realm, land: Land, host: Host) -> Realm:
    host.unpin(*TAX)
    return realm.tell("Others may set the taxes again.")


ORDERS = (
    Order("f", "Feast", 120, _feast),
    Order("w", "Walls", 100, _walls),
    Order("g", "Grain", 60, _grain),
    Order("d", "Doctors", 0, _doctors),
    Order("plus", "Tax up", 0, _tax(STEP)),
    Order("minus", "Tax down", 0, _tax(-STEP)),
    Order("0", "No tax law", 0, _no_decree),
)

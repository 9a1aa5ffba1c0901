"""The rules of the realm: what one day makes of it. The same morning gives the same evening.

What mods set is the `Land`, what they trigger the day's news. All the rest is the game's own.
"""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from modpm.document import Value
from modpm.runtime import PluginHookTriggeredEvent, PluginState

SEASONS = ("spring", "summer", "autumn", "winter")
SEASON = 50
"""Days."""
YEAR = SEASON * len(SEASONS)
REVOLT = 0.1
"""The mood at which people have had enough."""
UPKEEP = 45
"""Crowns a day for guards and clerks."""
DOCTORS = 25
"""Crowns a day."""
WALLS = 5
"""How high they can be; each step keeps a tenth of the blows off."""
HEROES = ("Aldous", "Berta", "Cedric", "Dorothea", "Edmund", "Frida")


class Land(Struct, frozen=True):
    """The plugins' parameters as the mods made them; what a plugin that is off leaves behind."""

    people: int = 12000
    morale: float = 0.5
    infected: int = 0
    stage: str = "none"
    price_level: float = 1.0
    tax_rate: int = 0
    grain: int = 0
    temperature: int = 12
    max_hp: int = 100
    enemy_damage: float = 0.0
    permadeath: bool = False
    slots: int = 0
    weight_limit: float = 0.0
    starting_items: tuple[object, ...] = ()
    heal_per_day: int = 0


class Realm(Struct, frozen=True):
    """One evening. `gold` is in crowns, `mood` from 0 to 1, `pack` counts, `told` is news."""

    hp: int
    pack: Mapping[str, int]
    mood: float
    day: int = 0
    gold: int = 400
    earned: int = 0
    walls: int = 0
    fallen: int = 0
    doctors: bool = False
    open: bool = True
    end: str = ""
    told: tuple[str, ...] = ()

    @property
    def season(self) -> str:
        """The season's name; day 0 is the eve of spring."""
        return SEASONS[max(self.day - 1, 0) // SEASON % len(SEASONS)]

    @property
    def hero(self) -> str:
        """Who defends the realm today."""
        return HEROES[self.fallen % len(HEROES)]

    def tell(self, line: str) -> "Realm":
        """Return the realm with one more piece of news."""
        return replace(self, told=(*self.told, line))


def land(plugins: Mapping[str, PluginState]) -> Land:
    """Return what the parameters of the plugins that are on come to."""
    values = {
        k: v for plugin in plugins.values() if plugin.enabled for k, v in plugin.parameters.items()
    }
    return msgspec.convert(values, Land)


def founded(land: Land) -> Realm:
    """Return the realm on the eve of the first day."""
    return Realm(hp=land.max_hp, pack=packed({}, land, land.starting_items), mood=land.morale)


def passed(realm: Realm, land: Land, news: Iterable[PluginHookTriggeredEvent]) -> Realm:
    """Return the realm a day later; after its end, as it was."""
    if realm.end:
        return replace(realm, told=())
    realm = replace(realm, day=realm.day + 1, told=())
    for event in news:
        realm = happened(realm, land, f"{event.plugin}.{event.hook}", event.data)
    return ended(lived(healed(taxed(realm, land), land), land), land)


def happened(realm: Realm, land: Land, hook: str, data: Value) -> Realm:
    """Return what a mod's hook does to the realm; its data is that mod's word, and may be any."""
    match hook:
        case "combat.spawn_raid":
            return raided(realm, land, int(number(data, "raiders", 1000)))
        case "weather.storm_breaks":
            return spent(realm, round(80 * number(data, "strength", 1)))
        case "economy.market_day":
            return spent(realm, -round(number(data, "sacks", 100_000) * land.price_level / 100))
        case "economy.caravan_arrives":
            return spent(realm, -50)
        case "inventory.grant_item":
            things = (
                [data.get("item")] * int(number(data, "count", 99))
                if isinstance(data, dict)
                else []
            )
            return replace(realm, pack=packed(realm.pack, land, things))
        case "population.close_gates" | "population.open_gates":
            return replace(realm, open=hook.endswith("open_gates"))
        case "population.bells_toll":
            return replace(realm, mood=min(realm.mood + 0.05, 1.0))
    return realm


def number(data: Value, key: str, most: float) -> float:
    """Return a number from 0 to `most` out of what a mod sent; 0 if there is none."""
    found = data.get(key) if isinstance(data, dict) else None
    return min(max(found, 0), most) if isinstance(found, int | float) and found == found else 0


def spent(realm: Realm, gold: int) -> Realm:
    """Return the realm with less gold, but never with less than none."""
    return replace(realm, gold=max(realm.gold - gold, 0))


def packed(pack: Mapping[str, int], land: Land, things: Iterable[object]) -> Mapping[str, int]:
    """Return the pack with as many of the things in it as fit; each weighs two kilograms."""
    full, room = dict(pack), min(land.slots, int(land.weight_limit / 2)) - sum(pack.values())
    for thing in list(things)[: max(room, 0)]:
        full[str(thing)[:20]] = full.get(str(thing)[:20], 0) + 1
    return full


def raided(realm: Realm, land: Land, raiders: int) -> Realm:
    """Return what is left when raiders have come: the hero meets them, if there is one."""
    blows = round(raiders * land.enemy_damage * (1 - realm.walls / 10))
    if blows < realm.hp:
        return replace(realm, hp=realm.hp - blows).tell(
            f"{realm.hero} beats {raiders} raiders and takes {blows} blows."
        )
    realm = spent(replace(realm, hp=0), 4 * raiders)
    if not land.permadeath:
        return realm.tell(
            f"{raiders} raiders leave {realm.hero} in the ditch and take what they find."
        )
    pack = packed({}, land, land.starting_items)
    new = replace(realm, fallen=realm.fallen + 1, pack=pack, hp=land.max_hp // 2)
    return new.tell(f"{realm.hero} falls to {raiders} raiders, for good. {new.hero} steps forward.")


def healed(realm: Realm, land: Land) -> Realm:
    """Return the realm after a night's rest; a bandage helps who is badly hurt."""
    pack, hp = dict(realm.pack), realm.hp + land.heal_per_day
    if hp < land.max_hp / 2 and pack.get("bandage"):
        pack["bandage"] -= 1
        hp += 15
    return replace(realm, hp=min(hp, land.max_hp), pack={k: n for k, n in pack.items() if n})


def taxed(realm: Realm, land: Land) -> Realm:
    """Return the realm after the day's taxes and expenses. The sick pay none."""
    workers = max(land.people - land.infected, 0)
    taxes = workers * land.tax_rate / 2000 * (1.0 if realm.open else 0.5)
    firewood = max(-land.temperature, 0) * land.people / 4000
    earned = round(taxes - firewood) - UPKEEP - DOCTORS * realm.doctors
    return replace(spent(realm, -earned), earned=earned)


def lived(realm: Realm, land: Land) -> Realm:
    """Return the realm with the mood that such a day makes."""
    sick = land.infected / max(land.people, 1)
    wanted = land.morale - sick - (land.tax_rate - 10) / 100 - (land.price_level - 1) / 12
    wanted -= 0.25 * (land.grain == 0) + 0.2 * (realm.gold == 0)
    mood = realm.mood + (wanted - realm.mood) / 10
    return replace(realm, mood=round(min(max(mood, 0.0), 1.0), 4))


def ended(realm: Realm, land: Land) -> Realm:
    """Return the realm with its end, if it has come."""
    if realm.mood < REVOLT:
        return replace(
            realm, end=f"Day {realm.day}: the people have had enough, and you are in the tower."
        )
    if land.people == 0:
        return replace(realm, end=f"Day {realm.day}: nobody is left to rule.")
    if realm.day == YEAR:
        sum = f"{land.people} people live, {realm.gold} crowns are in the chest"
        return replace(realm, end=f"The year is over: {sum}. Long may you reign.")
    return realm

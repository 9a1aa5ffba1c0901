"""The realm's rules, a day at a time, whatever mods say."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from examples.game.realm import REVOLT, YEAR, Land, Realm, founded, happened, passed
from modpm.document import Value
from modpm.runtime import PluginHookTriggeredEvent

LAND = Land(
    morale=0.7, tax_rate=10, grain=14000, slots=20, weight_limit=40.0, enemy_damage=1.0,
    starting_items=("bread", "knife"), heal_per_day=20,
)  # fmt: skip
REALM = founded(LAND)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
HOOKS = st.sampled_from([
    ("combat.spawn_raid", "raiders"),
    ("weather.storm_breaks", "strength"),
    ("economy.market_day", "sacks"),
    ("inventory.grant_item", "count"),
    ("population.close_gates", "reason"),
    ("economy.caravan_arrives", "day"),
])  # fmt: skip


def raid(raiders: Value, realm: Realm = REALM, land: Land = LAND) -> Realm:
    """Return the realm after a raid."""
    return happened(realm, land, "combat.spawn_raid", {"raiders": raiders})


@given(hook=HOOKS, data=JSON)
def test_no_data_that_a_mod_sends_breaks_the_realm(hook: tuple[str, str], data: Value) -> None:
    """Under the key that counts, or in its stead: gold, blows and things stay within bounds."""
    name, key = hook
    plugin, _, called = name.partition(".")
    for sent in (data, {key: data}, {key: data, "item": data}):
        event = PluginHookTriggeredEvent(plugin, called, sent, "mod")
        realm = passed(REALM, LAND, [event])
        assert realm.gold >= 0
        assert 0 <= realm.hp <= LAND.max_hp
        assert sum(realm.pack.values()) <= LAND.slots
        assert 0 <= realm.mood <= 1


def test_enemies_hit_as_hard_as_mods_say() -> None:
    """The blows are the raiders times the damage; walls keep some of them off."""
    assert raid(30).hp == 70
    assert raid(30, land=replace(LAND, enemy_damage=2.0)).hp == 40
    assert raid(30, replace(REALM, walls=5)).hp == 85


def test_a_hero_falls_for_good_only_where_mods_say_so() -> None:
    """Else the next nights mend what is left; a new hero sets out with the starting items."""
    beaten = raid(200)
    assert (beaten.hp, beaten.hero) == (0, REALM.hero)
    assert passed(beaten, LAND, []).hp == 20
    lost = raid(200, replace(REALM, pack={"bandage": 3}), replace(LAND, permadeath=True))
    assert lost.hero != REALM.hero
    assert lost.pack == {"bread": 1, "knife": 1}


def test_a_pack_holds_what_slots_and_weight_allow() -> None:
    """What does not fit stays behind."""
    gift: Value = {"item": "goose", "count": 50}
    few, light = replace(LAND, slots=4), replace(LAND, weight_limit=10.0)
    assert happened(REALM, few, "inventory.grant_item", gift).pack["goose"] == 2
    assert happened(REALM, light, "inventory.grant_item", gift).pack["goose"] == 3


def test_the_crown_lives_on_taxes_of_the_healthy() -> None:
    """More tax is more gold and less mood; the sick pay none, and shut gates halve it."""
    usual = passed(REALM, LAND, [])
    high = passed(REALM, replace(LAND, tax_rate=30), [])
    assert high.gold > usual.gold
    assert high.mood < usual.mood
    assert passed(REALM, replace(LAND, infected=6000), []).gold < usual.gold
    assert passed(replace(REALM, open=False), LAND, []).gold < usual.gold


def test_a_year_ends_and_so_does_patience() -> None:
    """After the last day, or a revolt, nothing passes any more."""
    assert "The year is over" in passed(replace(REALM, day=YEAR - 1), LAND, []).end
    angry = replace(REALM, mood=REVOLT, gold=0)
    lost = passed(angry, replace(LAND, morale=0.0), [])
    assert "had enough" in lost.end
    assert passed(lost, LAND, []).day == lost.day

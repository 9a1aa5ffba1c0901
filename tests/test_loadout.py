"""loadout.toml: what a player writes, and what modpm makes of it."""

import pytest

from modpm.errors import InvalidFile, InvalidValue
from modpm.loadout import Loadout, OrderRule, Override, Pin, Wish, parse_loadout
from modpm.requirement import Requirement
from modpm.versions import parse_range, parse_version

FULL = """\
[loadout]
name = "evening"
game = "rpg-arena"
game-version = "1.4.0"
seed = 1348

[registries]
main = "https://example.org/mods"
home = "../mods"

[namespaces]
acme = "main"

[mods]
"acme/x" = "^1"
"acme/y" = { version = "^2", registry = "home", priority = 5, enabled = false, prereleases = true }
easy_mode = { path = "mods/easy_mode.rhai" }

[strategy]
default = "first-wins"
"combat.*" = "priority"
"combat.difficulty" = "exclusive"
"combat.loot" = "use:acme/x"

[pins]
"combat.max_hp" = 150
"combat.loot" = { gold = [1, 2.5] }

[settled]
"combat.loot" = { "acme/x" = [1], "acme/y" = "sha256:00" }

[conflicts]
ignore = ["ui.*", "weather", "ui.*"]

[order]
"acme/x" = { after = ["acme/y"], before = ["easy_mode"] }
easy_mode = { tier = "late" }

[overrides]
"acme/x" = { add = { "acme/z" = "*" }, drop = ["acme/w"] }
"""


def test_everything_that_a_loadout_can_say() -> None:
    """Each key has its place in the value; tables are sorted."""
    anything = parse_range("*")
    assert parse_loadout(FULL, "loadout.toml") == Loadout(
        name="evening",
        game="rpg-arena",
        game_version=parse_version("1.4.0"),
        seed=1348,
        registries={"home": "../mods", "main": "https://example.org/mods"},
        namespaces={"acme": "main"},
        mods=(
            Wish("acme/x", parse_range("^1")),
            Wish(
                "acme/y",
                parse_range("^2"),
                registry="home",
                priority=5,
                enabled=False,
                prereleases=True,
            ),
            Wish("easy_mode", anything, path="mods/easy_mode.rhai"),
        ),
        strategy={
            "combat.*": "priority",
            "combat.difficulty": "exclusive",
            "combat.loot": "use:acme/x",
            "default": "first-wins",
        },
        pins=(Pin("combat", "loot", {"gold": [1, 2.5]}), Pin("combat", "max_hp", 150)),
        settled={"combat.loot": {"acme/x": [1], "acme/y": "sha256:00"}},
        ignored=("ui.*", "weather"),
        order=(OrderRule("acme/x", "easy_mode"), OrderRule("acme/y", "acme/x")),
        tiers={"easy_mode": "late"},
        overrides=(Override("acme/x", (Requirement("acme/z", anything),), ("acme/w",)),),
    )


def test_the_least_that_a_loadout_can_say() -> None:
    """A name will do."""
    assert parse_loadout('[loadout]\nname = "x"', "loadout.toml") == Loadout(name="x")


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("first-wins", "frist-wins", "strategy.default", "one of last-wins, first-wins, priority"),
        ('"use:acme/x"', '"use:Acme"', 'strategy."combat.loot"', "an id such as"),
        ('"ui.*"', '"ui.* "', "conflicts.ignore[0]", '"combat.max_hp", "combat.*"'),
        ("combat.*", "Combat.*", 'strategy."Combat.*"', '"combat.max_hp", "combat.*"'),
        ('"combat.max_hp"', "combat.max_hp", "pins.combat", "in quotes"),
        ('"combat.max_hp"', '"max_hp"', "pins.max_hp", 'in quotes: "combat.max_hp"'),
        ('acme = "main"', 'acme = "Main!"', "namespaces.acme", "small letters"),
        ('home = "../mods"', "home = 1", "registries.home", "text"),
        ("mods/easy_mode.rhai", "/etc", "mods.easy_mode.path", "relative to this file"),
        ("mods/easy_mode.rhai", "C:/mods", "mods.easy_mode.path", "relative to this file"),
        ("mods/easy_mode.rhai", "mods\\\\x", "mods.easy_mode.path", "forward slashes"),
        ('after = ["acme/y"]', 'after = ["acme/x"]', 'order."acme/x".after[0]', "another mod"),
        ('after = ["acme/y"]', 'after = ["A"]', 'order."acme/x".after[0]', "an id such as"),
        ('"acme/w"', '"W w"', 'overrides."acme/x".drop[0]', "an id such as"),
        ('"acme/z" = "*"', '"acme/z" = "1"', 'overrides."acme/x".add."acme/z"', "a version range"),
        ("seed = 1348", "seed = -0.5", "loadout.seed", "a whole number"),
        ("easy_mode = {", '"Easy Mode" = {', 'mods."Easy Mode"', "an id such as"),
    ],
)
def test_what_a_loadout_may_not_say(old: str, new: str, key: str, expected: str) -> None:
    """Each refusal names the key and what belongs there."""
    with pytest.raises(InvalidValue) as caught:
        parse_loadout(FULL.replace(old, new), "loadout.toml")
    assert caught.value.key == key
    assert expected in caught.value.expected


def test_a_misspelt_strategy_is_guessed() -> None:
    """The strategies that there are come with the one that was probably meant."""
    with pytest.raises(InvalidValue) as caught:
        parse_loadout(FULL.replace("first-wins", "frist-wins"), "loadout.toml")
    assert caught.value.suggestion == "first-wins"
    assert caught.value.expected.startswith("one of last-wins, first-wins, priority, exclusive, ")


@pytest.mark.parametrize("path", ["../shared/mod", "mods/x", "Mein Mod/Größe.rhai"])
def test_a_mod_on_disk_may_lie_anywhere_near(path: str) -> None:
    """Players keep their own mods beside the loadout, under names of their own."""
    loadout = parse_loadout(FULL.replace("mods/easy_mode.rhai", path), "loadout.toml")
    assert loadout.mods[2].path == path


def test_an_empty_file_lacks_its_loadout() -> None:
    """The table that names the loadout must be there."""
    with pytest.raises(InvalidFile) as caught:
        parse_loadout("", "loadout.toml")
    assert caught.value.data["key"] == "loadout"

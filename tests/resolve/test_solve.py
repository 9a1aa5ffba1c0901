"""What a player gets for a wish: one case for each rule."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from modpm.errors import AmbiguousMod, Undecided, UnknownMod, Unsatisfiable
from modpm.index import CombinedIndex, MemoryIndex, Release, RenamedIndex
from modpm.loadout import Override
from modpm.requirement import Requirement
from modpm.resolve.problem import Cause, Problem, Resolution
from modpm.resolve.search import Search
from modpm.resolve.solve import solve
from modpm.versions import parse_range, parse_version, spell

Offer = Callable[..., Release]
Ask = Callable[..., Problem]


def chosen(resolution: Resolution) -> str:
    """Return the answer as text, such as "core 2.0.0, ui 1.1.0"."""
    return ", ".join(f"{id} {spell(r.manifest.version)}" for id, r in resolution.releases.items())


def said(cause: Cause) -> str:
    """Return a cause as a rough sentence."""
    who = cause.wanted_by or "loadout"
    versions = "every version" if cause.every else ", ".join(map(spell, cause.versions))
    wants = " or ".join(f"{want.id} {want.range.text}" for want in cause.wants)
    exist = "; ".join(", ".join(map(spell, each)) or "none" for each in cause.available)
    return f"{who} [{versions}] {cause.kind} {wants} ({exist})"


def test_the_newest_that_fits(offer: Offer, ask: Ask) -> None:
    """A dependency is met by the newest version in its range."""
    index = MemoryIndex(
        [
            offer("ui 1.0.0", needs=("core ^1",)),
            *(offer(f"core {version}") for version in ("1.0.0", "1.9.0", "1.10.0", "2.0.0")),
        ]
    )
    assert chosen(solve(ask("ui"), index)) == "core 1.10.0, ui 1.0.0"


def test_backtracks(offer: Offer, ask: Ask) -> None:
    """An older release is taken where the newest cannot be had."""
    index = MemoryIndex(
        [
            offer("ui 2.0.0", needs=("core ^2",)),
            offer("ui 1.0.0", needs=("core ^1",)),
            offer("core 1.0.0"),
            offer("core 2.0.0"),
        ]
    )
    assert chosen(solve(ask("ui", "core ^1"), index)) == "core 1.0.0, ui 1.0.0"


def test_locked_stays(offer: Offer, ask: Ask) -> None:
    """A locked version is kept though there is a newer one, and given up where it does not fit."""
    index = MemoryIndex([offer("ui 1.0.0"), offer("ui 1.1.0"), offer("ui 2.0.0")])
    locked = {"ui": parse_version("1.0.0")}
    assert chosen(solve(ask("ui", locked=locked), index)) == "ui 1.0.0"
    assert chosen(solve(ask("ui ^2", locked=locked), index)) == "ui 2.0.0"


def test_any_of(offer: Offer, ask: Ask) -> None:
    """The first alternative is taken, unless another one is there anyway."""
    index = MemoryIndex(
        [offer("hud 1.0.0", needs=("ui-a | ui-b",)), offer("ui-a 1.0.0"), offer("ui-b 1.0.0")]
    )
    assert chosen(solve(ask("hud"), index)) == "hud 1.0.0, ui-a 1.0.0"
    assert chosen(solve(ask("hud", "ui-b"), index)) == "hud 1.0.0, ui-b 1.0.0"


def test_virtual_id(offer: Offer, ask: Ask) -> None:
    """A virtual id is met by its first provider by name, and the answer tells which one it is."""
    index = MemoryIndex(
        [
            offer("radio 1.0.0", needs=("audio ^1",)),
            offer("sound-b 1.0.0", provides=("audio 1.0.0",)),
            offer("sound-a 3.0.0", provides=("audio 1.5.0",)),
        ]
    )
    found = solve(ask("radio"), index)
    assert chosen(found) == "radio 1.0.0, sound-a 3.0.0"
    assert found.providers == {"audio": "sound-a"}
    assert found.dependencies == {"radio": ("sound-a",)}


@pytest.mark.parametrize("kind", ["needs", "recommends"])
def test_an_alternative_that_brings_the_other(offer: Offer, ask: Ask, kind: str) -> None:
    """What was locked may lead to the mod that comes first anyway: then that one alone is left."""
    club = offer("club 1.0.0", **{kind: ("tea | bar",)})
    index = MemoryIndex([club, offer("bar 1.0.0", **{kind: ("tea",)}), offer("tea 1.0.0")])
    found = solve(ask("club", locked={"bar": parse_version("1.0.0")}), index)
    assert chosen(found) == "club 1.0.0, tea 1.0.0"


def test_a_provider_that_brings_another(offer: Offer, ask: Ask) -> None:
    """Of two providers, the one that only came for the other's sake is enough by itself."""
    index = MemoryIndex(
        [
            offer("radio 1.0.0", needs=("tape",), provides=("audio 1.0.0",)),
            offer("tape 1.0.0", provides=("audio 1.0.0",)),
        ]
    )
    assert chosen(solve(ask("audio"), index)) == "tape 1.0.0"


def test_one_provider_at_most(offer: Offer, ask: Ask) -> None:
    """Mods that provide a virtual id and conflict with it exclude each other, not themselves."""
    provider = {"provides": ("weather 1.0.0",), "conflicts": ("weather",)}
    index = MemoryIndex([offer("rain 1.0.0", **provider), offer("snow 1.0.0", **provider)])
    assert chosen(solve(ask("rain"), index)) == "rain 1.0.0"
    with pytest.raises(Unsatisfiable):
        solve(ask("rain", "snow"), index)


def test_optional_dependency(offer: Offer, ask: Ask) -> None:
    """An optional dependency brings nothing, and constrains what is there anyway."""
    index = MemoryIndex(
        [offer("map 1.0.0", optional=("gps ^1",)), offer("gps 1.0.0"), offer("gps 2.0.0")]
    )
    assert chosen(solve(ask("map"), index)) == "map 1.0.0"
    both = solve(ask("map", "gps"), index)
    assert chosen(both) == "gps 1.0.0, map 1.0.0"
    assert both.optional == {"map": ("gps",)}


def test_recommends(offer: Offer, ask: Ask) -> None:
    """What is recommended comes along, with what it recommends in turn, unless told not to."""
    index = MemoryIndex(
        [
            offer("farm 1.0.0", recommends=("cows",)),
            offer("cows 1.0.0", recommends=("bells",), needs=("grass",)),
            offer("bells 1.0.0"),
            offer("grass 1.0.0"),
        ]
    )
    found = solve(ask("farm"), index)
    assert chosen(found) == "bells 1.0.0, cows 1.0.0, farm 1.0.0, grass 1.0.0"
    assert found.recommended == {"cows": ("bells",), "farm": ("cows",)}
    assert chosen(solve(ask("farm", recommends=False), index)) == "farm 1.0.0"


@pytest.mark.parametrize(
    "cows", [{"conflicts": ("farm",)}, {"needs": ("grass ^1",)}, {"needs": ("sea",)}]
)
def test_a_recommendation_gives_way(
    offer: Offer, ask: Ask, cows: dict[str, tuple[str, ...]]
) -> None:
    """What conflicts, needs what is missing or would move a version is not added."""
    index = MemoryIndex(
        [
            offer("farm 1.0.0", recommends=("nowhere", "cows", "hens"), needs=("grass",)),
            offer("cows 1.0.0", **cows),
            offer("hens 1.0.0"),
            offer("grass 1.0.0"),
            offer("grass 2.0.0"),
        ]
    )
    assert chosen(solve(ask("farm"), index)) == "farm 1.0.0, grass 2.0.0, hens 1.0.0"


def test_prereleases(offer: Offer, ask: Ask) -> None:
    """A pre-release needs a range that names it, or the loadout's word for that mod."""
    index = MemoryIndex([offer("ui 1.0.0"), offer("ui 2.0.0-beta.1")])
    assert chosen(solve(ask("ui"), index)) == "ui 1.0.0"
    assert chosen(solve(ask("ui >=2.0.0-beta.1"), index)) == "ui 2.0.0-beta.1"
    allowed = ask("ui", prereleases=frozenset({"ui"}))
    assert chosen(solve(allowed, index)) == "ui 2.0.0-beta.1"


def test_a_wish_for_a_prerelease_speaks_for_the_others(offer: Offer, ask: Ask) -> None:
    """What the player asked for by name is enough for a mod whose range it lies in."""
    index = MemoryIndex([offer("hud 1.0.0", needs=("ui >=1.5",)), offer("ui 2.0.0-beta.1")])
    with pytest.raises(Unsatisfiable):
        solve(ask("hud"), index)
    assert chosen(solve(ask("hud", "ui =2.0.0-beta.1"), index)) == "hud 1.0.0, ui 2.0.0-beta.1"


def test_overrides(offer: Offer, ask: Ask) -> None:
    """The player can drop what a mod says about another, and add what it does not say."""
    index = MemoryIndex(
        [
            offer("old 1.0.0", needs=("core ^1",), conflicts=("new",)),
            offer("new 1.0.0"),
            offer("core 2.0.0"),
        ]
    )
    with pytest.raises(Unsatisfiable):
        solve(ask("old", "new"), index)
    added = (Requirement("core", parse_range("^2")),)
    problem = ask("old", "new", overrides=(Override("old", add=added, drop=("core", "new")),))
    assert chosen(solve(problem, index)) == "core 2.0.0, new 1.0.0, old 1.0.0"


def test_disabled_mods_stay_out(offer: Offer, ask: Ask) -> None:
    """What the player disabled does not come back, and who needs it cannot be had."""
    index = MemoryIndex(
        [offer("a 1.0.0", recommends=("x",)), offer("b 1.0.0", needs=("x",)), offer("x 1.0.0")]
    )
    disabled = frozenset({"x"})
    assert chosen(solve(ask("a", disabled=disabled), index)) == "a 1.0.0"
    with pytest.raises(Unsatisfiable) as error:
        solve(ask("b", disabled=disabled), index)
    assert [said(cause) for cause in error.value.causes] == [
        "loadout [] wish b * (1.0.0)",
        "b [every version] dependency x * (1.0.0)",
        "x [every version] disabled  ()",
    ]


def test_four_releases_that_never_end(offer: Offer, ask: Ask) -> None:
    """The cycle on which some resolvers run for ever gets the true verdict."""
    index = MemoryIndex(
        [
            offer("a 1.0.0", needs=("b =1.0.0",)),
            offer("a 2.0.0", needs=("b =2.0.0",)),
            offer("b 1.0.0", needs=("a =2.0.0",)),
            offer("b 2.0.0", needs=("a =1.0.0",)),
        ]
    )
    with pytest.raises(Unsatisfiable):
        solve(ask("a"), index)


@pytest.mark.parametrize("count", [150, 1500])
def test_many_mods(offer: Offer, ask: Ask, count: int) -> None:
    """A chain of more mods than Python has frames is resolved."""
    chain = [offer(f"m{n} 1.0.0", needs=(f"m{n + 1}",)) for n in range(count)]
    found = solve(ask("m0"), MemoryIndex([*chain, offer(f"m{count} 1.0.0")]))
    assert len(found.releases) == count + 1


def test_unknown_wish(offer: Offer, ask: Ask) -> None:
    """A wish for a mod that nobody offers is an error that suggests what was meant."""
    with pytest.raises(UnknownMod) as error:
        solve(ask("acme/cora"), MemoryIndex([offer("acme/core 1.0.0")]))
    data = error.value.data
    assert (data["id"], data["wanted_by"], data["suggestion"]) == ("acme/cora", None, "acme/core")


def test_unknown_dependency(offer: Offer, ask: Ask) -> None:
    """The same for a dependency, which names who wants it; but only if no other release will do."""
    broken = offer("ui 2.0.0", needs=("cora",))
    with pytest.raises(UnknownMod) as error:
        solve(ask("ui"), MemoryIndex([broken]))
    assert (error.value.data["id"], error.value.data["wanted_by"]) == ("cora", "ui")
    older = MemoryIndex([broken, offer("ui 1.0.0")])
    assert chosen(solve(ask("ui"), older)) == "ui 1.0.0"


def test_causes(offer: Offer, ask: Ask) -> None:
    """The causes are those requirements that clash, and no others."""
    index = MemoryIndex(
        [
            offer("acme/ui 1.2.0", needs=("acme/core ^2", "acme/font")),
            offer("acme/core 1.4.0"),
            offer("acme/core 2.1.0"),
            offer("acme/font 1.0.0"),
            offer("acme/sky 1.0.0"),
        ]
    )
    with pytest.raises(Unsatisfiable) as error:
        solve(ask("acme/sky", "acme/ui", "acme/core ^1"), index)
    assert [said(cause) for cause in error.value.causes] == [
        "loadout [] wish acme/core ^1 (2.1.0, 1.4.0)",
        "loadout [] wish acme/ui * (1.2.0)",
        "acme/ui [every version] dependency acme/core ^2 (2.1.0, 1.4.0)",
    ]


def test_no_version_fits(offer: Offer, ask: Ask) -> None:
    """A wish that no version fits is the only cause, and tells what there is."""
    with pytest.raises(Unsatisfiable) as error:
        solve(ask("ui ^3"), MemoryIndex([offer("ui 1.0.0"), offer("ui 2.0.0")]))
    assert [said(cause) for cause in error.value.causes] == ["loadout [] wish ui ^3 (2.0.0, 1.0.0)"]


def test_game(offer: Offer, ask: Ask) -> None:
    """A mod for another game, or another version of it, cannot be had."""
    index = MemoryIndex([offer("ui 1.0.0", game="arena ^1"), offer("ui 2.0.0", game="arena ^2")])
    old = ask("ui", game="arena", game_version=parse_version("1.5.0"))
    assert chosen(solve(old, index)) == "ui 1.0.0"
    with pytest.raises(Unsatisfiable) as error:
        solve(ask("ui ^2", game="arena", game_version=parse_version("1.5.0")), index)
    assert said(error.value.causes[1]) == "ui [2.0.0] game arena ^2 (1.5.0)"
    with pytest.raises(Unsatisfiable):
        solve(ask("ui", game="chess"), index)


def test_two_registries(offer: Offer, ask: Ask) -> None:
    """A dependency that two registries offer is an error until one of them is chosen."""
    one = MemoryIndex([offer("ui 1.0.0", needs=("acme/core",)), offer("acme/core 1.0.0")])
    other = MemoryIndex([replace(offer("acme/core 9.0.0"), source="other")])
    both = {"one": one, "other": other}
    with pytest.raises(AmbiguousMod) as error:
        solve(ask("ui"), CombinedIndex(both))
    assert error.value.registries == ("default", "other")
    settled = CombinedIndex(both, namespaces={"acme": "one"})
    assert chosen(solve(ask("ui"), settled)) == "acme/core 1.0.0, ui 1.0.0"


def test_two_registries_and_an_old_release(offer: Offer, ask: Ask) -> None:
    """What several registries offer is no matter where only an old release asks for it."""
    one = [offer("ui 2.0.0"), offer("ui 1.0.0", needs=("core",)), offer("core 1.0.0")]
    other = [replace(offer("core 1.0.0"), source="other")]
    index = CombinedIndex({"one": MemoryIndex(one), "other": MemoryIndex(other)})
    assert chosen(solve(ask("ui"), index)) == "ui 2.0.0"
    with pytest.raises(AmbiguousMod):
        solve(ask("ui ^1"), index)


def test_a_yanked_release(offer: Offer, ask: Ask) -> None:
    """A yanked release stays where it is locked and is never newly chosen."""
    yanked = replace(offer("core 1.1.0"), yanked=True)
    index = MemoryIndex([offer("ui 1.0.0", needs=("core",)), yanked, offer("core 1.0.0")])
    assert chosen(solve(ask("ui"), index)) == "core 1.0.0, ui 1.0.0"
    locked = ask("ui", locked={"core": parse_version("1.1.0")})
    assert chosen(solve(locked, index)) == "core 1.1.0, ui 1.0.0"
    with pytest.raises(Unsatisfiable) as error:
        solve(ask("core =1.1.0"), index)
    assert said(error.value.causes[0]) == "loadout [] wish core =1.1.0 (1.0.0)"


def test_a_renamed_mod(offer: Offer, ask: Ask) -> None:
    """Who asks for a mod by its former name gets the new one, unless the former is locked."""
    old = offer("old 1.2.0")
    old = replace(
        old, manifest=replace(old.manifest, replaced_by=Requirement("new", parse_range("*")))
    )
    index = RenamedIndex(
        MemoryIndex(
            [old, offer("old 1.1.0"), offer("new 2.0.0"), offer("ui 1.0.0", needs=("new",))]
        )
    )
    assert chosen(solve(ask("old ^1.2", "ui"), index)) == "new 2.0.0, ui 1.0.0"
    assert chosen(solve(ask("old =1.1.0"), index)) == "old 1.1.0"
    locked = {"old": parse_version("1.1.0")}
    assert chosen(solve(ask("old", locked=locked), index)) == "old 1.1.0"


def test_a_wrong_answer_is_not_handed_on(
    offer: Offer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the search says is checked against the manifests."""
    monkeypatch.setattr(Search, "chosen", lambda search: {0: search.domains[0]})
    index = MemoryIndex([offer("ui 1.0.0", needs=("core",)), offer("core 1.0.0")])
    with pytest.raises(Undecided):
        solve(ask("ui"), index)


def test_what_is_locked_stays_though_it_recommends_more(offer: Offer, ask: Ask) -> None:
    """Two locked mods answer one wish: the one that needs the other goes, on the first lock too."""
    radio = offer("radio 1.0.0", recommends=("tips",), provides=("audio 2.0.0",))
    old = offer("old 1.0.0", needs=("audio ^2",), conflicts=("tips",), provides=("audio 1.0.0",))
    index = MemoryIndex([offer("tips 1.0.0"), radio, old])
    found = solve(ask("audio", locked={"old": parse_version("1.0.0")}), index)
    locked = {id: release.manifest.version for id, release in found.releases.items()}
    assert solve(ask("audio", locked=locked), index).releases == found.releases


def test_not_decided_in_time(offer: Offer, ask: Ask) -> None:
    """Who asks for an answer may end the search; what is known by then counts."""
    index = MemoryIndex([offer("ui 1.0.0", recommends=("core",)), offer("core 1.0.0")])

    def ticks(count: int) -> Callable[[], None]:
        left = iter(range(count))

        def tick() -> None:
            if next(left, None) is None:
                raise Undecided(seconds=0)

        return tick

    with pytest.raises(Undecided):
        solve(ask("ui"), index, ticks(0))
    found = [chosen(solve(ask("ui"), index, ticks(count))) for count in range(1, 9)]
    assert (found[0], found[-1]) == ("ui 1.0.0", "core 1.0.0, ui 1.0.0")

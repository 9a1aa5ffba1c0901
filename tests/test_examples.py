"""The mods, the game and the loadouts that modpm ships: whole, playable, true to their word."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns
from typing import Any

import pytest
from msgspec import Struct

from modpm.conflict.strategy import WINNERS
from modpm.document import Value
from modpm.game import MERGED
from modpm.requirement import Requirement
from modpm.runtime import LogRecord, PluginHookTriggeredEvent
from modpm.session import Session
from modpm.versions import parse_range

ROOT = Path(__file__).parents[1]
MODS = sorted(path.parent for path in ROOT.glob("examples/mods/*/mod.toml"))
TOO_LARGE = ROOT / "examples/mods/almanac"
"""A mod in Python, whose component is 18 MB: it is built where it is needed."""
COMPLAINTS = [
    "opera/diva: box_office.price takes a whole number from 5 to 200, not 900; nothing was changed",
    "opera/chorus: only one mod may trigger stage.finale(), and opera/diva does (first-wins); "
    "nothing was changed",
]
"""What the mods of opera-night, which is about that, are told."""
LOADOUTS = sorted(path.parent.name for path in ROOT.glob("lockfiles/*/loadout.toml"))

Open = Callable[[str], Session]
Build = Callable[[Path], Path]


class Story(Struct, frozen=True):
    """What a play was like: parameters at the end of each turn, the turns of each hook, the log."""

    turns: tuple[Mapping[str, Mapping[str, Value]], ...]
    hooks: Mapping[str, tuple[int, ...]]
    log: tuple[LogRecord, ...]
    failed: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<a story of {len(self.turns)} turns>"

    def of(self, plugin: str, key: str) -> list[Any]:
        """Return one parameter, turn by turn."""
        return [turn[plugin][key] for turn in self.turns]

    def end(self, plugin: str, key: str) -> Any:
        """Return one parameter after the last turn."""
        return self.of(plugin, key)[-1]


def told(session: Session, ticks: int) -> Story:
    """Play that many turns and write down what happens."""
    turns: list[Mapping[str, Mapping[str, Value]]] = []
    hooks: dict[str, tuple[int, ...]] = {}
    log: list[LogRecord] = []
    host = session.host()

    def hooked(event: PluginHookTriggeredEvent) -> None:
        name = f"{event.plugin}.{event.hook}"
        hooks[name] = (*hooks.get(name, ()), host.turn)

    host.events.subscribe(PluginHookTriggeredEvent, hooked)
    host.events.subscribe(LogRecord, log.append)
    with host:
        for _ in range(ticks):
            host.tick()
            turns.append({name: plugin.parameters for name, plugin in host.plugins.items()})
    return Story(tuple(turns), hooks, tuple(log), tuple(failure.mod for failure in host.failures))


def copy_shipped(to: Path) -> Path:
    """Copy examples and lockfiles as a checkout has them; return the folder of loadouts."""
    for name in ("examples", "lockfiles"):
        copytree(ROOT / name, to / name, ignore=ignore_patterns(".modpm"))
    (to / TOO_LARGE.relative_to(ROOT) / "mod.wasm").unlink(missing_ok=True)
    return to / "lockfiles"


@pytest.fixture
def shipped(tmp_path: Path) -> Open:
    """Open a shipped loadout by name, in a checkout of its own."""
    loadouts = copy_shipped(tmp_path / "checkout")
    return lambda name: Session(loadouts / name, cache=tmp_path / "cache")


@pytest.fixture(scope="module")
def plague_year(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The year that `make demo` plays."""
    folder = tmp_path_factory.mktemp("year")
    return told(Session(copy_shipped(folder) / "plague-year", cache=folder / "cache"), 200)


def modpm(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run the command line as a player does."""
    return subprocess.run(
        [sys.executable, "-m", "modpm", *words],
        cwd=cwd,
        env=os.environ | {"MODPM_CACHE": str(cwd / ".modpm/cache")},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


# --- whole ----------------------------------------------------------------------------------------


def test_everything_that_we_ship_passes_check(shipped: Open) -> None:
    """`modpm check` accepts every mod, with its script, the game and every loadout."""
    checkout = shipped("gentle").folder.parents[1]
    mods = [mod for mod in MODS if mod != TOO_LARGE]
    games = [ROOT / "examples/realm", ROOT / "examples/opera"]
    parts = [*mods, *games, *(ROOT / "lockfiles" / name for name in LOADOUTS)]
    checked = modpm("check", *(str(part.relative_to(ROOT)) for part in parts), cwd=checkout)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count("ok: ") == len(parts)


def test_the_readme_presents_every_mod() -> None:
    """A mod that the table of examples/README.md does not name cannot be found."""
    readme = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    presented = {name for row in re.findall(r"(?m)^\|(.+?)\|", readme) for name in row.split("`")}
    assert [mod.name for mod in MODS if mod.name not in presented] == []


@pytest.mark.parametrize("name", LOADOUTS)
def test_the_committed_lock_holds(shipped: Open, name: str) -> None:
    """`modpm lock --locked` accepts the lock that is committed."""
    assert shipped(name).lock(locked=True).changes == ()


@pytest.mark.parametrize("name", LOADOUTS)
def test_locking_from_nothing_in_another_folder_gives_the_same_bytes(
    shipped: Open, name: str
) -> None:
    """The committed lock is what any machine makes of the loadout."""
    session = shipped(name)
    lock = session.folder / "loadout.lock"
    lock.unlink()
    session.lock()
    assert lock.read_bytes() == (ROOT / "lockfiles" / name / "loadout.lock").read_bytes()


@pytest.mark.parametrize("name", LOADOUTS)
def test_a_shipped_loadout_plays_without_a_complaint(shipped: Open, name: str) -> None:
    """In a year no mod fails, and none but the opera's asks for what is not allowed."""
    story = told(shipped(name), 200)
    assert story.failed == ()
    complaints = [f"{r.mod}: {r.text}" for r in story.log if r.level in ("warn", "error")]
    assert complaints == (COMPLAINTS if name == "opera-night" else [])


# --- the plague year ------------------------------------------------------------------------------


def test_the_plague_escalates_then_ebbs(plague_year: Story) -> None:
    """Stage follows stage, many are sick at the height, and nobody is at the end."""
    stages = [stage for stage, _ in groupby(plague_year.of("contagion", "stage"))]
    sick = plague_year.of("contagion", "infected")
    assert stages[:6] == ["none", "sighted", "outbreak", "epidemic", "pandemic", "waning"]
    assert stages[-1] == "none"
    assert max(sick) > 1000
    assert sick[-1] == 0


def test_the_census_counts_the_dead(plague_year: Story) -> None:
    """People die of the plague, and the library that counts them never loses its int."""
    people = plague_year.of("population", "people")
    assert people[0] == 12000
    assert all(type(count) is int for count in people)
    assert 6000 < people[-1] < 11900


def test_prices_rise_with_the_plague_and_recover(plague_year: Story) -> None:
    """The market panics while the plague is at its height and has calmed down a season later."""
    prices = plague_year.of("economy", "price_level")
    stages = plague_year.of("contagion", "stage")
    height = stages.index("waning")
    assert prices[stages.index("sighted")] < 1.3
    assert prices[height] > 1.8
    assert prices[-1] < prices[height] - 0.5


def test_without_the_plague_the_market_keeps_calm(shipped: Open) -> None:
    """The panic is the plague's doing: without it the same year has none."""
    session = shipped("plague-year")
    session.remove(["realm/plague", "realm/apothecary", "realm/warden"])
    story = told(session, 100)
    assert not any("panic on the market" in record.text for record in story.log)


def test_the_gates_shut_and_open_again(plague_year: Story) -> None:
    """The warden sees what the plague does to contagion, and triggers the game's hooks."""
    stages = plague_year.of("contagion", "stage")
    [shut] = plague_year.hooks["population.close_gates"]
    [opened] = plague_year.hooks["population.open_gates"]
    # Turns count from 1, and the warden's answer is a turn after what it answers.
    assert stages[shut - 2] == "epidemic"
    assert stages[opened - 2] == "waning"
    assert stages[shut - 3] != "epidemic"
    assert stages[opened - 3] != "waning"


def test_the_remedy_wins_over_the_plague(plague_year: Story) -> None:
    """Both set the recovery rate; the apothecary loads after the plague, so its value counts."""
    assert plague_year.of("contagion", "recovery_rate")[0] == 0.1
    assert plague_year.end("contagion", "recovery_rate") == 0.2
    assert "inventory.grant_item" in plague_year.hooks


def test_first_wins_leaves_the_plague_its_word(shipped: Open) -> None:
    """With the strategy that the loadout's comment names, no remedy helps."""
    session = shipped("plague-year")
    rewrite(session, 'default = "last-wins"', '"contagion.*" = "first-wins"')
    story = told(session, 200)
    assert any("tonic" in record.text for record in story.log)
    assert story.end("contagion", "recovery_rate") == 0.1


def test_the_year_is_a_short_story(plague_year: Story) -> None:
    """Mods log what happens, not every turn."""
    assert 15 <= len(plague_year.log) <= 60


# --- the same, and not the same -------------------------------------------------------------------


def rewrite(session: Session, old: str, new: str) -> None:
    """Change one place in the loadout as a player would."""
    file = session.folder / "loadout.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def test_the_same_seed_is_the_same_year(shipped: Open, plague_year: Story) -> None:
    """A second play, in another folder with another store, agrees in every turn and every line."""
    assert told(shipped("plague-year"), 200) == plague_year


def test_another_seed_is_another_year(shipped: Open, plague_year: Story) -> None:
    """The loadout's seed decides what random() gives."""
    session = shipped("plague-year")
    rewrite(session, "seed = 1348", "seed = 1349")
    assert told(session, 200).log != plague_year.log


# --- the harvest fair: scripts and components -----------------------------------------------------


@pytest.fixture(scope="module")
def harvest_fair(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The year with a fair, of mods in Rhai, C and AssemblyScript."""
    folder = tmp_path_factory.mktemp("fair")
    return told(Session(copy_shipped(folder) / "harvest-fair", cache=folder / "cache"), 120)


def lines(story: Story, mod: str) -> list[str]:
    """Return what a mod logged."""
    return [record.text for record in story.log if record.mod == f"realm/{mod}"]


def test_a_mod_in_c_hears_a_script(harvest_fair: Story) -> None:
    """The fair opens because the harvest was good, and lifts the mood for a week."""
    morale = harvest_fair.of("population", "morale")
    assert lines(harvest_fair, "fairground")[0] == "Day 102: the fair opens with 33 stalls."
    assert harvest_fair.hooks["economy.market_day"] == (102, 103)
    assert set(morale[102:108]) == {0.95}
    assert morale[-1] == 0.7


def test_a_mod_in_assemblyscript_hears_one_in_c(harvest_fair: Story) -> None:
    """Contests are held on the days of the fair and on no other, and their prizes are granted."""
    won = lines(harvest_fair, "contests")
    assert [line.split(":")[0] for line in won] == [f"Day {day}" for day in range(104, 109)]
    assert harvest_fair.hooks["inventory.grant_item"] == tuple(range(104, 109))


def test_components_hear_a_script_and_each_other(harvest_fair: Story) -> None:
    """Each contest draws its crowd, and the minstrels' song about it twice that, into the fair."""
    crowds = [int(line.split()[-3]) for line in lines(harvest_fair, "contests")]
    closed = lines(harvest_fair, "fairground")[-1]
    # An event is heard a turn later: the song about the last contest comes when the fair is over.
    assert f" {3 * sum(crowds) - 2 * crowds[-1]} visitors " in closed
    assert lines(harvest_fair, "minstrels") == [
        f"Day 109: the minstrels move on with {len(crowds)} new songs."
    ]


@pytest.mark.parametrize("name", ["fairground", "contests", "stagehands", "fog-machine"])
def test_a_committed_component_is_what_its_source_makes(built: Build, name: str) -> None:
    """With the pinned tools, the same bytes on every machine: else no lock could hold."""
    mod = ROOT / "examples/mods" / name
    assert built(mod).read_bytes() == (mod / "mod.wasm").read_bytes()


# --- the opera: who sets what ---------------------------------------------------------------------


def test_the_opera_has_every_rule(shipped: Open) -> None:
    """Every strategy decides something, a pin too, among mods of every kind."""
    session = shipped("opera-night")
    lock = session.need_lock()
    rules = {decision.strategy for decision in lock.decisions}
    assert {"pin", "use", *WINNERS, *(f"merge:{merge}" for merge in MERGED)} - {"exclusive"} == {
        rule.partition(":opera/")[0] for rule in rules
    }
    assert {mod.kind for mod in lock.mods} == {"rhai", "wasm", "declarative"}
    assert {claim.phase for d in lock.decisions for claim in d.claims} == {"declared", "init"}


def test_what_happens_on_opera_night(shipped: Open) -> None:
    """The curtain waits for a component, a script coughs at another's fog, the diva slows down."""
    story = told(shipped("opera-night"), 6)
    assert story.hooks == {"stage.finale": (0,), "stage.curtain": (2,)}
    assert story.of("stage", "fog") == [0.75, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert story.of("orchestra", "tempo") == [80, 80, 60, 60, 60, 60]
    assert story.of("orchestra", "conductor") == ["Maestra Venturi"] * 6
    assert "The chorus coughs in scene 2." in [record.text for record in story.log]


def test_a_mod_in_python_joins_the_fair(shipped: Open, built: Build) -> None:
    """The almanac, built now, sums up what scripts and components told it."""
    session = shipped("harvest-fair")
    almanac = session.folder / "../../examples/mods/almanac"
    copyfile(built(TOO_LARGE), almanac / "mod.wasm")
    session.add([Requirement("realm/almanac", parse_range("*"))])
    story = told(session, 160)
    assert story.failed == ()
    assert lines(story, "almanac") == [
        "So many sacks as 16500 the almanac has never seen.",
        "The almanac has 4 pages: 13.5 °C, 3891 pence at the fair.",
    ]


# --- relations ------------------------------------------------------------------------------------


def test_the_difficulty_modes_refuse_each_other(shipped: Open) -> None:
    """Adding easy mode to a nightmare fails, names both, and leaves the loadout as it was."""
    folder = shipped("nightmare").folder
    before = (folder / "loadout.toml").read_bytes()
    refused = modpm("add", "realm/easy-mode", cwd=folder)
    assert refused.returncode == 1
    assert "realm/easy-mode" in refused.stderr
    assert "realm/nightmare-mode" in refused.stderr
    assert (folder / "loadout.toml").read_bytes() == before


def test_removing_a_mod_gives_back_the_value_from_before_it(shipped: Open) -> None:
    """The small pack wins over the large one; without either the game's own value is back."""
    session = shipped("nightmare")
    assert told(session, 1).end("inventory", "slots") == 12
    session.remove(["realm/iron-rations"])
    assert told(session, 1).end("inventory", "slots") == 60
    session.remove(["realm/big-pockets"])
    assert told(session, 1).end("inventory", "slots") == 20


def test_a_pin_is_the_last_word(shipped: Open) -> None:
    """The plague sets its mortality to 0.2, and the nightmare's player pinned it to 0.3."""
    assert told(shipped("nightmare"), 1).end("contagion", "mortality") == 0.3


def test_the_players_order_holds(shipped: Open) -> None:
    """Nightmare mode loads after the plague because the player says so, and then its value wins."""
    session = shipped("nightmare")
    assert told(session, 1).end("rest", "heal_per_day") == 0
    rewrite(session, '"realm/nightmare-mode" = { after = ["realm/plague"] }', "")
    session.lock()
    assert told(session, 1).end("rest", "heal_per_day") == 10


def test_an_override_drops_a_dependency(shipped: Open) -> None:
    """Harvest needs somebody's weather; the nightmare has none, and plays."""
    ids = {mod.id for mod in shipped("nightmare").need_lock().mods}
    assert "realm/harvest" in ids
    assert ids.isdisjoint({"realm/gentle-seasons", "realm/storm-front"})


def test_mods_bring_what_they_need_and_recommend(shipped: Open) -> None:
    """A library by dependency, a mode by any-of, and a crier until the player declines."""
    session = shipped("plague-year")
    ids = {mod.id for mod in session.need_lock().mods}
    assert ids > {"realm/core-lib", "realm/easy-mode", "realm/town-crier"}
    (session.folder / "loadout.lock").unlink()
    declined = session.lock(recommends=False, dry_run=True)
    assert "realm/town-crier" not in {mod.id for mod in declined.lock.mods}


def test_any_weather_will_do_for_the_harvest(shipped: Open) -> None:
    """Two mods provide realm/weather: either serves, and the two exclude each other."""
    session = shipped("gentle")
    rewrite(session, '"realm/gentle-seasons" = "^1"', '"realm/storm-front" = "^1"')
    ids = {mod.id for mod in session.lock(dry_run=True).lock.mods}
    assert {"realm/storm-front", "realm/harvest"} < ids
    assert "realm/gentle-seasons" not in ids

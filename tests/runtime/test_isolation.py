"""What one mod does wrong, in any backend and hook, costs the game and the others nothing."""

import asyncio
import gc
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from shutil import copy
from threading import Thread

import pytest
import rhai

from modpm.conflict.rules import Rules
from modpm.errors import ExecutionFailed, LoadFailed, NotFound
from modpm.game import Game
from modpm.manifest import Manifest, Permissions
from modpm.requirement import Dependency, Requirement
from modpm.runtime import (
    DynamicEvent,
    Host,
    LogRecord,
    Mod,
    ModLoader,
    ModReloadedEvent,
    ModReloadRequested,
    ModSystemConfig,
    ModUnloadRequested,
    PluginControlRequested,
    RhaiLoader,
    TurnOverrunEvent,
    WasmLimits,
    WasmLoader,
)
from modpm.runtime import ModLoadRequested as Wanted
from modpm.runtime.config import DEFAULTS
from modpm.versions import parse_range, parse_version

Entry = Callable[[str], Path]
Rogues = Callable[..., Host]
STATM = Path("/proc/self/statm")
GOOD = "good-nothing"
HOOKS = {
    "init": "on_init",
    "tick": "on_tick",
    "control": "on_control_plugin",
    "event": "boom",
    "shutdown": "on_shutdown",
}


@pytest.fixture
def rogues(game: Game, entry: Entry, tmp_path: Path) -> Iterator[Rogues]:
    """Start a host with rogues of these ids; `needs` has what each depends on."""
    hosts: list[Host] = []

    def mod(id: str, needs: str | None, file: Path) -> Mod:
        folder = tmp_path / id
        folder.mkdir()
        copy(file, folder / f"main{file.suffix}")
        on = Requirement(needs, parse_range("*")) if needs else None
        manifest = Manifest(
            id,
            parse_version("1.0.0"),
            id,
            f"main{file.suffix}",
            permissions=Permissions(plugins=("*",)),
            dependencies=(Dependency((on,)),) if on else (),
        )
        return Mod(id, manifest, folder)

    def start(
        *ids: str,
        config: ModSystemConfig = DEFAULTS,
        needs: dict[str, str] | None = None,
        source: str = "rogue",
        timeout: float = 0.3,
        hear: Callable[[Host, LogRecord], object] | None = None,
    ) -> Host:
        limits = rhai.Limits(operations=None, timeout=timeout)
        loaders: list[ModLoader] = [RhaiLoader(limits), WasmLoader(WasmLimits(timeout=timeout))]
        mods = [mod(id, (needs or {}).get(id), entry(source)) for id in ids]
        host = Host(game, mods, loaders=loaders, config=config)
        hosts.append(host)
        if hear is not None:
            host.events.subscribe(LogRecord, partial(hear, host))
        host.start()
        return host

    yield start
    for host in hosts:
        host.close()


def said(host: Host, id: str) -> list[str]:
    """Return what was logged about a mod."""
    return [record.text for record in host.log if record.mod == id]


@pytest.mark.parametrize("deed", ["throw", "trap", "loop"])
@pytest.mark.parametrize("hook", HOOKS)
def test_a_mod_that_fails(rogues: Rogues, hook: str, deed: str) -> None:
    """It leaves with its claims, the player sees one line with hook and file, the others go on."""
    bad = f"{hook}-{deed}"
    host = rogues(bad, GOOD)
    host.events.publish(ModUnloadRequested(bad) if hook == "shutdown" else DynamicEvent("boom"))
    host.tick()
    host.tick()
    [failure] = host.failures
    assert (failure.mod, failure.hook, failure.final) == (bad, HOOKS[hook], True)
    assert isinstance(failure.error, ExecutionFailed)
    assert (host.loaded, said(host, GOOD)) == ((GOOD,), ["turn 1", "turn 2"])
    assert {claim.mod for claim in host.claims} == {GOOD}
    [line] = [record.text for record in host.log if record.level == "error"]
    assert line.startswith(f"{HOOKS[hook]}: ")
    assert "(main." in line


@pytest.mark.parametrize("deed", ["trap", "loop"])
def test_a_mod_that_cannot_say_who_it_is(
    rogues: Rogues, entry: Entry, tmp_path: Path, deed: str
) -> None:
    """Nothing of it comes in, and the others go on."""
    host, file = rogues(GOOD), entry("rogue")
    lone = tmp_path / f"about-{deed}{file.suffix}"
    copy(file, lone)
    host.events.publish(Wanted(lone))
    host.tick()
    host.tick()
    [failure] = host.failures
    assert (failure.mod, failure.hook) == (lone.stem, "load")
    assert isinstance(failure.error, LoadFailed)
    assert (host.loaded, said(host, GOOD)) == ((GOOD,), ["turn 1", "turn 2"])


@pytest.mark.parametrize("deed", ["throw", "trap", "loop"])
def test_a_mod_that_fails_for_what_it_lost(rogues: Rogues, deed: str) -> None:
    """Who hears that its dependency is gone, and fails at that, fails alone."""
    bad = f"lost-{deed}"
    host = rogues("tick-throw", bad, GOOD, needs={bad: "tick-throw"})
    host.tick()
    host.tick()
    assert [(failure.mod, failure.hook) for failure in host.failures] == [
        ("tick-throw", "on_tick"),
        (bad, "dependency-lost"),
    ]
    assert (host.loaded, said(host, GOOD)) == ((GOOD,), ["turn 1", "turn 2"])


@pytest.mark.parametrize("deed", ["trap", "loop"])
@pytest.mark.parametrize("hook", ["save", "restore"])
def test_a_state_that_is_not_handed_over(rogues: Rogues, hook: str, deed: str) -> None:
    """One that cannot be saved is lost, one that cannot be taken keeps the old version."""
    bad = f"{hook}-{deed}"
    host = rogues(bad, GOOD)
    host.tick()
    host.events.publish(ModReloadRequested(bad, host.mods[0].request()))
    host.tick()
    host.tick()
    assert (host.failures, host.loaded) == ((), (bad, GOOD))
    assert [line for line in said(host, bad) if line.startswith("turn")] == [
        "turn 1",
        "turn 2",
        "turn 3",
    ]
    told = {"save": "on_save_state saved nothing: ", "restore": "plays on as it was: on_load_state"}
    assert [told[hook] in line for line in said(host, bad)].count(True) == 1
    assert {claim.mod for claim in host.claims} == {bad, GOOD}


@pytest.mark.parametrize("hook", ["init", "tick", "control", "event", "save", "restore"])
def test_a_mod_that_is_reloaded_from_its_own_call(rogues: Rogues, hook: str) -> None:
    """The game reloads it when it says so: once its call is over, and it plays on."""
    bad = f"{hook}-leave"
    reloaded: list[Collection[ModReloadedEvent]] = []

    def renew(host: Host, record: LogRecord) -> None:
        if record.text == "leave" and not reloaded:
            reloaded.append(host.events.inbox(ModReloadedEvent))
            host.events.publish(ModReloadRequested(bad, host.mods[0].request()))

    host = rogues(bad, GOOD, hear=renew)
    if hook in ("save", "restore"):
        host.events.publish(ModReloadRequested(bad, host.mods[0].request()))
    host.publish("boom")
    for _ in range(4):
        host.tick()
    assert (host.failures, host.loaded) == ((), (bad, GOOD))
    assert len(reloaded[0]) == (2 if hook in ("save", "restore") else 1)
    assert "turn 4" in said(host, bad)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_flood_is_cut(rogues: Rogues, hook: str) -> None:
    """What is queued or said without end ends at its bound, and nobody fails for it."""
    floods = [f"{hook}-{deed}" for deed in ("commands", "events", "log")]
    host = rogues(*floods, GOOD)
    heard: Counter[str | None] = Counter()
    host.events.subscribe(PluginControlRequested, lambda one: heard.update([one.source_mod]))
    host.events.subscribe(DynamicEvent, lambda one: heard.update([one.source_mod]))
    host.events.publish(DynamicEvent("boom"))
    host.tick()
    host.close()
    assert host.failures == ()
    assert all(number <= 2_010 for number in heard.values())  # of two updates
    assert sum(text == "noise" for text in said(host, floods[2])) <= 1_000
    assert "turn 1" in said(host, GOOD)


def test_an_echo_is_heard_once_a_turn(rogues: Rogues) -> None:
    """A mod that answers itself for ever does so once between two updates."""
    host = rogues("event-echo")
    heard: list[DynamicEvent] = []
    host.events.subscribe(DynamicEvent, heard.append)
    host.events.publish(DynamicEvent("boom"))
    for _ in range(5):
        host.tick()
    assert len(heard) == 5


@pytest.mark.parametrize("deed", ["deep", "large"])
def test_nobody_fails_for_what_another_says(
    rogues: Rogues, mod: Callable[..., Mod], game: Game, kind: str, deed: str
) -> None:
    """An event that some backend could not take is refused where it is published."""
    if (kind, deed) == ("rhai", "large"):
        pytest.skip("a script has no number of more than 64 bits")
    ear = mod("ear", 'fn on_init() { subscribe_event("boom", |x| log("heard")) }')
    host = rogues(f"tick-{deed}", GOOD)
    host.change([*host.mods, ear], Rules(), game)
    for _ in range(2):
        host.tick()
    assert (host.failures, host.loaded) == ((), (f"tick-{deed}", GOOD, "ear"))
    assert said(host, "ear") == []
    reason = "an event has at most 100 levels, and whole numbers of 64 bits"
    assert reason in said(host, f"tick-{deed}")


@pytest.mark.parametrize("hook", ["init", "tick"])
def test_nobody_speaks_in_the_hosts_name(rogues: Rogues, hook: str) -> None:
    """An event that is called as one of the host's does nothing, and none is lost by hearsay."""
    host = rogues("user-of-it", f"{hook}-lie", GOOD, needs={"user-of-it": GOOD})
    for _ in range(3):
        host.tick()
    assert (host.failures, len(host.loaded)) == ((), 3)
    assert said(host, "user-of-it") == ["turn 1", "turn 2", "turn 3"]
    assert "only the host publishes dependency-lost" in said(host, f"{hook}-lie")


@pytest.mark.parametrize("hook", ["tick", "control", "event"])
def test_a_mod_that_is_unloaded_from_its_own_call(rogues: Rogues, hook: str) -> None:
    """The game lets it go when it says so: its call ends, and it leaves in the next update."""
    bad = f"{hook}-leave"
    host = rogues(bad, "good-too")

    def leave(record: LogRecord) -> None:
        if record.text == "leave":
            host.events.publish(ModUnloadRequested(record.mod))

    host.events.subscribe(LogRecord, leave)
    host.events.publish(DynamicEvent("boom"))
    for _ in range(3):
        host.tick()
    assert host.failures == ()
    assert said(host, bad)[-1] == "bye"
    assert host.loaded == ("good-too",)


def test_a_mod_is_started_anew_until_its_budget_is_gone(rogues: Rogues) -> None:
    """With two retries, the third failure is the last; in between it is there, in its place."""
    host = rogues("tick-throw", GOOD, config=ModSystemConfig(retries=2))
    there = []
    for _ in range(5):
        host.tick()
        there.append(host.loaded)
    assert there == [("tick-throw", GOOD)] * 2 + [(GOOD,)] * 3
    assert [failure.final for failure in host.failures] == [False, False, True]
    lines = [record.text for record in host.log if record.level == "error"]
    assert ["starts anew" in line for line in lines] == [True, True, False]


def test_who_does_not_load_is_not_tried_again(rogues: Rogues, entry: Entry, tmp_path: Path) -> None:
    """The same file would not load the next time either."""
    host = rogues(GOOD, config=ModSystemConfig(retries=2))
    broken = tmp_path / f"broken{entry('rogue').suffix}"
    broken.write_text("fn (")
    host.events.publish(Wanted(broken))
    host.tick()
    host.tick()
    assert [(failure.mod, failure.final) for failure in host.failures] == [("broken", True)]


@pytest.mark.parametrize("deed", ["throw", "unload"])
def test_dependents_hear_of_it(rogues: Rogues, deed: str) -> None:
    """A mod whose dependency fails, or is taken out while playing, is told, and plays on."""
    lib = f"tick-{deed}"
    host = rogues(lib, "user-of-it", GOOD, needs={"user-of-it": lib})
    if deed == "unload":
        host.events.publish(ModUnloadRequested(lib))
    for _ in range(2):
        host.tick()
    what = "failed" if deed == "throw" else "was unloaded"
    assert f"{lib} {what}, and this mod depends on it" in said(host, "user-of-it")
    assert f"lost {lib}" in said(host, "user-of-it")
    assert said(host, GOOD) == ["turn 1", "turn 2"]
    assert host.loaded == ("user-of-it", GOOD)


@pytest.mark.parametrize("hook", ["init", "tick"])
def test_dependents_fail_too_if_the_game_wants_it(rogues: Rogues, hook: str) -> None:
    """The whole chain goes, each with its reason, and nobody else."""
    lib, needs = f"{hook}-throw", {"b-needs-a": f"{hook}-throw", "c-needs-b": "b-needs-a"}
    host = rogues(lib, *needs, GOOD, needs=needs, config=ModSystemConfig(dependents="fail"))
    host.tick()
    assert host.loaded == (GOOD,)
    assert [failure.mod for failure in host.failures] == [lib, *needs]
    told = "on_init" if hook == "init" else "dependency-lost"
    assert said(host, "c-needs-b")[-1] == f"{told}: b-needs-a failed, and this mod depends on it"


def test_a_chain_comes_back_together(rogues: Rogues) -> None:
    """What is started anew is started in load order, so the dependents find what they need."""
    config = ModSystemConfig(dependents="fail", retries=1)
    host = rogues("tick-throw", "user-of-it", needs={"user-of-it": "tick-throw"}, config=config)
    there = []
    for _ in range(2):
        host.tick()
        there.append(len(host.loaded))
    assert there == [2, 0]


def test_a_turn_has_a_limit_for_all(rogues: Rogues) -> None:
    """Who used the turn's time fails; who is left out for it hears of the next turn."""
    host = rogues("tick-loop", GOOD, config=ModSystemConfig(turn=0.2))
    overruns: list[TurnOverrunEvent] = []
    host.events.subscribe(TurnOverrunEvent, overruns.append)
    host.tick()
    [overrun] = overruns
    assert (next(iter(overrun.used)), overrun.left_out) == ("tick-loop", (GOOD,))
    assert [failure.mod for failure in host.failures] == ["tick-loop"]
    assert host.loaded == (GOOD,)


def test_goodbyes_share_a_deadline(rogues: Rogues) -> None:
    """One that loops ends long before its own limit, and the others still say goodbye."""
    host = rogues(GOOD, "shutdown-loop", timeout=600.0, config=ModSystemConfig(goodbye=4.0))
    closing = Thread(target=host.close, daemon=True)
    closing.start()
    closing.join(60)
    [failure] = host.failures
    assert (failure.mod, failure.hook) == ("shutdown-loop", "on_shutdown")
    assert isinstance(failure.error, ExecutionFailed)
    assert failure.error.limit == "timeout"
    assert said(host, GOOD)[-1] == "bye"


def test_who_is_unloaded_has_not_all_day(rogues: Rogues) -> None:
    """A mod that leaves in the middle of a game has no more time for it than at the end."""
    host = rogues("shutdown-loop", GOOD, timeout=600.0, config=ModSystemConfig(goodbye=0.5))
    leaving = Thread(target=host.unload, args=("shutdown-loop",), daemon=True)
    leaving.start()
    leaving.join(60)
    assert [failure.hook for failure in host.failures] == ["on_shutdown"]
    host.tick()
    assert (host.loaded, said(host, GOOD)) == ((GOOD,), ["turn 1"])


def test_an_interrupt_ends_one_goodbye_and_not_the_others(rogues: Rogues) -> None:
    """Interrupted in `on_shutdown`, the host lets the other mods finish, then raises."""
    host = rogues(GOOD, "shutdown-loop", timeout=60.0)

    def interrupt(record: LogRecord) -> None:
        if record == LogRecord("shutdown-loop", "info", "bye"):
            signal.raise_signal(signal.SIGINT)

    host.events.subscribe(LogRecord, interrupt)
    with pytest.raises(KeyboardInterrupt):
        host.close()
    assert [(record.mod, record.text) for record in host.log] == [
        ("shutdown-loop", "bye"),
        (GOOD, "bye"),
    ]


def test_no_time_for_goodbyes(rogues: Rogues) -> None:
    """Without time, no `on_shutdown` is run, and each mod's log says so."""
    host = rogues(GOOD)
    host.close(seconds=0.0)
    assert said(host, GOOD)[-1] == "no time is left for its on_shutdown"
    assert host.failures == ()


def test_the_game_calls_a_function(rogues: Rogues) -> None:
    """What comes back is the mod's answer or an error of its own; either way it plays on."""
    host = rogues("twin-a", source="twin")
    assert host.call("twin-a", "echo", {"a": 1}) == {"a": 1}
    for function in ("trap", "fail"):
        with pytest.raises(ExecutionFailed):
            host.call("twin-a", function)
        host.tick()
    assert (host.failures, host.loaded) == ((), ("twin-a",))
    with pytest.raises(NotFound):
        host.call("nobody", "echo", 1)


def test_a_mod_is_told_what_the_game_does_not_have(rogues: Rogues) -> None:
    """An unknown plugin, parameter or hook is an answer that the mod can act upon, and plays on."""
    host = rogues("twin-a", source="twin")
    before = len(host.log)
    assert host.call("twin-a", "absent") == ["plugin", "parameter", "hook"]
    host.tick()
    assert (host.failures, host.loaded) == ((), ("twin-a",))
    assert [record.text for record in host.log[before : before + 3]] == [
        'the game has no plugin "wheather"; did you mean "weather"?',
        'the plugin combat has no parameter "max_hq"; did you mean "max_hp"?',
        'the plugin combat has no hook "round_start"; did you mean "round_started"?',
    ]


def test_a_call_waits_for_the_turn(rogues: Rogues) -> None:
    """What another thread asks of a mod comes between two turns, not in the middle of one."""
    host = rogues(GOOD, "other-nothing")
    asking = Thread(target=host.call, args=("other-nothing", "on_shutdown"))
    early: list[bool] = []

    def ask(record: LogRecord) -> None:
        if record == LogRecord(GOOD, "info", "turn 1"):
            asking.start()
            asking.join(0.3)
            early.append(not asking.is_alive())

    host.events.subscribe(LogRecord, ask)
    host.tick()
    asking.join(60)
    assert early == [False]
    assert said(host, "other-nothing")[-1] == "bye"


def test_turns_from_several_threads(rogues: Rogues) -> None:
    """A host that several threads tick plays one turn after the other."""
    host = rogues(GOOD)

    def play() -> None:
        for _ in range(20):
            host.tick()

    threads = [Thread(target=play) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said(host, GOOD) == [f"turn {n + 1}" for n in range(60)]


def test_a_turn_can_be_awaited(rogues: Rogues) -> None:
    """Other tasks go on during a turn; who cancels one has it played to its end."""
    host = rogues("tick-loop", GOOD)
    seen: list[str] = []

    async def other() -> None:
        while not said(host, GOOD):
            seen.append("meanwhile")
            await asyncio.sleep(0.01)

    async def game() -> None:
        await asyncio.gather(host.atick(), other())
        turn = asyncio.ensure_future(host.atick())
        await asyncio.sleep(0)
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn

    asyncio.run(game())
    assert len(seen) > 1
    assert said(host, GOOD)[-1] == f"turn {host.turn}"
    assert [failure.mod for failure in host.failures] == ["tick-loop"]


@pytest.mark.parametrize("deed", ["tick", "unload", "pin", "load"])
@pytest.mark.parametrize("hook", ["init", "event", "shutdown"])
def test_one_thing_at_a_time(rogues: Rogues, hook: str, deed: str) -> None:
    """A listener that meddles while a mod runs is told so; no mod is blamed, all goodbyes come."""
    bad, told = f"{hook}-leave", list[str]()

    def meddle(host: Host, record: LogRecord) -> None:
        if record.text == "leave":
            deeds = {"tick": (), "unload": (bad,), "load": (bad,), "pin": ("combat", "max_hp", 7)}
            try:
                getattr(host, deed)(*deeds[deed])
            except (RuntimeError, NotFound) as error:
                told.append(type(error).__name__)

    host = rogues(GOOD, bad, hear=meddle)
    host.publish("boom")
    host.tick()
    host.close()
    assert told == ["NotFound" if deed == "load" else "RuntimeError"]
    assert host.failures == ()
    assert said(host, GOOD) == ["turn 1", "bye"]


def test_a_second_close_waits_for_nobody(rogues: Rogues) -> None:
    """A listener that closes a host which says goodbye changes nothing: each mod does it once."""
    host = rogues(
        GOOD, "shutdown-leave", hear=lambda host, record: record.text == "leave" and host.close()
    )
    host.close()
    host.close()
    assert host.failures == ()
    assert [record.text for record in host.log] == ["bye", "leave", "bye"]


def test_no_turn_within_a_turn(rogues: Rogues) -> None:
    """A listener that ticks is told what is wrong, instead of a turn that never ends."""
    host = rogues(GOOD)

    def again(record: LogRecord) -> None:
        if record.text == "turn 1":
            host.tick()

    host.events.subscribe(LogRecord, again)
    with pytest.raises(RuntimeError, match="at a turn"):
        host.tick()
    assert host.turn == 1


@pytest.mark.parametrize("hook", ["tick", "event", "control"])
def test_the_game_ends_within_a_turn(rogues: Rogues, hook: str) -> None:
    """A host that is closed by a listener says goodbye to all, and calls nobody after that."""
    host = rogues(f"{hook}-leave", GOOD)

    def leave(record: LogRecord) -> None:
        if record.text == "leave":
            host.close()

    host.events.subscribe(LogRecord, leave)
    host.publish("boom")
    host.tick()
    assert said(host, GOOD)[-1] == "bye"
    assert said(host, GOOD).count("bye") == 1
    assert GOOD not in {failure.mod for failure in host.failures}


@pytest.mark.skipif(not STATM.exists(), reason="only Linux tells a process's memory in a file")
def test_a_long_game_takes_no_more_memory(rogues: Rogues) -> None:
    """Turns with calls, events and commands leave nothing behind."""
    host = rogues("a", "b", source="easy_mode")

    def played(turns: int) -> int:
        for _ in range(turns):
            host.publish("pulse", 1)
            host.publish("order", host.turn % 100 + 1)
            host.tick()
        gc.collect()
        return int(STATM.read_text().split()[1])

    before = played(12_000)  # by then the log, which keeps so many records, is full
    assert played(12_000) - before < 100  # pages

"""Components at play with others: what one does wrong is one line, and the game goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modpm.errors import ExecutionFailed
from modpm.game import Game
from modpm.manifest import Manifest, Permissions
from modpm.runtime import (
    Host,
    LogRecord,
    Mod,
    ModSystemConfig,
    ModUnloadRequested,
    WasmLimits,
    WasmLoader,
)
from modpm.runtime.log import LINE
from modpm.versions import parse_version
from tests.runtime.wasm.conftest import Make, module

Play = Callable[..., Host]
SIZE = 64 * 1024 * 1024
LARGE = f"(i32.const 70000) (i32.const {SIZE})"
"""Where a text of 64 MiB is, and its length."""
COMBAT = "(i32.const 0) (i32.const 6)"
MAX_HP = "(i32.const 7) (i32.const 6)"
PING = "(i32.const 14) (i32.const 4)"
TEXT = f"(i32.const 4) (i64.extend_i32_u (i32.const 70000)) (i32.const {SIZE})"
"""The same as a value."""
NULL = "(i32.const 0) (i64.const 0) (i32.const 0)"
BACK = "(i32.const 96)"
LOG = "(call $log (i32.const 1) (i32.const 0) (i32.const 6))"


@pytest.fixture
def play(component: Make, game: Game) -> Iterator[Play]:
    """Start a host with mods from text, by their ids."""
    hosts: list[Host] = []

    def start(**texts: str) -> Host:
        mods = [_mod(id, component(text)) for id, text in texts.items()]
        limits = WasmLimits(timeout=60.0, memory=2 * SIZE + (1 << 24))
        patient = ModSystemConfig(turn=600.0)
        hosts.append(Host(game, mods, loaders=[WasmLoader(limits)], config=patient))
        hosts[-1].start()
        return hosts[-1]

    yield start
    for host in hosts:
        host.close()


def _mod(id: str, file: Path) -> Mod:
    version, allowed = parse_version("1.0.0"), Permissions(plugins=("combat",))
    return Mod(id, Manifest(id, version, id, file.name, permissions=allowed), file.parent)


def lines(host: Host) -> list[str]:
    """Return what was logged, one "mod: text" a record."""
    return [f"{record.mod}: {record.text}" for record in host.log]


CALLS = [
    f"(call $log (i32.const 1) {LARGE})",
    f"(call $enable {LARGE} {BACK})",
    f"(call $set {LARGE} {MAX_HP} {NULL} {BACK})",
    f"(call $set {COMBAT} {LARGE} {NULL} {BACK})",
    f"(call $set {COMBAT} {MAX_HP} {TEXT} {BACK})",
    f"(call $trigger {COMBAT} {LARGE} {NULL} {BACK})",
    f"(call $trigger {COMBAT} {PING} {TEXT} {BACK})",
    f"(call $get {LARGE} {MAX_HP} {BACK})",
    f"(call $get {COMBAT} {LARGE} {BACK})",
    f"(call $subscribe {LARGE} {BACK})",
    f"(call $publish {LARGE} {NULL} {BACK})",
    f"(call $publish {PING} {TEXT} {BACK})",
]
FILL = f"""(drop (memory.grow (i32.const 1040)))
  (memory.fill (i32.const 70000) (i32.const 97) (i32.const {SIZE}))"""


def test_a_text_of_64_mebibytes(play: Play) -> None:
    """Wherever a mod may hand over a text, one without measure is cut or refused in short words."""
    host = play(giant=module(on_tick=FILL + "".join(CALLS) + LOG), good=module(on_tick=LOG))
    host.tick()
    assert host.failures == ()
    assert lines(host) == [
        f"giant: {'a' * LINE}…",
        f'giant: "{"a" * 80}" is not in its [permissions] plugins',
        f'giant: "{"a" * 80}" is not in its [permissions] plugins',
        f'giant: the plugin combat has no parameter "{"a" * 100}"',
        "giant: too many commands to plugins before the next turn",
        f'giant: the plugin combat has no hook "{"a" * 100}"',
        'giant: the plugin combat has no hook "ping"',
        "giant: too many events before the next turn",
        "giant: too many events before the next turn",
        "giant: combat",
        "good: combat",
    ]


def test_an_answer_of_64_mebibytes(play: Play) -> None:
    """What a mod returns can be as large as its memory, and no larger."""
    answer = f"""(i32.store (i32.const 400) (i32.const 0))
      (i32.store8 (i32.const 408) (i32.const 4)) (i32.store (i32.const 416) (i32.const 70000))
      (i32.store (i32.const 420) (i32.const {SIZE})) (return (i32.const 400))"""
    host = play(giant=module(call=FILL + answer))
    assert host.call("giant", "anything") == "a" * SIZE


SPEAKS = module(on_tick=f"(call $publish {PING} {NULL} {BACK})")
HEARS = module(on_init=f"(call $subscribe {PING} {BACK})", on_event=LOG)


@pytest.mark.parametrize("leaves", ["mouth", "ear"])
def test_who_leaves_while_an_event_is_queued(play: Play, leaves: str) -> None:
    """The first event is heard; the second is queued when one of the two leaves, and is dropped."""
    host = play(mouth=SPEAKS, ear=HEARS, good=module(on_tick=LOG))
    host.tick()
    host.events.publish(ModUnloadRequested(leaves))
    host.tick()
    host.tick()
    assert lines(host) == ["good: combat", "ear: combat", "good: combat", "good: combat"]
    assert host.failures == ()
    assert leaves not in host.loaded


def test_who_publishes_and_breaks_is_not_heard(play: Play) -> None:
    """What a call queued before it trapped is withdrawn with the mod."""
    speaks = module(on_tick=f"(call $publish {PING} {NULL} {BACK}) unreachable")
    host = play(mouth=speaks, ear=HEARS, good=module(on_tick=LOG))
    host.tick()
    host.tick()
    assert lines(host) == [
        "mouth: on_tick: gave up (unreachable) (guest.wasm)",
        "good: combat",
        "good: combat",
    ]


def test_a_game_that_calls_the_mod_that_speaks(play: Play) -> None:
    """Re-entrance is an error for the game, which says why; the mod's own call goes on."""
    told: list[str] = []

    def again(record: LogRecord) -> None:
        if record.mod == "loud":
            with pytest.raises(ExecutionFailed) as error:
                host.call("loud", "anything")
            told.append(error.value.reason)

    host = play(loud=module(on_tick=LOG, call="unreachable"), good=module(on_tick=LOG))
    host.events.subscribe(LogRecord, again)
    host.tick()
    host.tick()
    assert told == ["a call into this store is running"] * 2
    assert lines(host) == ["loud: combat", "good: combat"] * 2
    assert host.failures == ()


def test_a_game_whose_listener_breaks(play: Play) -> None:
    """What the game raises while a mod speaks is the game's own, and not the mod's."""

    def broken(record: LogRecord) -> None:
        raise ZeroDivisionError("the game has a bug")

    host = play(loud=module(on_tick=LOG), good=module(on_tick=LOG))
    host.events.subscribe(LogRecord, broken)
    with pytest.raises(ZeroDivisionError, match="the game has a bug"):
        host.tick()
    assert lines(host) == ["loud: combat", "good: combat"]
    assert host.failures == ()

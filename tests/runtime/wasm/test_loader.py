"""The Wasm loader by itself: what it runs, what it refuses, and what no guest can do to it."""

import gc
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from modpm.errors import (
    ExecutionFailed,
    FunctionNotFound,
    InvalidFormat,
    LoadFailed,
    ModError,
    NotFound,
    Refused,
)
from modpm.runtime import (
    DynamicEvent,
    ModBackend,
    ModContext,
    ModHandle,
    ModMetadata,
    WasmLimits,
    WasmLoader,
)
from modpm.runtime.api import Enable
from modpm.runtime.wasm import calls
from tests.runtime.wasm.conftest import Make, assembled, module

QUICK = WasmLimits(timeout=0.2, memory=4 * 1024 * 1024)
LOOP = "(loop $for_ever (br $for_ever))"
LOG = "(call $log (i32.const 1) (i32.const 0) (i32.const 6))"


def loaded(path: Path, **context: object) -> tuple[WasmLoader, ModHandle]:
    """Load a component with quick limits."""
    loader = WasmLoader(QUICK)
    return loader, loader.load(path, ModContext(**context))  # type: ignore[arg-type]


def test_a_bare_component_is_named_by_its_file(component: Make) -> None:
    """Without a manifest the file's stem is the id, and the component need not say who it is."""
    _, handle = loaded(component(module(on_tick="")))
    assert (handle.id, handle.backend) == ("guest", ModBackend.WASM)
    assert handle.metadata == ModMetadata(name="Unknown", version="0.1.0")
    assert handle.hooks == {"on_tick"}


def test_only_exported_hooks_are_there(component: Make) -> None:
    """A hook that the component lacks is not found, and neither is a function."""
    loader, handle = loaded(component(module(on_tick="")))
    for name in ("on_init", "double"):
        with pytest.raises(FunctionNotFound) as error:
            loader.call_function(handle, name)
        assert error.value.function == name


def test_what_a_mod_says_goes_to_its_log(component: Make) -> None:
    """A guest's words and its level come to whoever listens."""
    said: list[tuple[str, str]] = []
    loader, handle = loaded(
        component(module(on_init=LOG)), log=lambda level, text: said.append((level, text))
    )
    loader.call_function(handle, "on_init")
    assert said == [("info", "combat")]


def test_an_event_comes_back(component: Make) -> None:
    """A mod hears what it subscribed to, and only while it is loaded."""
    said: list[str] = []
    ping = "(i32.const 14) (i32.const 4)"
    text = module(
        on_init=f"(call $subscribe {ping} (i32.const 96))"
        f"(call $publish {ping} (i32.const 2) (i64.const 7) (i32.const 0) (i32.const 96))",
        on_event=LOG,
    )
    loader, handle = loaded(component(text), log=lambda _, line: said.append(line))
    loader.call_function(handle, "on_init")
    (event,) = loader.drain_events()
    assert event == DynamicEvent("ping", 7, "guest")
    loader.dispatch_event(handle, event)
    loader.dispatch_event(handle, DynamicEvent("pong"))
    assert said == ["combat"]
    loader.unload(handle)
    with pytest.raises(NotFound):
        loader.dispatch_event(handle, event)


def test_unloading_forgets_what_was_queued(component: Make) -> None:
    """Events of a mod that is gone are nobody's."""
    ping = "(i32.const 14) (i32.const 4)"
    publish = f"(call $publish {ping} (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 96))"
    loader, handle = loaded(component(module(on_init=publish)))
    loader.call_function(handle, "on_init")
    loader.unload(handle)
    assert loader.drain_events() == []


CORE = '(module (func (export "on-init")))'
ONE_EXPORT = """(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func (export "{name}") (canon lift (core func $i "f"))))"""
STRANGE = """(component
  (import "acme:net/sockets@1.0.0" (instance (export "open" (func))))
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func (export "on-init") (canon lift (core func $i "f"))))"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CORE, "a core WebAssembly module, not a component; `modpm build` makes one of it"),
        (
            ONE_EXPORT.format(name="run"),
            "built for no world that modpm knows, which are modpm:mod@1 and issun:mod@0.7",
        ),
        (ONE_EXPORT.format(name="on-init"), "does not export get-metadata"),
        (STRANGE, "imports acme:net/sockets@1.0.0, which modpm does not offer"),
    ],
)
def test_what_is_no_mod(tmp_path: Path, text: str, reason: str) -> None:
    """Each refusal says what the file is, or what it lacks."""
    with pytest.raises(InvalidFormat) as error:
        loaded(assembled(text, tmp_path / "guest.wasm"))
    assert error.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no WebAssembly component"),
        (b"(module)", "WebAssembly as text"),
        (b"fn on_init() {}", "no WebAssembly component"),
        (b"\0asm\x63\0\1\0", "a kind of WebAssembly that modpm does not know"),
        (b"\0asm\x0d\0\1\0junk", "no valid component: "),
    ],
)
def test_what_is_no_component(tmp_path: Path, content: bytes, reason: str) -> None:
    """A file is judged by how it begins, then by what wasmtime says."""
    path = tmp_path / "guest.wasm"
    path.write_bytes(content)
    with pytest.raises(InvalidFormat) as error:
        loaded(path)
    assert error.value.reason.startswith(reason)


def test_what_is_too_long_is_not_read(tmp_path: Path) -> None:
    """200 MB of nothing that begin as a component does."""
    path = tmp_path / "guest.wasm"
    with path.open("wb") as file:
        file.write(b"\0asm\x0d\0\1\0")
        file.truncate(200_000_000)
    with pytest.raises(InvalidFormat) as error:
        loaded(path)
    assert "longer than" in error.value.reason


def test_there_is_no_file(tmp_path: Path) -> None:
    """The path is in the error."""
    with pytest.raises(NotFound) as error:
        loaded(tmp_path / "guest.wasm")
    assert error.value.path == str(tmp_path / "guest.wasm")


@pytest.mark.parametrize(
    ("hook", "args"), [("on_init", ()), ("on_shutdown", ()), ("on_tick", (1,))]
)
def test_a_hook_that_never_ends(component: Make, hook: str, args: tuple[int, ...]) -> None:
    """Its time ends it, and the mod's other hooks can be called again."""
    loader, handle = loaded(component(module(**{"on_control_plugin": "", hook: LOOP})))
    with pytest.raises(ExecutionFailed) as error:
        loader.call_function(handle, hook, *args)
    assert (error.value.limit, error.value.reason) == ("timeout", "ran out of time")
    loader.control_plugin(handle, "combat", Enable())


@pytest.mark.parametrize(("hook", "args"), [("on_save_state", ()), ("on_load_state", (7,))])
def test_a_reload_that_never_ends(component: Make, hook: str, args: tuple[int, ...]) -> None:
    """A mod that is asked for its memory, or given it, has the time of a call too."""
    text = module(
        f"""(func (export "modpm:mod/state@1.0.0#save") (result i32) {LOOP} unreachable)
        (func (export "modpm:mod/state@1.0.0#load") (param i32 i64 i32) (result i32) {LOOP}
          unreachable)"""
    )
    loader, handle = loaded(component(text))
    with pytest.raises(ExecutionFailed) as error:
        loader.call_function(handle, hook, *args)
    assert error.value.limit == "timeout"


def test_metadata_that_never_comes(component: Make) -> None:
    """A component that is asked who it is has the time of a call to say so."""
    text = module(
        f"""(func (export "modpm:mod/about@1.0.0#get-metadata") (result i32) {LOOP} unreachable)"""
    )
    with pytest.raises(LoadFailed) as error:
        loaded(component(text))
    assert error.value.reason == "ran out of time"


def test_a_function_that_never_ends(component: Make) -> None:
    """What other programs call is bounded as hooks are."""
    loader, handle = loaded(component(module(call=LOOP)))
    with pytest.raises(ExecutionFailed) as error:
        loader.call_function(handle, "double", 1, "two", [3])
    assert error.value.limit == "timeout"


def test_an_event_that_never_ends(component: Make) -> None:
    """All callbacks of one event have the time of one call."""
    subscribe = "(call $subscribe (i32.const 14) (i32.const 4) (i32.const 96))"
    loader, handle = loaded(component(module(on_init=subscribe, on_event=LOOP)))
    loader.call_function(handle, "on_init")
    with pytest.raises(ExecutionFailed) as error:
        loader.dispatch_event(handle, DynamicEvent("ping"))
    assert error.value.limit == "timeout"


def test_news_of_plugins_that_never_end(component: Make) -> None:
    """Neither does `on_control_plugin` hold up the game."""
    loader, handle = loaded(component(module(on_control_plugin=LOOP)))
    with pytest.raises(ExecutionFailed) as error:
        loader.control_plugin(handle, "combat", Enable())
    assert error.value.limit == "timeout"


def test_a_start_function_that_never_ends(component: Make) -> None:
    """Instantiating has the time of a call."""
    text = module(f"(func $spin {LOOP}) (start $spin)", on_tick="")
    with pytest.raises(LoadFailed) as error:
        loaded(component(text))
    assert error.value.reason == "ran out of time"


RECURSION = "(func $deeper (call $deeper) (call $deeper))"


@pytest.mark.parametrize(
    ("body", "more", "reason"),
    [
        ("(call $deeper)", RECURSION, "calls nest too deeply"),
        ("unreachable", "", "gave up (unreachable)"),
        ("(drop (i32.load (i32.const -4)))", "", "out of bounds memory access"),
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "", "integer divide by zero"),
        ("(call $log (i32.const 1) (i32.const -8) (i32.const 64))", "", ""),
        ("(call $log (i32.const 1) (i32.const 0) (i32.const 0x7fffffff))", "", ""),
        ("(call $log (i32.const 9) (i32.const 0) (i32.const 4))", "", ""),
        (
            "(i32.store8 (i32.const 200) (i32.const 255))"
            "(call $log (i32.const 1) (i32.const 200) (i32.const 1))",
            "",
            "",
        ),
    ],
)
def test_a_guest_that_breaks(component: Make, body: str, more: str, reason: str) -> None:
    """A trap, a bad pointer, a bad text: the call fails, and the next finds a fresh instance."""
    said: list[str] = []
    text = module(more, on_tick=body, on_init=LOG)
    loader, handle = loaded(component(text), log=lambda _, line: said.append(line))
    with pytest.raises(ExecutionFailed) as error:
        loader.call_function(handle, "on_tick", 1)
    assert reason in error.value.reason
    loader.call_function(handle, "on_init")
    assert said == ["starts anew; what it knew is lost", "combat"]


def test_growing_memory_ends_at_the_limit(component: Make) -> None:
    """`memory.grow` answers -1 when the mod has what it may have, and the game goes on."""
    grow = """(loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))"""
    loader, handle = loaded(component(module(on_init=grow + LOG)))
    loader.call_function(handle, "on_init")


def test_many_memories(component: Make) -> None:
    """A component with more memories than it may have does not start."""
    with pytest.raises(LoadFailed) as error:
        loaded(component(module("(memory 1)" * 10, on_tick="")))
    assert "memor" in error.value.reason


def test_a_memory_that_is_too_large_at_once(component: Make) -> None:
    """A component that begins with more than it may have does not start."""
    with pytest.raises(LoadFailed) as error:
        loaded(component(module("(memory 1000)", on_tick="")))
    assert "memory" in error.value.reason


GET = """(call $get (i32.const 0) (i32.const 6) (i32.const 7) (i32.const 6) (i32.const 96))"""


def test_what_the_host_refuses_comes_back(component: Make) -> None:
    """A refusal is an answer that the guest can read: here it logs what it was told."""
    said: list[str] = []

    def parameter(plugin: str, key: str) -> None:
        raise Refused(mod="guest", reason=f"no {plugin}.{key}")

    text = module(
        on_init=GET
        + """(if (i32.eq (i32.load8_u (i32.const 96)) (i32.const 1)) (then
          (call $log (i32.const 2) (i32.load (i32.const 104)) (i32.load (i32.const 108)))))"""
    )
    loader, handle = loaded(
        component(text), parameter=parameter, log=lambda _, line: said.append(line)
    )
    loader.call_function(handle, "on_init")
    assert said == ["no combat.max_hp"]


@pytest.mark.parametrize("kind", [ZeroDivisionError, ValueError, TypeError, LookupError])
def test_a_host_that_fails_in_the_middle(component: Make, kind: type[Exception]) -> None:
    """What breaks in the host ends the call and is told; the next call works."""

    def parameter(plugin: str, key: str) -> None:
        raise kind("the game has a bug")

    loader, handle = loaded(component(module(on_init=GET, on_tick="")), parameter=parameter)
    with pytest.raises(ExecutionFailed) as error:
        loader.call_function(handle, "on_init")
    assert error.value.reason == "the game has a bug"
    assert isinstance(error.value.__cause__, kind)
    loader.call_function(handle, "on_tick", 1)


COUNT = """(global.set $n (i64.add (global.get $n) (i64.const 1)))
  (i32.store (i32.const 400) (i32.const 0)) (i32.store8 (i32.const 408) (i32.const 2))
  (i64.store (i32.const 416) (global.get $n))
  (return (i32.const 400))"""
COUNTER = module("(global $n (mut i64) (i64.const 0))", call=COUNT, on_tick="unreachable")


def test_what_a_caller_gets_wrong_costs_no_state(component: Make) -> None:
    """Values that do not fit are refused before the guest runs, and it runs on."""
    loader, handle = loaded(component(COUNTER))
    assert loader.call_function(handle, "count") == 1
    for wrong in (object(), 2**63, "\ud800", {1}):
        with pytest.raises(ExecutionFailed):
            loader.call_function(handle, "count", wrong)  # type: ignore[arg-type]
    with pytest.raises(ExecutionFailed):
        loader.call_function(handle, "on_tick")
    assert loader.call_function(handle, "count") == 2


def test_a_trap_costs_the_state(component: Make) -> None:
    """After a trap the mod starts anew, and that is in its log."""
    said: list[str] = []
    loader, handle = loaded(component(COUNTER), log=lambda _, line: said.append(line))
    assert loader.call_function(handle, "count") == 1
    with pytest.raises(ExecutionFailed):
        loader.call_function(handle, "on_tick", 1)
    assert loader.call_function(handle, "count") == 1
    assert said == ["starts anew; what it knew is lost"]


def test_what_failed_keeps_no_instance(component: Make) -> None:
    """A host keeps the errors of mods that failed; their memories are not kept with them."""

    def stores() -> int:
        gc.collect()
        return sum(isinstance(thing, calls.Store) for thing in gc.get_objects())

    before = stores()
    loader, handle = loaded(component(COUNTER))
    assert stores() == before + 1
    with pytest.raises(ExecutionFailed) as kept:
        loader.call_function(handle, "on_tick", 1)
    loader.unload(handle)
    assert (kept.value.function, stores()) == ("on_tick", before)


def test_state_crosses_a_reload(component: Make) -> None:
    """What `on_save_state` returns can be handed to `on_load_state` of a fresh instance."""
    text = module(
        """(global $n (mut i64) (i64.const 7))
        (func (export "modpm:mod/state@1.0.0#save") (result i32)
          (i32.store8 (i32.const 400) (i32.const 2)) (i64.store (i32.const 408) (global.get $n))
          (i32.const 400))
        (func (export "modpm:mod/state@1.0.0#load") (param i32 i64 i32) (result i32)
          (global.set $n (i64.add (local.get 1) (i64.const 1))) (i32.const 80))"""
    )
    loader, handle = loaded(component(text))
    assert handle.hooks == {"on_save_state", "on_load_state"}
    assert loader.call_function(handle, "on_save_state") == 7
    loader.call_function(handle, "on_load_state", 40)
    assert loader.call_function(handle, "on_save_state") == 41


def test_a_bomb_of_json(component: Make) -> None:
    """JSON text that would fill the host's memory as values is refused unread."""
    size = 8 * 1024 * 1024
    text = module(
        call=f"""(drop (memory.grow (i32.const 130)))
        (memory.fill (i32.const 1000) (i32.const 91) (i32.const {size}))
        (i32.store (i32.const 400) (i32.const 0)) (i32.store8 (i32.const 408) (i32.const 5))
        (i32.store (i32.const 416) (i32.const 1000)) (i32.store (i32.const 420) (i32.const {size}))
        (return (i32.const 400))"""
    )
    loader = WasmLoader()
    handle = loader.load(component(text))
    with pytest.raises(ExecutionFailed) as error:
        loader.call_function(handle, "bomb")
    assert error.value.reason == "more than 4,194,304 characters of JSON"


def test_an_event_is_heard_once(component: Make) -> None:
    """However often a mod subscribes to a type, `on-event` hears each event of it once."""
    said: list[str] = []
    subscribe = "(call $subscribe (i32.const 14) (i32.const 4) (i32.const 96))"
    text = module(on_init=subscribe * 3, on_event=LOG)
    loader, handle = loaded(component(text), log=lambda _, line: said.append(line))
    loader.call_function(handle, "on_init")
    loader.dispatch_event(handle, DynamicEvent("ping"))
    assert said == ["combat"]


def test_memories_share_what_a_mod_may_have(component: Make) -> None:
    """A component with two memories does not get twice as much: here neither grows to half."""
    grow = (
        """(if (i32.ne (memory.grow (i32.const 31)) (i32.const -1))
      (then unreachable))"""
        + LOG
    )
    said: list[str] = []
    text = module("(memory $other 1)", on_init=grow)
    loader, handle = loaded(component(text), log=lambda _, line: said.append(line))
    loader.call_function(handle, "on_init")
    assert said == ["combat"]


def test_a_host_function_cannot_call_back(component: Make) -> None:
    """A game that calls into the mod that is calling it gets an error, not a crash."""
    found: list[ModError] = []

    def again(level: str, text: str) -> None:
        try:
            loader.call_function(handle, "on_init")
        except ModError as error:
            found.append(error)

    loader, handle = loaded(component(module(on_init=LOG)), log=again)
    loader.call_function(handle, "on_init")
    assert [type(error) for error in found] == [ExecutionFailed]


def test_unloading_from_inside(component: Make) -> None:
    """A game that unloads the mod that is calling it ends nothing but the mod."""

    def gone(level: str, text: str) -> None:
        loader.unload(handle)

    loader, handle = loaded(component(module(on_init=LOG)), log=gone)
    loader.call_function(handle, "on_init")
    with pytest.raises(NotFound):
        loader.call_function(handle, "on_init")


MUTATE = """
import random, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
from modpm.errors import ModError
from modpm.runtime import WasmLimits, WasmLoader
good, seed = Path(sys.argv[1]).read_bytes(), int(sys.argv[2])
chance, path, told = random.Random(seed), Path(sys.argv[1]).with_name("mutant.wasm"), 0
for _ in range(500):
    bad = bytearray(good)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(8, len(bad))
        if chance.random() < 0.2:
            del bad[at:at + chance.randint(1, 40)]
        else:
            bad[at] = chance.randrange(256)
    path.write_bytes(bad)
    loader = WasmLoader(WasmLimits(timeout=0.05, memory=1 << 22))
    try:
        handle = loader.load(path)
        for hook in sorted(handle.hooks & {"on_init", "on_shutdown"}):
            loader.call_function(handle, hook)
    except ModError:
        told += 1
print("told", told)
"""


def test_500_mutated_components(component: Make) -> None:
    """Not one of them takes the process along; most are refused."""
    seed = random.randrange(10**6)
    command = [sys.executable, "-c", MUTATE, str(component(module(on_init=LOG))), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    assert int(done.stdout.split()[1]) > 100


INTERRUPTED = """
import sys
from pathlib import Path
from modpm.runtime import ModContext, WasmLimits, WasmLoader
def log(level, text):
    print(text, flush=True)
    while len(sys.argv) > 2:
        pass
loader = WasmLoader(WasmLimits(timeout=60))
handle = loader.load(Path(sys.argv[1]), ModContext(log=log))
try:
    loader.call_function(handle, "on_init")
except KeyboardInterrupt:
    print("interrupted", flush=True)
loader.unload(handle)
"""


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
@pytest.mark.skipif(not calls.FAST, reason=f"the slow path waits for the guest: {calls.reason}")
@pytest.mark.parametrize("where", ["guest", "host"])
def test_ctrl_c(component: Make, where: str) -> None:
    """Inside a guest and inside a host function it ends the call, and nothing else."""
    path = component(module(on_init=LOG + LOOP))
    command = [sys.executable, "-c", INTERRUPTED, str(path), *(["host"] if where == "host" else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "combat\n"
        process.send_signal(signal.SIGINT)
        try:
            out, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out) == (0, "interrupted\n")

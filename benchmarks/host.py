"""What a host costs beside its mods: a turn, an event, and the memory of a long game.

Run: python -m benchmarks host. With 200 mods a turn takes at most 400 us and an event to all of
them 500 us; what it costs to isolate the calls of a turn, to give them a budget and to count who
used it, is at most a fifth of the bare calls; memory stays flat.
The bare calls are the mods' hooks, held in a list and called one after the other: nobody looks at
a clock, counts time, catches an error, or asks what the mods want.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import calls, memory, show
from modpm.game import Game
from modpm.guests.build import build
from modpm.manifest import Manifest
from modpm.runtime import (
    GamePlugin,
    GameRuntime,
    Host,
    Mod,
    ModBackend,
    ModHandle,
    ModLoaderState,
    ModMetadata,
    RhaiLoader,
    WasmLoader,
)
from modpm.versions import parse_version

MODS = 200
TICKS = 100_000
VERSION = parse_version("1.0.0")
SCRIPT = """
fn on_init() { this.turns = 0; subscribe_event("news", |data| data) }
fn on_tick(turn) { this.turns += 1 }
"""
GUEST = """
#include "modpm.h"
static int64_t turns;
void on_init(void) { modpm_subscribe("news"); }
void on_tick(int64_t turn) { turns++; }
void on_event(const char *event, modpm_value data) {}
"""
BARE = "the bare calls"
COUNTED = "isolated and counted"
ASKED = {COUNTED: "x1.2", "a turn": "400 us", "an event to all": "500 us"}


class Hold:
    """A part that keeps the halves of a turn: the mods' calls, and what becomes of them."""

    def build(self, game: GameRuntime, /) -> None:
        """Keep it."""
        self.update = game.update
        self.tick = game.resource(ModLoaderState).tick


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        for kind, loader in (("rhai", RhaiLoader()), ("wasm", WasmLoader(cache=Path(folder)))):
            file = _file(Path(folder) / kind, kind)
            print(f"  {MODS} mods, {kind}")
            hold = Hold()
            with _host(file, loader, MODS, hold) as host:
                _turn(host, loader, hold)
            with _host(file, loader, 1) as host:
                _long(host)


def _file(folder: Path, kind: str) -> Path:
    """Return a mod that counts turns and hears news."""
    folder.mkdir()
    if kind == "rhai":
        (folder / "mod.rhai").write_text(SCRIPT)
        return folder / "mod.rhai"
    (folder / "main.c").write_text(GUEST)
    manifest = Manifest(id="bench", version=VERSION, name="Bench", entry="mod.wasm")
    return build(folder, manifest, lambda made: None).entry


@contextmanager
def _host(
    file: Path, loader: RhaiLoader | WasmLoader, count: int, *parts: GamePlugin
) -> Iterator[Host]:
    def mod(id: str) -> Mod:
        return Mod(id, Manifest(id=id, version=VERSION, name=id, entry=file.name), file.parent)

    game = Game("empty", VERSION, "Empty")
    mods = [mod(f"m{n}") for n in range(count)]
    with Host(game, mods, loaders=[loader], parts=parts) as host:
        yield host
        assert len(host.loaded) == count, host.failures


def _turn(host: Host, loader: RhaiLoader | WasmLoader, hold: Hold) -> None:
    """Play turns and events, against the turns' calls without a host."""
    handles = [ModHandle(id, Path(), ModBackend.RHAI, ModMetadata()) for id in host.loaded]
    hooks = [loader.direct(handle, "on_tick") for handle in handles]

    def event() -> None:
        host.publish("news", 1)
        hold.update()

    subjects: dict[str, Callable[[], object]] = {
        BARE: lambda: _bare(hooks),
        COUNTED: lambda: hold.tick(1),
        "a turn": host.tick,
        "an event to all": event,
    }
    show(calls(subjects, runs=25, number=100), "us", floor=BARE, asked=ASKED)


def _bare(hooks: Sequence[Callable[..., object]]) -> None:
    for hook in hooks:
        hook(1)


def _long(host: Host) -> None:
    """Play a long game."""
    for _ in range(1_000):
        host.tick()
    gc.collect()
    before = memory()
    for _ in range(TICKS):
        host.tick()
    print(f"  memory after {TICKS:,} turns more: {(memory() - before) / 1024:+,.0f} KiB")

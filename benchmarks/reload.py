"""From a save to the new version at play: what an author waits.

Run: python -m benchmarks reload. At most 150 ms, in a loadout of ten mods as in one of one.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter

from benchmarks.runtime import ROOT, script
from modpm.runtime import Host, ModReloadedEvent
from modpm.runtime.host import all_loaders
from modpm.session import Session
from modpm.session.cast import Cast
from modpm.session.live import Live

SAVES = 25
QUIET = 0.7
"""Seconds between two saves: an author's are further apart."""
GAME = '[game]\nid = "bench"\nversion = "1.0.0"\n[plugins.none]\n'
MOD = 'manifest-version = 1\n[mod]\nid = "%s"\nversion = "1.0.0"\nentry = "%s"\n'
COMPONENT = ROOT / "examples" / "mods" / "fairground" / "mod.wasm"

Edit = Callable[[bytes, int], bytes]


def main() -> None:
    """Measure and print."""
    for mods in (1, 10):
        _show(f"a script, in a loadout of {mods}", mods, "main.rhai", script().encode(), _comment)
    _show("a component in C, in a loadout of 1", 1, "mod.wasm", COMPONENT.read_bytes(), _section)


def _comment(code: bytes, number: int) -> bytes:
    return code + b"// %d\n" % number


def _section(code: bytes, number: int) -> bytes:
    """Return the component with a custom section of one byte, which means nothing."""
    return code + bytes([0, 3, 1, ord("n"), number])


def _show(name: str, mods: int, entry: str, code: bytes, edit: Edit) -> None:
    with TemporaryDirectory() as folder:
        times = _times(_session(Path(folder), mods, entry, code), f"mod-0/{entry}", code, edit)
    low, mid, high = (1000 * value for value in quantiles(times, n=4))
    slowest = 1000 * max(times)
    print(f"  {name:<44} {mid:6.0f} ms  ({low:.0f} to {high:.0f}, the slowest {slowest:.0f})")


def _session(folder: Path, mods: int, entry: str, code: bytes) -> Session:
    """Write a loadout of so many mods on disk."""
    ids = [f"mod-{number}" for number in range(mods)]
    wishes = "".join(f'{id} = {{ path = "{id}" }}\n' for id in ids)
    (folder / "game.toml").write_text(GAME)
    (folder / "loadout.toml").write_text(f'[loadout]\nname = "bench"\n[mods]\n{wishes}')
    for id in ids:
        (folder / id).mkdir()
        (folder / id / "mod.toml").write_text(MOD % (id, entry))
        (folder / id / entry).write_bytes(code)
    return Session(folder, cache=folder / "cache")


def _times(session: Session, file: str, code: bytes, edit: Edit) -> list[float]:
    """Return how many seconds each save took."""
    cast = session.cast()
    host, done = cast.host(all_loaders(session.cache)), list[float]()
    host.events.subscribe(ModReloadedEvent, lambda _: done.append(perf_counter()))
    times = []
    with host, closing(Live(session, cast)) as live:
        for number in range(SAVES):
            _follow(host, live, QUIET)
            start = perf_counter()
            (session.folder / file).write_bytes(edit(code, number))
            while len(done) == number:
                _follow(host, live, 0.001)
            times.append(done[number] - start)
    return times


def _follow(host: Host, live: Live, seconds: float) -> None:
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        news = live.news(left)
        if isinstance(news, Cast):
            host.change(news.mods, news.rules, news.game)
        elif news is not None:
            raise news

"""What a profile counts, for both backends."""

from collections.abc import Callable
from pathlib import Path

from modpm.game import Game
from modpm.manifest import Manifest, Permissions
from modpm.runtime import Host, Mod, ModRegistry
from modpm.runtime.host import all_loaders
from modpm.runtime.profile import Profiler
from modpm.versions import parse_version


def test_calls_and_queues_are_counted(
    game: Game, entry: Callable[[str], Path], tmp_path: Path
) -> None:
    """Each call of the mod counts, also one that fails, and what it asked for and published."""
    file = entry("easy_mode")
    (tmp_path / f"main{file.suffix}").write_bytes(file.read_bytes())
    can = Permissions(plugins=("combat", "weather"))
    version = parse_version("1.0.0")
    manifest = Manifest("easy", version, "Easy", f"main{file.suffix}", permissions=can)
    profiler = Profiler(ModRegistry(all_loaders()))
    with Host(game, [Mod("easy", manifest, tmp_path)], loaders=[profiler]) as host:
        host.publish("pulse", 1)
        host.tick()
        host.tick()
    use = profiler.uses["easy"]
    assert (use.commands, use.events) == (4, 1)
    assert use.calls == 5  # load, on_init, pulse, the answer, which it did not ask for, on_shutdown
    assert use.longest_in
    assert 0.0 < use.longest <= use.seconds

"""run: a loadout at play, turn by turn."""

from collections import deque
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.loadout import frozen, locked
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from modpm.cli.stage import Stage
    from modpm.conflict.claims import At, Decision
    from modpm.runtime import Host, LogRecord, PluginState
    from modpm.runtime.events import PluginEvent
    from modpm.session import RunReport

KEPT = 10_000
"""Log records in a `--json` document: the newest."""
FILE = click.Path(dir_okay=False, path_type=Path)
PACE = click.FloatRange(min=0, max=3600)

SWITCH = ""
"""Stands for a parameter's name where a plugin is switched on or off."""


class Story:
    """What a play did to the game's plugins: what they were, and who set each parameter last."""

    def __init__(self, host: "Host") -> None:
        from modpm.runtime import (
            PluginDisabledEvent,
            PluginEnabledEvent,
            PluginParameterChangedEvent,
        )

        self.before = host.plugins
        self._host = host
        self.movers: dict[tuple[str, str], str] = {}
        host.events.subscribe(PluginParameterChangedEvent, self._moved)
        host.events.subscribe(PluginEnabledEvent, self._moved)
        host.events.subscribe(PluginDisabledEvent, self._moved)

    def changed(self, report: "RunReport") -> dict[tuple[str, str], str]:
        """Return for each plugin's parameter that is another now which mod set it last."""
        owners = {claim.at: claim.mod for claim in self._host.claims}
        return {
            (name, key): self._author((name, key), owners)
            for name, state in report.plugins.items()
            for key, value in _values(state).items()
            if name in self.before and value != _values(self.before[name]).get(key, value)
        }

    def _author(self, at: "At", owners: "Mapping[At, str]") -> str:
        """Return who set a parameter last; or who still claims it, if that mod does not."""
        mover = self.movers.get(at, "")
        claims = any(claim.at == at and claim.mod == mover for claim in self._host.claims)
        return mover if claims else owners.get(at, mover)

    def _moved(self, event: "PluginEvent") -> None:
        self.movers[event.plugin, getattr(event, "key", SWITCH)] = event.source_mod or "the player"


@verb()
@click.option(
    "--ticks",
    type=click.IntRange(min=0),
    help="Turns to play; default 10, with --watch without end.",
)
@click.option("--watch", is_flag=True, help="Follow what changes on the disk, until Ctrl-C.")
@click.option("--pace", type=PACE, default=1.0, help="Seconds a turn with --watch; default 1.")
@click.option("--profile", is_flag=True, help="Show what each mod cost.")
@click.option("--record", type=FILE, metavar="FILE", help="Write down what happens.")
@click.option("--replay", type=FILE, metavar="FILE", help="Play what was recorded, and compare.")
@locked
@frozen
def run(
    shell: Shell,
    ticks: int | None,
    watch: bool,
    pace: float,
    profile: bool,
    record: Path | None,
    replay: Path | None,
    locked: bool,
    frozen: bool,
) -> None:
    """Sync, then play the loadout turn by turn.

    What mods log is shown as it comes; then the load order, and what became of the game. The state
    in the last line is the same wherever the same loadout is played for as many turns.
    """
    if watch and (locked or frozen):
        raise click.UsageError("--watch lets the lock follow what changes: leave out the other")
    if watch and (profile or record or replay):
        raise click.UsageError("--watch has no end to measure or compare: leave out the other")
    if replay and (record or ticks is not None):
        raise click.UsageError("--replay plays the turns that were recorded: leave out the other")
    with shell.session() as session:
        players = session.cast(locked=locked, frozen=frozen)
    if watch:
        from modpm.cli import live
        from modpm.session import Session

        quiet = Session(session.folder, cache=session.cache, offline=shell.offline)
        return live.play(shell, quiet, players, ticks, pace)
    from modpm.cli.stage import Stage

    stage = Stage(players, session.cache, profile, replay, keep=record is not None)
    log = deque["LogRecord"](maxlen=KEPT)
    story = Story(stage.host)
    report = stage.play(10 if ticks is None else ticks, heard_by(shell, log))
    if record is not None:
        stage.write(record)
    return finish(shell, report, story, log, stage)


def heard_by(shell: Shell, log: "deque[LogRecord]") -> "Callable[[LogRecord], object]":
    """Return what shows a record, or keeps it for the document."""
    return log.append if shell.json else partial(_say, shell)


def finish(
    shell: Shell,
    report: "RunReport",
    story: Story,
    log: "deque[LogRecord]",
    stage: "Stage | None" = None,
) -> None:
    """Show how the play ended; leave with exit code 1 if a mod failed."""
    for line in [*_told(report, story), *(stage.told() if stage else ())]:
        shell.out(line)
    shell.document(_document(report, story, log) | (stage.document() if stage else {}))
    _own_up(shell, report)


def _say(shell: Shell, record: "LogRecord") -> None:
    """Show a record: what mods say is data, what goes wrong is not."""
    text = f"{record.mod}: {record.text}"
    match record.level:
        case "error":
            shell.label("error", text, "red")
        case "warn":
            shell.warn(text)
        case "debug":
            shell.detail(text)
        case _:
            shell.out(text)


def _told(report: "RunReport", story: Story) -> list[str]:
    """Return the load order, and every plugin with its parameters, as lines."""
    from modpm.cli.render import columns

    order = columns((f"  {at}.", id) for at, id in enumerate(report.order, 1))
    changed = story.changed(report)
    plugins = [line for name in report.plugins for line in _plugin(name, report, changed)]
    return ["", "load order:", *order, "", f"after turn {report.ticks}:", *plugins]


def _values(state: "PluginState") -> dict[str, Any]:
    return {SWITCH: state.enabled, **state.parameters}


def _plugin(name: str, report: "RunReport", changed: dict[tuple[str, str], str]) -> list[str]:
    """Return a plugin's state; what mods changed is marked with who won."""
    from modpm.cli.render import columns, literal

    state = report.plugins[name]
    whys = {d.key: _why(d) for d in report.decisions if d.plugin == name}
    marks = {key: f"* {mod}" for (at, key), mod in changed.items() if at == name}
    marks |= {key: f"* {why}" for key, why in whys.items()}
    rows = [(f"    {k}", literal(v), marks.get(k, "")) for k, v in state.parameters.items()]
    switch = f"  {name}: {'on' if state.enabled else 'off'}  {marks.get(SWITCH, '')}".rstrip()
    return [switch, *columns(rows)]


def _why(decision: "Decision") -> str:
    """Return who decided a parameter, over whom, or whose values merged."""
    mods = [claim.mod for claim in decision.claims if claim.mod != decision.winner]
    over = f" over {', '.join(mods)}" if mods else ""
    if decision.winner:
        return f"{decision.winner}{over}" + (f" ({decision.strategy})" if over else "")
    if decision.strategy == "pin":
        return f"the loadout's pin{over}"
    rejected = {claim.mod for claim in decision.rejected}
    merged = [mod for mod in mods if mod not in rejected]
    return f"{', '.join(merged) or 'the game'} ({decision.strategy})"


def _document(report: "RunReport", story: Story, log: "deque[LogRecord]") -> dict[str, Any]:
    changed = story.changed(report).items()
    return {
        "ticks": report.ticks,
        "order": report.order,
        "plugins": report.plugins,
        "changed": [{"plugin": p, "key": key, "mod": mod} for (p, key), mod in changed if key],
        "decisions": report.decisions,
        "redecided": report.redecided,
        "failures": [
            {"mod": f.mod, "hook": f.hook, "error": f.error.data} for f in report.failures
        ],
        "log": list(log),
    }


def _own_up(shell: Shell, report: "RunReport") -> None:
    """Say what is not as the lock has it; leave with exit code 1 if a mod failed."""
    from modpm.cli.decisions import redecision

    for change in report.redecided:
        shell.warn(f"not as the lock has it: {redecision(change)}")
    if report.failures:
        failed = ", ".join(f"`{failure.mod}`" for failure in report.failures)
        if not shell.json:
            shell.label("error", f"failed: {failed}; the other mods played on", "red")
        click.get_current_context().exit(1)

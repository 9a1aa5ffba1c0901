"""run: a loadout at play, turn by turn."""

from collections import deque
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.loadout import frozen, locked
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.conflict.claims import Decision
    from modpm.runtime import Host, LogRecord, PluginState
    from modpm.runtime.events import PluginEvent
    from modpm.session import RunReport

KEPT = 10_000
"""Log records in a `--json` document: the newest."""


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
        self.movers: dict[tuple[str, str], str] = {}
        host.events.subscribe(PluginParameterChangedEvent, self._moved)
        host.events.subscribe(PluginEnabledEvent, self._moved)
        host.events.subscribe(PluginDisabledEvent, self._moved)

    def changed(self, report: "RunReport") -> dict[tuple[str, str], str]:
        """Return for each plugin's parameter that is another now which mod set it last."""
        return {
            (name, key): self.movers.get((name, key), "")
            for name, state in report.plugins.items()
            for key, value in _values(state).items()
            if value != _values(self.before[name])[key]
        }

    def _moved(self, event: "PluginEvent") -> None:
        self.movers[event.plugin, getattr(event, "key", SWITCH)] = event.source_mod


@verb()
@click.option("--ticks", type=click.IntRange(min=0), default=10, help="Turns to play; default 10.")
@locked
@frozen
def run(shell: Shell, ticks: int, locked: bool, frozen: bool) -> None:
    """Sync, then play the loadout turn by turn.

    What mods log is shown as it comes; then the load order, and what became of the game.
    """
    log: deque[LogRecord] = deque(maxlen=KEPT)

    def heard(record: "LogRecord") -> None:
        log.append(record) if shell.json else _say(shell, record)

    with shell.session() as session:
        players = session.cast(locked=locked, frozen=frozen)
    from modpm.runtime.host import all_loaders
    from modpm.session.play import play

    host = players.host(all_loaders(session.cache))
    story = Story(host)
    report = play(players, host, ticks, heard)
    for line in _told(report, story):
        shell.out(line)
    shell.document(_document(report, story, log))
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
    losers = [claim.mod for claim in decision.claims if claim.mod != decision.winner]
    over = f" over {', '.join(losers)}" if losers else ""
    if decision.winner is None:
        pinned = decision.strategy == "pin"
        return (
            f"the loadout's pin{over}" if pinned else f"{', '.join(losers)} ({decision.strategy})"
        )
    return f"{decision.winner}{over}" + (f" ({decision.strategy})" if over else "")


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

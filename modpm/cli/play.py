"""run: a loadout at play, turn by turn."""

from collections import deque
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.loadout import frozen, locked
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.conflict.decide import Decision
    from modpm.runtime import Host, LogRecord, PluginParameterChangedEvent
    from modpm.session import RunReport

KEPT = 10_000
"""Log records in a `--json` document: the newest."""


class Story:
    """What a play did to the game's parameters: what they were, and who set each last."""

    def __init__(self, host: "Host") -> None:
        from modpm.runtime import PluginParameterChangedEvent

        self.before = host.plugins
        self.movers: dict[tuple[str, str], str] = {}
        host.events.subscribe(PluginParameterChangedEvent, self._moved)

    def _moved(self, event: "PluginParameterChangedEvent") -> None:
        self.movers[event.plugin, event.key] = event.source_mod


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
        host = session.host(locked=locked, frozen=frozen)
    from modpm.session.play import play

    story = Story(host)
    report = play(host, ticks, heard)
    for line in _told(report, story):
        shell.out(line)
    shell.document(_document(report, log))
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
    plugins = [line for name in report.plugins for line in _plugin(name, report, story)]
    return ["", "load order:", *order, "", f"after turn {report.ticks}:", *plugins]


def _plugin(name: str, report: "RunReport", story: Story) -> list[str]:
    """Return a plugin's state; what mods changed is marked with who won."""
    from modpm.cli.messages import literal
    from modpm.cli.render import columns

    before, after = story.before[name], report.plugins[name]
    decisions = {d.key: d for d in report.decisions if d.plugin == name}
    rows = []
    for key, value in after.parameters.items():
        why = _why(decisions.get(key))
        if not why and value != before.parameters[key]:
            why = story.movers.get((name, key), "")
        rows.append((f"    {key}", literal(value), f"* {why}" if why else ""))
    switched = "" if before.enabled == after.enabled else " *"
    return [f"  {name}: {'on' if after.enabled else 'off'}{switched}", *columns(rows)]


def _why(decision: "Decision | None") -> str:
    """Return who decided a parameter, over whom."""
    if decision is None:
        return ""
    losers = [claim.mod for claim in decision.claims if claim.mod != decision.winner]
    over = f" over {', '.join(losers)}" if losers else ""
    if decision.winner is None:
        return f"the loadout's pin{over}"
    return f"{decision.winner}{over}" + (f" ({decision.strategy})" if over else "")


def _document(report: "RunReport", log: "deque[LogRecord]") -> dict[str, Any]:
    return {
        "ticks": report.ticks,
        "order": report.order,
        "plugins": report.plugins,
        "decisions": report.decisions,
        "failures": [
            {"mod": f.mod, "hook": f.hook, "error": f.error.data} for f in report.failures
        ],
        "log": log,
    }


def _own_up(shell: Shell, report: "RunReport") -> None:
    """Leave with exit code 1 if a mod failed: the game went on, but not as wished."""
    if report.failures:
        failed = ", ".join(f"`{failure.mod}`" for failure in report.failures)
        if not shell.json:
            shell.label("error", f"failed: {failed}; the other mods played on", "red")
        click.get_current_context().exit(1)

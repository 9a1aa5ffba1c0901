"""The screen: shows a play, lets it go on by itself, and hands over what the player types.

Everything that may run a mod's code is done in a thread, so that no mod can stop the screen.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.css.query import NoMatches
from textual.widgets import DataTable, Footer, RichLog, Static

from examples.game import view
from examples.game.orders import ORDERS
from examples.game.play import Line, Play

IDLE = 0.1
"""Seconds between two looks at the disk."""
COLOURS = {"error": "bold red", "warn": "yellow", "debug": "dim"}
STATES = {"plays": "green", "reloaded": "cyan", "unloaded": "dim"}


class Screen(App[None]):
    """A play that goes on by a day every `pace` seconds, unless it is paused."""

    CSS = """
    #date { background: $primary; color: $text; }
    #left { width: 43; }
    #realm { height: auto; padding: 0 1; border: round $primary; }
    #mods { border: round $primary; }
    #parameters { border: round $primary; }
    #log { height: 10; border: round $primary; padding: 0 1; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause"),
        Binding("n", "step", "A day"),
        Binding("u", "mod", "Un/load"),
        *(Binding(order.key, f"order({n})", order.name) for n, order in enumerate(ORDERS)),
        Binding("q", "quit", "Quit"),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, play: Play, pace: float, paused: bool = False) -> None:
        super().__init__()
        self.play = play
        self.pace = pace
        self.paused = paused
        self._one_at_a_time = asyncio.Lock()
        self._shown: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """Lay it out: figures and mods on the left, parameters on the right, the log below."""
        yield Static(id="date")
        with Horizontal():
            with Vertical(id="left"):
                yield Static(id="realm")
                yield DataTable[Text](id="mods", cursor_type="row", show_header=False)
            yield DataTable[Text](id="parameters", cursor_type="none", show_header=False)
        yield RichLog(id="log", wrap=True, max_lines=1000)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Name the tables, show the first morning, and begin."""
        for id, columns in (("mods", 2), ("parameters", 3)):
            table = self._table(id)
            table.border_title = id
            table.add_columns(*" " * columns)
        self.query_one("#realm").border_title = self.play.name
        self._table("mods").focus()
        self._show()
        self.run_worker(self._days())

    async def _days(self) -> None:
        due = self.pace
        while True:
            await asyncio.sleep(min(due, IDLE))
            due -= IDLE
            if self.paused or self.play.realm.end:
                await self._do(self.play.keep_up)
            elif due <= 0:
                await self._do(self.play.turn)
                due = self.pace

    async def _do(self, what: Callable[[], object]) -> None:
        """Do it beside the screen, after what is being done, and show what became of it."""
        async with self._one_at_a_time:
            await asyncio.to_thread(what)
        with suppress(NoMatches):  # the screen is gone
            self._show()

    # --- keys -------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Stop, or go on."""
        self.paused = not self.paused
        self._show()

    async def action_step(self) -> None:
        """Play one day, and stop."""
        self.paused = True
        await self._do(self.play.turn)

    async def action_mod(self) -> None:
        """Unload or load the mod under the cursor."""
        standing = view.mods(self.play)[self._table("mods").cursor_row]
        await self._do(partial(self.play.toggle, standing.mod))

    async def action_order(self, number: int) -> None:
        """Give one of the orders."""
        await self._do(partial(self.play.order, ORDERS[number]))

    # --- what is shown ----------------------------------------------------------------------------

    def _show(self) -> None:
        state = self.play.realm.end or ("paused" if self.paused else "")
        self.query_one("#date", Static).update(Text(f" {view.date(self.play)}  {state}"))
        figures = (f"{name:<10}{value}" for name, value in view.realm(self.play))
        self.query_one("#realm", Static).update(Text("\n".join(figures), no_wrap=True))
        self._fill("mods", map(_standing, view.mods(self.play)))
        self._fill("parameters", map(self._row, view.parameters(self.play)))
        lines, self.play.lines = self.play.lines, []
        for line in lines:
            self.query_one(RichLog).write(_line(line))

    def _row(self, row: view.Row) -> tuple[Text, ...]:
        """Return a row; what is other than it was is bright."""
        style = "bold yellow" if self._shown.get(row.name, row.value) != row.value else ""
        self._shown[row.name] = row.value
        return Text(row.name), Text(row.value[:16], style), Text(row.by, "cyan")

    def _fill(self, id: str, rows: Iterable[tuple[Text, ...]]) -> None:
        table = self._table(id)
        cursor, top = table.cursor_row, table.scroll_y
        table.clear()
        table.add_rows(rows)
        table.move_cursor(row=cursor, scroll=False)
        table.scroll_to(y=top, animate=False)

    def _table(self, id: str) -> DataTable[Text]:
        return self.query_one(f"#{id}", DataTable)


def _standing(standing: view.Standing) -> tuple[Text, Text]:
    return Text(standing.mod), Text(standing.state, STATES.get(standing.state, "bold red"))


def _line(line: Line) -> Text:
    head = Text(f"{line.who}: " if line.who else "", "cyan")
    return head.append(line.text, COLOURS.get(line.level, "" if line.who else "bold"))

"""What a script can call: the whole of its way into the game."""

from collections.abc import Callable, Iterator
from functools import cached_property
from random import Random
from typing import Any

import msgspec

from modpm.document import Value
from modpm.errors import Refused
from modpm.runtime.api import PREFIX, ModContext, PluginControl
from modpm.runtime.log import LEVELS, VOLUME
from modpm.runtime.outbox import Outbox, stream

SUBSCRIPTIONS = 1_000
"""How many subscriptions a mod may have."""
NAME = 200
"""How long the name of an event may be, in characters."""


class HostFunctions:
    """One mod's host functions. Annotations matter: Rhai chooses overloads by them."""

    def __init__(self, mod: str, context: ModContext, outbox: Outbox) -> None:
        self.mod = mod
        self.clock = context.grants.clock
        self.subscriptions: dict[str, list[Callable[[Value], object]]] = {}
        self._context = context
        self._outbox = outbox

    def all(self) -> Iterator[tuple[str, Callable[..., Any]]]:
        """Yield every function under the name that scripts call it by."""
        yield "log", self._log
        yield "log", self._log_float
        yield "log", self._log_int
        yield "log", self._log_at
        yield "enable_plugin", self._enable_plugin
        yield "disable_plugin", self._disable_plugin
        yield "set_plugin_param", self._set_plugin_param
        yield "get_plugin_param", self._get_plugin_param
        yield "trigger_hook", self._trigger_hook
        yield "random", self._draw
        yield "subscribe_event", self._subscribe_event
        yield "publish_event", self._publish_event

    @cached_property
    def _random(self) -> Random:
        return stream(self._context.seed, self.mod)

    def draw_on(self, former: object) -> None:
        """Go on with the random numbers of the version that was set aside."""
        functions = getattr(former, "functions", None)
        if isinstance(functions, HostFunctions):
            self._random = functions._random

    def print(self, text: str) -> None:
        """Log what the script prints."""
        self._context.log("info", text)

    def debug(self, text: str, source: str | None, line: int | None) -> None:
        """Log what the script prints for its author."""
        self._context.log("debug", f"{text} (line {line})" if line else text)

    def _log(self, message: object) -> None:
        self._context.log("info", _text(message))

    # Rhai's own log(float) is the logarithm, and wins over a log of anything; a float parameter
    # takes ints as floats, so ints need their own.
    def _log_float(self, message: float) -> None:
        self._log(message)

    def _log_int(self, message: int) -> None:
        self._log(message)

    def _log_at(self, level: str, message: object) -> None:
        if level not in LEVELS:
            raise self._refused(f"a log level is one of {', '.join(LEVELS)}")
        self._context.log(level, _text(message))

    def _enable_plugin(self, plugin: str) -> None:
        self._control(PluginControl.enable(_plain(plugin)))

    def _disable_plugin(self, plugin: str) -> None:
        self._control(PluginControl.disable(_plain(plugin)))

    def _set_plugin_param(self, plugin: str, key: str, value: Value) -> None:
        self._control(PluginControl.set_param(_plain(plugin), key, value))

    def _get_plugin_param(self, plugin: str, key: str) -> Value:
        return self._context.parameter(_plain(plugin), key)

    def _trigger_hook(self, plugin: str, hook: str, data: Value = None) -> None:
        self._control(PluginControl.trigger_hook(_plain(plugin), hook, data))

    def _draw(self) -> float:
        return self._random.random()

    def _subscribe_event(self, type: str, callback: object) -> None:
        if not callable(callback):
            raise self._refused('subscribe_event takes a function: Fn("name") or |data| ...')
        if len(type) > NAME:
            raise self._refused(f"the name of an event has at most {NAME} characters")
        if sum(map(len, self.subscriptions.values())) >= SUBSCRIPTIONS:
            raise self._refused(f"a mod has at most {SUBSCRIPTIONS:,} subscriptions")
        self.subscriptions.setdefault(type, []).append(callback)

    def _publish_event(self, type: str, data: Value = None) -> None:
        self._outbox.publish(self.mod, self._context, type, data)

    def _control(self, control: PluginControl) -> None:
        self._outbox.control(self.mod, self._context, control)

    def _refused(self, reason: str) -> Refused:
        return Refused(mod=self.mod, reason=reason)


def _plain(plugin: str) -> str:
    return plugin.removeprefix(PREFIX)


def _text(message: object) -> str:
    if isinstance(message, str):
        return message
    try:
        return msgspec.json.encode(message).decode()[:VOLUME]
    except (TypeError, ValueError, RecursionError):
        return str(message)[:VOLUME]

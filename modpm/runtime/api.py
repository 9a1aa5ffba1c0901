"""What a mod, a loader and a host say to one another; every backend speaks this."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from modpm.conflict.claims import At
from modpm.document import Value
from modpm.errors import PluginNotFound

if TYPE_CHECKING:
    from modpm.runtime.events import DynamicEvent, PluginControlRequested


class Enable(Struct, frozen=True):
    """Switch the plugin on."""

    def __str__(self) -> str:
        return "enable"


class Disable(Struct, frozen=True):
    """Switch the plugin off."""

    def __str__(self) -> str:
        return "disable"


class SetParam(Struct, frozen=True):
    """Set the parameter `key`."""

    key: str
    value: Value

    def __str__(self) -> str:
        return f"set_param:{self.key}={msgspec.json.encode(self.value).decode()}"


class TriggerHook(Struct, frozen=True):
    """Trigger the plugin's hook `hook`, with `data` for it."""

    hook: str
    data: Value = None

    def __str__(self) -> str:
        return f"trigger:{self.hook}"


PluginAction = Enable | Disable | SetParam | TriggerHook
"""What can be done to a plugin. `str(action)` is the text that `on_control_plugin` gets."""


class PluginControl(Struct, frozen=True):
    """One command to one plugin. A mod never changes a plugin: it queues these."""

    plugin: str
    action: PluginAction

    @property
    def at(self) -> At:
        """The plugin, and the parameter that is set; that is empty for a switch or a hook."""
        return self.plugin, self.action.key if isinstance(self.action, SetParam) else ""

    @classmethod
    def enable(cls, plugin: str) -> "PluginControl":
        """Return the command that switches `plugin` on."""
        return cls(plugin, Enable())

    @classmethod
    def disable(cls, plugin: str) -> "PluginControl":
        """Return the command that switches `plugin` off."""
        return cls(plugin, Disable())

    @classmethod
    def set_param(cls, plugin: str, key: str, value: Value) -> "PluginControl":
        """Return the command that sets a parameter of `plugin`."""
        return cls(plugin, SetParam(key, value))

    @classmethod
    def trigger_hook(cls, plugin: str, hook: str, data: Value = None) -> "PluginControl":
        """Return the command that triggers a hook of `plugin`."""
        return cls(plugin, TriggerHook(hook, data))


class ModBackend(StrEnum):
    """What runs a mod."""

    RHAI = "rhai"
    WASM = "wasm"
    DECLARATIVE = "declarative"


class ModMetadata(Struct, frozen=True):
    """What a mod says of itself, in its manifest or by `get_metadata`."""

    name: str = "Unknown"
    version: str = "0.1.0"
    author: str | None = None
    description: str | None = None


class ModHandle(Struct, frozen=True):
    """A loaded mod. `hooks` are the hooks that it defines; the host calls no others."""

    id: str
    path: Path
    backend: ModBackend
    metadata: ModMetadata
    hooks: frozenset[str] = frozenset()


PREFIX = "issun:"
"""What may stand before the name of a plugin, as the architecture writes its own."""


def _no_game(plugin: str, key: str) -> Value:
    raise PluginNotFound(
        mod="", plugin=plugin, reason=f"no game is running to ask for {plugin}.{key}"
    )


def _anything(control: PluginControl) -> None:
    """Without a game nobody knows what there is to control."""


def _unheard(level: str, text: str) -> None:
    """Without a host nobody listens."""


class Folder(Struct, frozen=True):
    """A folder that a mod may use, and the name by which it knows it."""

    name: str
    path: Path
    writable: bool = False


class Grants(Struct, frozen=True):
    """What a mod may reach besides the game: folders, and the time of day."""

    folders: tuple[Folder, ...] = ()
    clock: bool = False


NOTHING = Grants()
"""What a mod may reach that nobody granted anything."""


class ModContext(Struct, frozen=True):
    """What the host tells a loader about one mod, and where the mod's questions and lines go.

    `id` None means the file's stem; `metadata` None means that the mod's `get_metadata` is asked.
    `plugins` are those that the mod may control, "*" for all; `grants` what else it may reach.
    `api` is the WIT world that the mod says it was built for.
    `parameter(plugin, key)` returns a value or raises Refused; `known(control)` raises Refused if
    the game has no such plugin, parameter or hook; `log(level, text)` takes one record.
    """

    id: str | None = None
    metadata: ModMetadata | None = None
    plugins: tuple[str, ...] = ()
    grants: Grants = NOTHING
    api: str | None = None
    seed: int = 0
    parameter: Callable[[str, str], Value] = _no_game
    known: Callable[[PluginControl], object] = _anything
    log: Callable[[str, str], None] = _unheard


ALONE = ModContext()
"""What a loader knows of a mod when no host is there: nothing to control, nobody to hear it."""


class ModLoader(Protocol):
    """How mods of one kind are run. Whatever a mod does wrong comes out as a ModError."""

    def accepts(self, path: Path, /) -> bool:
        """Return whether this loader runs files like `path`, by name alone."""
        ...

    def load(self, path: Path, context: ModContext = ALONE, /) -> ModHandle:
        """Return the mod in the file `path`, compiled and ready for `on_init`.

        Raises NotFound, InvalidFormat, Io or LoadFailed.
        """
        ...

    def unload(self, handle: ModHandle, /) -> None:
        """Forget the mod, its subscriptions, and what it queued. Runs none of its code."""
        ...

    def control_plugin(self, handle: ModHandle, plugin: str, action: PluginAction, /) -> None:
        """Tell the mod that something was done to a plugin; raise ExecutionFailed."""
        ...

    def call_function(self, handle: ModHandle, name: str, /, *args: Value) -> Value:
        """Return what a function of the mod returns.

        Raises ExecutionFailed, FunctionNotFound or NotFound.
        """
        ...

    def drain_commands(self) -> "list[PluginControlRequested]":
        """Return what the mods asked for since the last time, oldest first."""
        ...

    def drain_events(self) -> "list[DynamicEvent]":
        """Return what the mods published since the last time, oldest first."""
        ...

    def dispatch_event(self, handle: ModHandle, event: "DynamicEvent", /) -> None:
        """Hand the event to the mod if it subscribed to it; raise ExecutionFailed."""
        ...

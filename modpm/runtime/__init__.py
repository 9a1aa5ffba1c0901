"""The sandboxed host: mods control a game's plugins, and can do nothing else."""

from modpm.errors import (
    ExecutionFailed,
    FunctionNotFound,
    InvalidFormat,
    Io,
    LoadFailed,
    ModError,
    NotFound,
    PluginNotFound,
    Refused,
)
from modpm.runtime.api import (
    Disable,
    Enable,
    Folder,
    Grants,
    ModBackend,
    ModContext,
    ModHandle,
    ModLoader,
    ModMetadata,
    PluginAction,
    PluginControl,
    SetParam,
    TriggerHook,
)
from modpm.runtime.builder import GameBuilder, GameRuntime
from modpm.runtime.control import PluginControlSystem
from modpm.runtime.events import (
    DynamicEvent,
    EventBus,
    LogRecord,
    ModLoadedEvent,
    ModLoadFailedEvent,
    ModLoadRequested,
    ModUnloadedEvent,
    ModUnloadRequested,
    PluginControlRequested,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)
from modpm.runtime.host import Host, Mod
from modpm.runtime.load import ModLoadSystem
from modpm.runtime.plugins import PluginState
from modpm.runtime.registry import ModRegistry
from modpm.runtime.rhai import RhaiLoader
from modpm.runtime.state import Failure, ModLoaderState
from modpm.runtime.systems import (
    ModBridgeSystem,
    ModEventSystem,
    ModSystemConfig,
    ModSystemPlugin,
)
from modpm.runtime.wasm.limits import WasmLimits
from modpm.runtime.wasm.loader import WasmLoader

__all__ = [
    "Disable",
    "DynamicEvent",
    "Enable",
    "EventBus",
    "ExecutionFailed",
    "Failure",
    "Folder",
    "FunctionNotFound",
    "GameBuilder",
    "GameRuntime",
    "Grants",
    "Host",
    "InvalidFormat",
    "Io",
    "LoadFailed",
    "LogRecord",
    "Mod",
    "ModBackend",
    "ModBridgeSystem",
    "ModContext",
    "ModError",
    "ModEventSystem",
    "ModHandle",
    "ModLoadFailedEvent",
    "ModLoadRequested",
    "ModLoadSystem",
    "ModLoadedEvent",
    "ModLoader",
    "ModLoaderState",
    "ModMetadata",
    "ModRegistry",
    "ModSystemConfig",
    "ModSystemPlugin",
    "ModUnloadRequested",
    "ModUnloadedEvent",
    "NotFound",
    "PluginAction",
    "PluginControl",
    "PluginControlRequested",
    "PluginControlSystem",
    "PluginDisabledEvent",
    "PluginEnabledEvent",
    "PluginHookTriggeredEvent",
    "PluginNotFound",
    "PluginParameterChangedEvent",
    "PluginState",
    "Refused",
    "RhaiLoader",
    "SetParam",
    "TriggerHook",
    "WasmLimits",
    "WasmLoader",
]

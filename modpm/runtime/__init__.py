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
from modpm.runtime.abilities import ReloadingLoader
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
from modpm.runtime.bridge import ModBridgeSystem
from modpm.runtime.builder import GameBuilder, GamePlugin, GameRuntime, PluginListener, System
from modpm.runtime.config import ModSystemConfig
from modpm.runtime.control import PluginControlSystem
from modpm.runtime.events import (
    DynamicEvent,
    EventBus,
    LogRecord,
    ModLoadedEvent,
    ModLoadFailedEvent,
    ModLoadRequested,
    ModReloadedEvent,
    ModReloadFailedEvent,
    ModReloadRequested,
    ModUnloadedEvent,
    ModUnloadRequested,
    PluginControlRequested,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
)
from modpm.runtime.failure import Failure
from modpm.runtime.frame import TurnOverrunEvent
from modpm.runtime.host import Host, Mod
from modpm.runtime.load import ModLoadSystem
from modpm.runtime.plugins import PluginState
from modpm.runtime.registry import ModRegistry
from modpm.runtime.reload import ModReloadSystem
from modpm.runtime.rhai import RhaiLoader
from modpm.runtime.state import ModLoaderState
from modpm.runtime.systems import ModEventSystem, ModSystemPlugin
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
    "GamePlugin",
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
    "ModReloadFailedEvent",
    "ModReloadRequested",
    "ModReloadSystem",
    "ModReloadedEvent",
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
    "PluginListener",
    "PluginNotFound",
    "PluginParameterChangedEvent",
    "PluginState",
    "Refused",
    "ReloadingLoader",
    "RhaiLoader",
    "SetParam",
    "System",
    "TriggerHook",
    "TurnOverrunEvent",
    "WasmLimits",
    "WasmLoader",
]

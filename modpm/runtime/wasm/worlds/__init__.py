"""The WIT worlds that mods are built for, one frozen adapter a version."""

from modpm.runtime.wasm.guest import World
from modpm.runtime.wasm.worlds.issun_0_7 import Issun
from modpm.runtime.wasm.worlds.modpm_1 import Modpm

WORLDS: tuple[World, ...] = (Modpm(), Issun())

"""loadout.lock: an answer as text that is the same on every machine and merges well."""

from modpm.lockfile.compare import ClaimChange, Redecision, redecisions
from modpm.lockfile.grants import Request, requests
from modpm.lockfile.lock import Change, Lock, LockedMod, changes, lock, permissions
from modpm.lockfile.read import loads
from modpm.lockfile.stale import Stale, stale
from modpm.lockfile.write import LOCK_VERSION, dumps

__all__ = [
    "LOCK_VERSION",
    "Change",
    "ClaimChange",
    "Lock",
    "LockedMod",
    "Redecision",
    "Request",
    "Stale",
    "changes",
    "dumps",
    "loads",
    "lock",
    "permissions",
    "redecisions",
    "requests",
    "stale",
]

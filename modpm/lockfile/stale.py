"""Whether a lock still answers a loadout, by uv's rule: what is locked must be what is wanted."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from modpm.conflict.claims import At, Decision, same, spelled
from modpm.conflict.decide import decide
from modpm.conflict.rules import Rules, rules
from modpm.game import Game, Parameter
from modpm.loadout import Loadout, Wish
from modpm.lockfile.lock import Lock, LockedMod, overridden
from modpm.versions import Version, spell


class Stale(Struct, frozen=True):
    """One reason why a lock does not answer a loadout. `wanted` and `locked` show the difference.

    `problem` is one of: "game", "game-version", "tiers" (`id` is the game's); "missing", "version",
    "source", "priority", "disabled", "unwanted", "override", "order", "tier" (`id` is a mod's);
    "decision" (`id` is "plugin.key").
    """

    id: str
    problem: str
    wanted: str | None = None
    locked: str | None = None


def stale(lock: Lock, loadout: Loadout, game: Game | None = None) -> tuple[Stale, ...]:
    """Return why the lock no longer answers the loadout; nothing if it does.

    Stale is a lock that another answer has to replace, not one whose loadout's text has changed.
    The game's version and strategies count where `game` tells them and the loadout does not.
    """
    found = [*_game(lock, loadout, game)]
    for wish in loadout.mods:
        found += _wish(wish, lock) if wish.enabled else ()
    disabled = {wish.id for wish in loadout.mods if not wish.enabled}
    wanted = _reachable(lock, loadout)
    for mod in lock.mods:
        if mod.id in wanted - disabled:
            found += _mod(mod, loadout)
        else:
            problem = "disabled" if mod.id in disabled else "unwanted"
            found.append(Stale(mod.id, problem, locked=spell(mod.version)))
    found += _order(lock, loadout)
    found += _decisions(lock, rules(loadout, game), game.parameters() if game else {})
    return tuple(found)


def _game(lock: Lock, loadout: Loadout, game: Game | None) -> Iterator[Stale]:
    id = loadout.game or (game.id if game else lock.game)
    version = loadout.game_version or (game.version if game else lock.game_version)
    if id != lock.game:
        yield Stale(id or lock.game or "", "game", id, lock.game)
    elif version != lock.game_version:
        yield Stale(id or "", "game-version", _spelled(version), _spelled(lock.game_version))
    if game and game.tiers != lock.tiers and any(mod.tier or mod.player_tier for mod in lock.mods):
        yield Stale(game.id, "tiers", ", ".join(game.tiers), ", ".join(lock.tiers))


def _spelled(version: Version | None) -> str | None:
    return None if version is None else spell(version)


def _wish(wish: Wish, lock: Lock) -> Iterator[Stale]:
    offered = [(mod.version, mod) for mod in lock.mods if mod.id == wish.id]
    offered += [(p.version, mod) for mod in lock.mods for p in mod.provides if p.id == wish.id]
    fits = [mod for version, mod in offered if wish.range.contains(version, wish.prereleases)]
    if not offered:
        yield Stale(wish.id, "missing", wanted=wish.range.text)
    elif not fits:
        yield Stale(wish.id, "version", wish.range.text, spell(offered[0][0]))
    elif fits[0].id == wish.id and wish.path != fits[0].path:
        yield Stale(wish.id, "source", wish.path or wish.registry, _source(fits[0]))


def _mod(mod: LockedMod, loadout: Loadout) -> Iterator[Stale]:
    wish = next((wish for wish in loadout.mods if wish.id == mod.id), None)
    namespace, slash, _ = mod.id.partition("/")
    expected = wish.registry if wish else None
    expected = expected or (loadout.namespaces.get(namespace) if slash else None)
    if mod.source is not None:
        if expected not in (None, mod.source) or mod.source not in loadout.registries:
            yield Stale(mod.id, "source", expected, mod.source)
    elif wish is None:
        yield Stale(mod.id, "source", None, mod.path)
    priority = wish.priority if wish else None
    if priority != mod.priority:
        yield Stale(mod.id, "priority", _shown(priority), _shown(mod.priority))
    tier = loadout.tiers.get(mod.id)
    if tier != mod.player_tier:
        yield Stale(mod.id, "tier", tier, mod.player_tier)
    override = overridden(mod.id, loadout)
    if override != mod.overrides:
        yield Stale(mod.id, "override", ", ".join(override), ", ".join(mod.overrides))


def _shown(priority: int | None) -> str | None:
    return None if priority is None else str(priority)


def _source(mod: LockedMod) -> str | None:
    return mod.source if mod.path is None else mod.path


def _reachable(lock: Lock, loadout: Loadout) -> set[str]:
    """Return the mods that the enabled wishes lead to."""
    mods = {mod.id: mod for mod in lock.mods}
    wished = {wish.id for wish in loadout.mods if wish.enabled}
    roots = (m.id for m in lock.mods if m.id in wished or any(p.id in wished for p in m.provides))
    return _reached(roots, lambda id: (*mods[id].dependencies, *mods[id].recommends))


def _reached(roots: Iterable[str], ahead: Callable[[str], Iterable[str]]) -> set[str]:
    todo = list(roots)
    seen = set(todo)
    while todo:
        fresh = set(ahead(todo.pop())) - seen
        seen |= fresh
        todo += fresh
    return seen


def _order(lock: Lock, loadout: Loadout) -> Iterator[Stale]:
    """Yield where the player's rules for locked mods are not the lock's; some had to give way."""
    ids = {mod.id for mod in lock.mods}
    wanted = {(r.first, r.then) for r in loadout.order if {r.first, r.then} <= ids}
    locked = {(first, mod.id) for mod in lock.mods for first in mod.player_after}
    for first, then in sorted(wanted - locked):
        if not _leads(lock, then, first):
            yield Stale(then, "order", wanted=first)
    for first, then in sorted(locked - wanted):
        yield Stale(then, "order", locked=first)


def _leads(lock: Lock, start: str, end: str) -> bool:
    """Return whether the edges of the lock already put `start` before `end`."""
    behind = {mod.id: tuple(mod.behind()) for mod in lock.mods}
    return start in _reached([end], behind.__getitem__)


def _decisions(lock: Lock, rules: Rules, parameters: Mapping[At, Parameter]) -> Iterator[Stale]:
    for decision in lock.decisions:
        at = decision.at
        if not _stands(decision, rules, parameters.get(at)):
            yield Stale(spelled(at), "decision", rules.rule_of(*at), decision.strategy)
    for at in sorted(rules.pins.keys() - {decision.at for decision in lock.decisions}):
        yield Stale(spelled(at), "decision", wanted=rules.rule_of(*at))


def _stands(decision: Decision, rules: Rules, parameter: Parameter | None) -> bool:
    """Return whether the same claims come to the same decision today."""
    again = decide(decision.at, decision.claims, rules, parameter)
    as_before = (again.strategy, again.winner) == (decision.strategy, decision.winner)
    return as_before and same(again.value, decision.value)

"""A parameter's value as a pure function of the claims on it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from modpm.document import Value
from modpm.errors import ExclusiveConflict
from modpm.game import Game
from modpm.loadout import Loadout
from modpm.manifest import Manifest

PIN = "pin"
"""The strategy of a decision that the player's pin made."""


class Claim(Struct, frozen=True):
    """One mod's wish for one parameter. Claims are handed over in load order."""

    mod: str
    plugin: str
    key: str
    value: Value
    priority: int = 0


class Decision(Struct, frozen=True):
    """What became of the claims on one parameter. `winner` is a mod, or None for a player's pin."""

    plugin: str
    key: str
    strategy: str
    value: Value
    winner: str | None
    claims: tuple[Claim, ...]


class Rules(Struct, frozen=True):
    """What applies. `defaults` are the game's, by "plugin.key"; the loadout's word beats them."""

    strategy: Mapping[str, str] = {}
    pins: Mapping[tuple[str, str], Value] = {}
    defaults: Mapping[str, str] = {}

    def strategy_of(self, plugin: str, key: str) -> str:
        """Return the strategy for a parameter: the most specific key wins."""
        for name in (f"{plugin}.{key}", f"{plugin}.*", "default"):
            if name in self.strategy:
                return self.strategy[name]
        return self.defaults.get(f"{plugin}.{key}", "last-wins")


def same(one: Value, other: Value) -> bool:
    """Return whether two values are the same to a player: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def _agree(claims: Sequence[Claim]) -> bool:
    return all(same(claims[0].value, claim.value) for claim in claims[1:])


def _exclusive(claims: Sequence[Claim]) -> Claim:
    if not _agree(claims):
        first = claims[0]
        raise ExclusiveConflict(plugin=first.plugin, key=first.key, claims=tuple(claims))
    return claims[-1]


def _priority(claims: Sequence[Claim]) -> Claim:
    return max(reversed(claims), key=lambda claim: claim.priority)


STRATEGIES: Mapping[str, Callable[[Sequence[Claim]], Claim]] = {
    "last-wins": lambda claims: claims[-1],
    "first-wins": lambda claims: claims[0],
    "priority": _priority,
    "exclusive": _exclusive,
}
"""By name, which of several claims in load order wins."""


def decide(claims: Sequence[Claim], rules: Rules) -> Decision:
    """Return the decision on claims that all name one parameter; a mod's last claim is what counts.

    Raises ExclusiveConflict.
    """
    last = {claim.mod: claim for claim in claims}
    plugin, key = claims[0].plugin, claims[0].key
    pin = _pinned(plugin, key, tuple(last.values()), rules)
    if pin:
        return pin
    name = rules.strategy_of(plugin, key)
    winner = STRATEGIES[name](tuple(last.values()))
    return Decision(plugin, key, name, winner.value, winner.mod, tuple(last.values()))


def contested(claims: Iterable[Claim], rules: Rules) -> tuple[Decision, ...]:
    """Return the decisions where mods disagree or the player pinned a value, sorted by plugin, key.

    Raises ExclusiveConflict.
    """
    found: dict[tuple[str, str], list[Claim]] = {pin: [] for pin in rules.pins}
    for claim in claims:
        found.setdefault((claim.plugin, claim.key), []).append(claim)
    decisions = []
    for (plugin, key), about in sorted(found.items(), key=lambda item: item[0]):
        decision = decide(about, rules) if about else _pinned(plugin, key, (), rules)
        if decision and (decision.winner is None or not _agree(decision.claims)):
            decisions.append(decision)
    return tuple(decisions)


def _pinned(plugin: str, key: str, claims: tuple[Claim, ...], rules: Rules) -> Decision | None:
    if (plugin, key) not in rules.pins:
        return None
    return Decision(plugin, key, PIN, rules.pins[plugin, key], None, claims)


def rules(loadout: Loadout, game: Game | None = None) -> Rules:
    """Return what the loadout says about conflicts, over what the game says."""
    return Rules(
        strategy=loadout.strategy,
        pins={(pin.plugin, pin.key): pin.value for pin in loadout.pins},
        defaults={
            f"{plugin.name}.{parameter.name}": parameter.strategy
            for plugin in (game.plugins if game else ())
            for parameter in plugin.parameters
            if parameter.strategy
        },
    )


def declared(manifests: Iterable[Manifest], loadout: Loadout) -> tuple[Claim, ...]:
    """Return what manifests, in load order, claim; the player's priority beats the author's."""
    player = {wish.id: wish.priority for wish in loadout.mods if wish.priority is not None}
    return tuple(
        Claim(
            mod.id,
            setting.plugin,
            setting.key,
            setting.value,
            _weight(mod, setting.priority, player),
        )
        for mod in manifests
        for setting in mod.settings
    )


def _weight(mod: Manifest, own: int | None, player: Mapping[str, int]) -> int:
    return player.get(mod.id, mod.priority if own is None else own)

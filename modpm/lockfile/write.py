"""Writing loadout.lock: the same bytes for the same lock, one fact a line.

Blocks are sorted and name each other by bare ids, so that edits of two branches seldom touch the
same lines. Empty lists and absent values are left out.
"""

from collections.abc import Iterator, Mapping

from modpm.conflict.claims import Claim, Decision
from modpm.document import Value
from modpm.game import TIERS
from modpm.lockfile.lock import Lock, LockedMod
from modpm.versions import spell

LOCK_VERSION = "1.0"


def dumps(lock: Lock) -> str:
    """Return the text of loadout.lock: no time stamp, no tool version, "\\n" line ends."""
    head = {
        "lock-version": LOCK_VERSION,
        "game": lock.game,
        "game-version": spell(lock.game_version) if lock.game_version else None,
        "tiers": [] if lock.tiers == TIERS else list(lock.tiers),
    }
    blocks = [
        [*_lines(head)],
        *(["[[mod]]", *_mod(mod)] for mod in lock.mods),
        *(["[[decision]]", *_decision(decision)] for decision in lock.decisions),
    ]
    return "\n".join("\n".join(block) + "\n" for block in blocks)


def _mod(mod: LockedMod) -> Iterator[str]:
    source = mod.source if mod.path is None else {"path": mod.path}
    return _lines(
        {
            "id": mod.id,
            "version": spell(mod.version),
            "source": source,
            "kind": mod.kind,
            "size": mod.size,
            "sha256": mod.sha256,
            "priority": mod.priority,
            "provides": [f"{p.id}@{spell(p.version)}" for p in mod.provides],
            "dependencies": list(mod.dependencies),
            "unordered": list(mod.unordered),
            "recommends": list(mod.recommends),
            "after": list(mod.after),
            "player-after": list(mod.player_after),
            "tier": mod.tier,
            "player-tier": mod.player_tier,
            "overrides": list(mod.overrides),
            "permissions": list(mod.permissions),
        }
    )


def _decision(decision: Decision) -> Iterator[str]:
    yield from _lines(
        {"plugin": decision.plugin, "key": decision.key, "strategy": decision.strategy}
    )
    if decision.value is not None:
        yield f"value = {_literal(decision.value)}"
    claims = [_claim(claim) for claim in decision.claims]
    yield from _lines({"winner": decision.winner, "claims": claims})


def _claim(claim: Claim) -> Mapping[str, Value]:
    content: dict[str, Value] = {"mod": claim.mod}
    if claim.value is not None:
        content["value"] = claim.value
    if claim.priority:
        content["priority"] = claim.priority
    if claim.phase != "declared":
        content["phase"] = claim.phase
    return content


def _lines(content: Mapping[str, object]) -> Iterator[str]:
    """Yield the keys that hold something; lists with one item a line."""
    for key, value in content.items():
        if isinstance(value, list) and value:
            yield f"{key} = ["
            yield from (f"  {_literal(item)}," for item in value)
            yield "]"
        elif value is not None and value != []:
            yield f"{key} = {_literal(value)}"


def _literal(value: object) -> str:
    """Return a value as one line of TOML, whose tables lack a null and whose lists refuse it."""
    import tomli_w

    if isinstance(value, Mapping):
        parts = [f"{_key(key)} = {_literal(v)}" for key, v in value.items() if v is not None]
        return f"{{ {', '.join(parts)} }}" if parts else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return tomli_w.dumps({"v": value})[len("v = ") : -1]


def _key(key: str) -> str:
    import tomli_w

    return tomli_w.dumps({key: 0})[: -len(" = 0\n")]

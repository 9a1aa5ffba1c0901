"""What became of decisions from one lock to the next, and whose claims are the reason."""

from msgspec import Struct
from msgspec.json import encode

from modpm.conflict.claims import At, Claim, Decision
from modpm.lockfile.lock import Lock
from modpm.versions import Version


class ClaimChange(Struct, frozen=True):
    """A mod's claim before and after, each None where there is none, and the mod's versions."""

    mod: str
    before: Claim | None
    after: Claim | None
    old: Version | None
    new: Version | None


class Redecision(Struct, frozen=True):
    """A decision that does not come out the same; None where nothing is contested.

    `claims` are those that differ, by mod. Without any, the rules are what changed.
    """

    plugin: str
    key: str
    before: Decision | None
    after: Decision | None
    claims: tuple[ClaimChange, ...] = ()


def redecisions(old: Lock | None, new: Lock) -> tuple[Redecision, ...]:
    """Return the decisions of `new` that are not those of `old`, and that `new` lacks, sorted."""
    before = {decision.at: decision for decision in old.decisions} if old else {}
    after = {decision.at: decision for decision in new.decisions}
    found = (_redecision(at, before.get(at), after.get(at), old, new) for at in before | after)
    return tuple(sorted((each for each in found if each), key=lambda r: (r.plugin, r.key)))


def _redecision(
    at: At, before: Decision | None, after: Decision | None, old: Lock | None, new: Lock
) -> Redecision | None:
    if _text(before) == _text(after):
        return None
    claimed, claims = _claims(before), _claims(after)
    versions = {mod.id: mod.version for mod in old.mods} if old else {}
    current = {mod.id: mod.version for mod in new.mods}
    changes = tuple(
        ClaimChange(mod, claimed.get(mod), claims.get(mod), versions.get(mod), current.get(mod))
        for mod in sorted(claimed | claims)
        if before and after and _text(claimed.get(mod)) != _text(claims.get(mod))
    )
    return Redecision(*at, before, after, changes)


def _claims(decision: Decision | None) -> dict[str, Claim]:
    return {claim.mod: claim for claim in decision.claims} if decision else {}


def _text(value: Decision | Claim | None) -> bytes:
    """Return what two values have in common if a lock writes them alike: 1 is not 1.0."""
    return encode(value, order="deterministic")

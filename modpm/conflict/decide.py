"""A parameter's value as a pure function of the claims on it, in load order."""

from collections.abc import Iterable, Sequence
from operator import itemgetter

from msgspec.json import encode
from msgspec.structs import replace

from modpm.conflict.claims import At, Claim, Decision, Path, Rejected, same
from modpm.conflict.merge import MERGES, deep, fits
from modpm.conflict.rules import Rules
from modpm.conflict.strategy import EXCLUSIVE, PIN, merge_of, winner
from modpm.document import Value, improper
from modpm.errors import ExclusiveConflict
from modpm.game import MERGED, Game, Parameter, Plain, merged_by

LARGEST = 65_536
"""Bytes that a claimed value may have as JSON: every lock of it holds all that disagree."""
Decisions = tuple[Decision, ...]
"""Decisions, sorted by plugin and key."""


def resolve_conflicts(claims: Iterable[Claim], rules: Rules, game: Game | None = None) -> Decisions:
    """Return the decision on every parameter that is claimed or pinned, sorted by plugin and key.

    `claims` come in load order; of one mod's claims on one parameter the last counts, in the place
    of the first. With `game`, claims outside of a parameter's type and range are rejected, or
    clamped where the game says so, and the same goes for what a merge comes to.
    """
    parameters = game.parameters() if game else {}
    found: dict[At, dict[str, Claim]] = {pin: {} for pin in rules.pins}
    for claim in claims:
        at = claim.plugin, claim.key
        about = found.get(at)
        if about is None:
            found[at] = {claim.mod: claim}
        else:
            about[claim.mod] = claim
    return tuple(
        decide(at, tuple(about.values()), rules, parameters.get(at))
        for at, about in sorted(found.items(), key=itemgetter(0))
    )


def contested(decisions: Iterable[Decision]) -> Decisions:
    """Return those decisions where mods disagree, or the player pinned a value."""
    return tuple(d for d in decisions if d.strategy == PIN or not _agree(d.claims))


def check_exclusive(decisions: Iterable[Decision]) -> None:
    """Raise ExclusiveConflict for the first parameter that only one mod may set, but two did."""
    for decision in decisions:
        if decision.strategy == EXCLUSIVE and any(r.reason == YIELDS for r in decision.rejected):
            unfit = {r.mod for r in decision.rejected if r.reason != YIELDS}
            claims = tuple(claim for claim in decision.claims if claim.mod not in unfit)
            raise ExclusiveConflict(plugin=decision.plugin, key=decision.key, claims=claims)


YIELDS = "only one mod may set it"
"""Why an exclusive parameter rejects a claim; nothing can be done about it but by the player."""


def decide(
    at: At, claims: Sequence[Claim], rules: Rules, parameter: Parameter | None = None
) -> Decision:
    """Return the decision on claims, one a mod, in load order, that all name the parameter `at`."""
    strategy = rules.rule_of(*at)
    empty = Decision(*at, strategy, parameter.default if parameter else None, None, tuple(claims))
    if strategy == PIN:
        return replace(empty, value=rules.pins[at])
    valid, rejected = _admitted(claims, strategy, parameter)
    return conclude(empty, valid, rejected, parameter)


def conclude(
    empty: Decision,
    valid: Sequence[Claim],
    rejected: tuple[Rejected, ...],
    parameter: Parameter | None,
) -> Decision:
    """Return what the strategy of `empty`, whose value is the default, makes of claims that count.

    `rejected` are those that do not.
    """
    merge, strategy = merge_of(empty.strategy), empty.strategy
    if not valid:
        return replace(empty, rejected=rejected)
    if merge:
        return _merged(empty, merge, valid, rejected, parameter)
    best = winner(strategy, valid)
    if strategy == EXCLUSIVE:
        yielding = (c for c in valid if not same(c.value, best.value))
        rejected += tuple(Rejected(c.mod, c.value, YIELDS) for c in yielding)
    return replace(empty, value=best.value, winner=best.mod, rejected=rejected)


def _agree(claims: Sequence[Claim]) -> bool:
    return all(same(claims[0].value, claim.value) for claim in claims[1:])


def _admitted(
    claims: Sequence[Claim], strategy: str, parameter: Parameter | None
) -> tuple[list[Claim], tuple[Rejected, ...]]:
    """Return the claims that count, with values that the parameter takes, and the others."""
    valid, rejected = list[Claim](), list[Rejected]()
    merge = merge_of(strategy)
    types, low, high = _plain(merge, parameter)
    for claim in claims:
        if type(claim.value) in types and low <= claim.value <= high:  # type: ignore[operator]
            valid.append(claim)
            continue
        counts = standing(claim, merge, parameter)
        if isinstance(counts, Claim):
            valid.append(counts)
        else:
            rejected.append(counts)
    return valid, tuple(rejected)


def standing(claim: Claim, merge: str | None, parameter: Parameter | None) -> Claim | Rejected:
    """Return a claim with the value that counts, or why it does not count."""
    value, reason = admitted(claim.value, merge, parameter)
    if reason is not None:
        return Rejected(claim.mod, claim.value, reason)
    return claim if value is claim.value else replace(claim, value=value)


def _plain(merge: str | None, parameter: Parameter | None) -> Plain:
    """Return what surely counts, nothing if one cannot tell."""
    if parameter is None or (merge and parameter.type not in MERGED[merge]):
        return (), 0, 0
    return parameter.plain()


def admitted(
    value: Value, merge: str | None, parameter: Parameter | None
) -> tuple[Value, str | None]:
    """Return what counts of a claimed value, and None; or why it does not, as a noun phrase."""
    if merge and not fits(merge, value):
        return value, merged_by(merge)
    if parameter is None:
        return value, unfit(value)
    value, reason = parameter.admit(value)
    return value, reason or _too_large(value)


def unfit(value: Value) -> str | None:
    """Return what a value has to be, as a noun phrase, if no lock can hold it; None if one can."""
    for _, _, expected in improper(value):
        return expected
    return _too_large(value)


def _too_large(value: Value) -> str | None:
    if isinstance(value, (str, list, dict)) and len(encode(value)) > LARGEST:
        return f"at most {LARGEST:,} bytes as JSON"
    return None


def _merged(
    empty: Decision,
    merge: str,
    valid: Sequence[Claim],
    rejected: tuple[Rejected, ...],
    parameter: Parameter | None,
) -> Decision:
    """Merge all claims; while that is out of range, do without the last."""
    over: list[Rejected] = []
    for count in range(len(valid), 0, -1):
        value, sources = _fold(merge, valid[:count], empty.value)
        value, allowed = parameter.admit(value) if parameter else (value, None)
        if allowed is None:
            return replace(empty, value=value, rejected=(*rejected, *over), sources=sources)
        last = valid[count - 1]
        over.insert(0, Rejected(last.mod, last.value, f"with it the {merge} is not {allowed}"))
    return replace(empty, rejected=(*rejected, *over))


def _fold(
    merge: str, claims: Sequence[Claim], default: Value
) -> tuple[Value, tuple[tuple[Path, str | None], ...]]:
    if merge == "deep":
        return deep(default, [(claim.mod, claim.value) for claim in claims])
    return MERGES[merge]([claim.value for claim in claims]), ()

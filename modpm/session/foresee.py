"""What mods will claim, as far as one can tell without running those that are new."""

from modpm.conflict.claims import Claim
from modpm.lockfile import Lock


def foreseen(former: Lock | None, lock: Lock, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Return the claims, in load order, and what mods that stay as they are claimed beyond.

    Only that is known of their code which the `former` lock holds: what others disagree with.
    """
    if former is None:
        return claims
    same = {mod.id for mod in lock.mods if mod in former.mods}
    beyond = (
        claim
        for decision in former.decisions
        for claim in decision.claims
        if claim.phase != "declared" and claim.mod in same
    )
    place = {id: number for number, id in enumerate(lock.order())}
    return tuple(sorted((*claims, *beyond), key=lambda claim: place[claim.mod]))

"""What another mod would change, as far as one can tell before it is installed."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from modpm.conflict.claims import At, Claim, Decision, same
from modpm.conflict.decide import contested, resolve_conflicts
from modpm.conflict.rules import rules
from modpm.conflict.view import Conflict, conflicts
from modpm.document import Value
from modpm.game import Game
from modpm.loadout import Loadout, Wish, parse_loadout
from modpm.lockfile import Change, Lock, Redecision, changes, redecisions
from modpm.session.edit import with_wishes
from modpm.session.outcome import Outcome
from modpm.session.place import LOADOUT
from modpm.session.work import Work


class Effect(Struct, frozen=True):
    """What mods claim of a parameter and what becomes of it then; `before` is its value now."""

    before: Value
    then: Conflict


class Preview(Struct, frozen=True):
    """The mods that would come, change or go, and what that changes, sorted by name.

    `unknown` are the ids of those whose code may claim more once it is installed.
    """

    changes: tuple[Change, ...]
    effects: tuple[Effect, ...]
    unknown: tuple[str, ...]


def preview(work: Work, wishes: Sequence[Wish]) -> Preview:
    """Resolve the loadout with the wishes, and compare what mods claim then with what they do now.

    Of mods that stay as they are the claims of their code are known: from a plan if they are all
    installed, else from the lock where it holds them. Nothing is fetched. Raises ResolutionError.
    """
    text = with_wishes(work.text, wishes)
    now, then = _now(work), work.resolve(text)
    loadout = parse_loadout(text, LOADOUT)
    game = work.game(loadout)
    applies = rules(loadout, game)
    claims = foreseen(now.claims, now.lock, then.lock, then.claims)
    before = {d.at: d for d in resolve_conflicts(now.claims, applies, game)}
    after = {d.at: d for d in resolve_conflicts(claims, applies, game)}
    gone = [Decision(*at, "", None, None) for at in before.keys() - after.keys()]
    found = conflicts(sorted([*after.values(), *gone], key=_at), applies, loadout, game)
    effects = (_effect(conflict, before.get(conflict.decision.at)) for conflict in found)
    changed = changes(now.lock, then.lock)
    new = {change.id for change in changed if change.kind != "removed"}
    return Preview(
        changed,
        tuple(effect for effect in effects if effect),
        tuple(mod.id for mod in then.lock.mods if mod.id in new and mod.kind != "declarative"),
    )


def foreseen(
    known: Iterable[Claim], old: Lock, new: Lock, declared: Iterable[Claim]
) -> tuple[Claim, ...]:
    """Return what is declared for a new lock, and what the same mods' code claimed, in load order.

    `known` are claims of the mods of the old lock.
    """
    same = {mod.id for mod in new.mods if mod in old.mods}
    beyond = (claim for claim in known if claim.phase != "declared" and claim.mod in same)
    place = {id: number for number, id in enumerate(new.order())}
    return tuple(sorted((*declared, *beyond), key=lambda claim: place[claim.mod]))


def redecided(
    outcome: Outcome, former: Lock | None, loadout: Loadout, game: Game | None
) -> tuple[Redecision, ...]:
    """Return what becomes of locked decisions, before what is new was fetched.

    Nothing if code comes, changes or goes: nobody knows yet what that claims.
    """
    moved = {change.id for change in outcome.changes}
    mods = (*former.mods, *outcome.lock.mods) if former else ()
    if former is None or any(mod.id in moved and mod.kind != "declarative" for mod in mods):
        return ()
    known = [claim for decision in former.decisions for claim in decision.claims]
    claims = foreseen(known, former, outcome.lock, outcome.claims)
    decisions = contested(resolve_conflicts(claims, rules(loadout, game), game))
    found = redecisions(former, outcome.lock.decided(decisions))
    return tuple(each for each in found if each.before is not None)


def _now(work: Work) -> Outcome:
    """Return the loadout as it is, with all claims that are known."""
    now = work.change(work.text, dry_run=True)
    if now.plan or work.former is None:
        return now
    locked = [claim for decision in work.former.decisions for claim in decision.claims]
    claims = foreseen(locked, work.former, now.lock, now.claims)
    return replace(now, claims=claims)


def _effect(then: Conflict, before: Decision | None) -> Effect | None:
    """Return what becomes of a parameter; None if neither its value nor its claims change."""
    default = then.parameter.default if then.parameter else None
    value = before.value if before else default
    claims = before.claims if before else ()
    if claims == then.decision.claims and same(value, then.decision.value):
        return None
    return Effect(value, then)


def _at(decision: Decision) -> At:
    return decision.at

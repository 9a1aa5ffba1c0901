"""Why no versions fit together, in sentences: one for each step of the proof."""

from collections import Counter
from collections.abc import Iterable, Sequence

from modpm.cli.phrases import SHOWN, clause, ranged
from modpm.resolve.problem import Cause, Change, Fix, Part, Step
from modpm.versions import spell

_ORDINALS = ("first", "second", "third")

_MOST = 24
"""Lines that anybody reads; a longer proof is for machines."""


def reasons(causes: Sequence[Cause], proof: Sequence[Step]) -> list[str]:
    """Return why nothing fits: what clashes where that is plain, else a sentence for each step.

    Of a proof that is too long to read, what it rests on is told instead, as far as it is short.
    """
    if len(proof) < 2:
        return list(map(clause, causes))
    if len(proof) <= _MOST:
        return _paragraph(proof)
    rest = len(causes) - _MOST
    more = [f"and {rest} more"] if rest > 0 else []
    length = f"these clash, as {len(proof)} steps show (--json has them)"
    return [*map(clause, causes[:_MOST]), *more, length]


def _paragraph(proof: Sequence[Step]) -> list[str]:
    """Return a sentence for each step; those that later ones come back to have a number."""
    asked = Counter(
        cause
        for n, step in enumerate(proof)
        for cause in step.causes
        if isinstance(cause, int) and cause != n - 1
    )
    numbers = {step: number for number, step in enumerate(sorted(asked), 1)}
    return [_sentence(n, proof, numbers) for n in range(len(proof))]


def _sentence(place: int, proof: Sequence[Step], numbers: dict[int, int]) -> str:
    step = proof[place]
    rest = [cause for cause in step.causes if cause != place - 1]
    reasons = " and ".join(_reason(cause, proof, numbers) for cause in rest)
    follows = len(rest) < len(step.causes)
    start = "And because" if follows else "Because"
    told = f" ({numbers[place]})" if place in numbers else ""
    return f"{start} {reasons}, {conclusion(step)}{told}."


def _reason(cause: Cause | int, proof: Sequence[Step], numbers: dict[int, int]) -> str:
    if isinstance(cause, Cause):
        return clause(cause)
    return f"{conclusion(proof[cause])} ({numbers[cause]})"


def conclusion(step: Step) -> str:
    """Return what a step comes to, as a clause."""
    given, needs = list(map(_part, step.given)), list(map(_part, step.needs))
    if not needs:
        return _impossible(given)
    if len(given) == 1:
        return f"{given[0]} needs {_list(needs, 'or')}"
    if given:
        return f"{_list(given, 'and')} together need {_list(needs, 'or')}"
    return f"{_list(needs, 'or')} is needed"


def _impossible(given: Sequence[str]) -> str:
    match given:
        case []:
            return "no versions fit together"
        case [one]:
            return f"{one} cannot be used"
        case [one, other]:
            return f"{one} cannot be with {other}"
    return f"{_list(given, 'and')} cannot all be together"


def _part(part: Part) -> str:
    """Return a mod with its versions, as the one who wrote their range did, if somebody did."""
    id = f"`{part.id}`"
    if part.every or part.range == "*":
        return id
    if part.range is not None:
        return f"{id} {ranged(part.range, part.versions)}"
    newest, oldest = spell(part.versions[0]), spell(part.versions[-1])
    if len(part.versions) == 1:
        return f"{id} {newest}"
    if part.between and part.newest:
        return f"{id} >={oldest}"
    if part.between and part.oldest:
        return f"{id} <={newest}"
    if part.between:
        return f"{id} >={oldest}, <={newest}"
    more = ["..."] if len(part.versions) > SHOWN else []
    return f"{id} {' or '.join([*map(spell, part.versions[:SHOWN]), *more])}"


def _list(texts: Iterable[str], word: str) -> str:
    *firsts, last = texts
    return f"{', '.join(firsts)} {word} {last}" if firsts else last


def ways(fixes: Sequence[Fix], retry: str) -> str | None:
    """Return what would help as a hint, with the command that does it; None if nothing is known."""
    if not fixes:
        return None
    told = "".join(f"\n  {line}" for line in numbered(fixes))
    done = first_done(fixes, retry)
    what = "any one of these" if len(fixes) > 1 else "this"
    return f"{what} helps{f' ({done})' if done else ''}:{told}"


def numbered(fixes: Sequence[Fix]) -> list[str]:
    """Return a line for each fix."""
    return [
        f"{number}. {' and '.join(map(_way, fix.changes))}{_effect(fix)}"
        for number, fix in enumerate(fixes, 1)
    ]


def first_done(fixes: Sequence[Fix], retry: str) -> str | None:
    """Return the command for the first fix that modpm can do."""
    for number, fix in enumerate(fixes, 1):
        if all(change.kind != "install" for change in fix.changes):
            which = "it" if len(fixes) == 1 else f"the {_ORDINALS[number - 1]}"
            return f"`{retry} {number}` does {which}"
    return None


def _way(change: Change) -> str:
    """Return a change to the loadout."""
    id = f"`{change.id}`"
    match change.kind:
        case "ask" if change.range and change.former:
            wanted = f"{id} {change.range.text}" if change.range.text != "*" else f"any {id}"
            return f"ask for {wanted} instead of {change.former.text}"
        case "enable":
            return f"enable {id}"
        case "override":
            return f"take back the override of {id}"
    version = spell(change.version) if change.version else ""
    match change.kind:
        case "prereleases":
            return f"allow the pre-release {id} {version}"
        case "game":
            return f"update the game {id} to {version} (game-version in loadout.toml)"
        case "install":
            return f"update the game {id} itself to {version}"
    return f"remove {id}"


def _effect(fix: Fix) -> str:
    """Return how much of what was locked a fix moves besides what it is about."""
    about = {change.id for change in fix.changes}
    moved = [f"`{move.id}`" for move in fix.moves if move.old and move.id not in about]
    if not moved:
        return ""
    more = ["..."] if len(moved) > SHOWN else []
    return f" (changes {', '.join([*moved[:SHOWN], *more])})"

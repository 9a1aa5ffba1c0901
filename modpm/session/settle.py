"""The player's choice on one parameter, written where it decides, with what it was made about."""

import tomllib
from collections.abc import Sequence

from msgspec import Struct

from modpm.conflict.claims import At, Claim, Decision, spelled
from modpm.conflict.decide import decide
from modpm.conflict.rules import Rule, rules
from modpm.conflict.settled import seen
from modpm.document import Value
from modpm.errors import NoClaim, NotInLoadout, UnfitPin, UnfitStrategy, UnknownParameter
from modpm.fault import suggest
from modpm.fields import PROVIDES, USE
from modpm.game import SWITCH, Game, Parameter
from modpm.loadout import Loadout, parse_loadout
from modpm.session.edit import with_choice, with_seen
from modpm.session.outcome import Outcome
from modpm.session.place import LOADOUT
from modpm.session.work import Work

UNTOUCHED = "nothing was changed"
_SWITCHED = {"on": True, "off": False}


class Choice(Struct, frozen=True):
    """What a player says of a parameter: a strategy, or a value as typed, or no longer anything."""

    strategy: str | None = None
    value: str | None = None


class Settlement(Struct, frozen=True):
    """What a choice did: the decision and its rule before and after, from the same claims.

    `written` tells the table of loadout.toml that has the choice, and as what.
    """

    name: str
    before: Decision
    after: Decision
    old: Rule
    new: Rule
    outcome: Outcome
    written: tuple[str, Value] | None


def settle(work: Work, name: str, choice: Choice, dry_run: bool) -> Settlement:
    """Write the choice and the lock that comes of it, or neither, and say what changed.

    Raises UnknownParameter, UnfitPin, UnfitStrategy, NotInLoadout, NoClaim.
    """
    former = parse_loadout(work.text, LOADOUT)
    game = work.game(former)
    plugin, _, key = name.partition(".")
    at = plugin, key
    parameter = _parameter(at, former, game)
    written = _written(name, choice, parameter)
    text = with_choice(work.text, name, written)

    def remember(outcome: Outcome) -> str:
        claims = _claims(outcome, at)
        if choice.strategy is not None and choice.strategy.startswith(USE):
            _check_claim(choice.strategy.removeprefix(USE), name, claims, outcome, parameter)
        final = with_seen(text, name, seen(claims)) if written else text
        parse_loadout(final, LOADOUT)
        return final

    outcome = work.change(text, dry_run, remember)
    claims = _claims(outcome, at)
    old, new = rules(former, game), rules(parse_loadout(text, LOADOUT), game)
    return Settlement(
        name,
        decide(at, claims, old, parameter),
        decide(at, claims, new, parameter),
        old.rule(at),
        new.rule(at),
        outcome,
        written,
    )


def _parameter(at: At, loadout: Loadout, game: Game | None) -> Parameter | None:
    """Return what the game says of a parameter; of an old choice it need not say anything."""
    parameters = game.parameters() if game else {}
    name = spelled(at)
    if parameters and at not in parameters and not name.startswith(PROVIDES):
        pinned = {(pin.plugin, pin.key) for pin in loadout.pins}
        if name not in {**loadout.settled, **loadout.strategy} and at not in pinned:
            raise UnknownParameter(name=name, suggestion=suggest(name, map(spelled, parameters)))
    return parameters.get(at)


def _written(name: str, choice: Choice, parameter: Parameter | None) -> tuple[str, Value] | None:
    """Return the table for the choice, and what to write there."""
    if choice.value is not None:
        value = _value(choice.value, parameter)
        expected = parameter.problem(value) if parameter else None
        if expected:
            raise UnfitPin(parameter=name, value=value, expected=expected, hint=UNTOUCHED)
        return "pins", value
    if choice.strategy is not None:
        expected = parameter.merge_problem(choice.strategy) if parameter else None
        if expected:
            strategy = choice.strategy
            raise UnfitStrategy(
                parameter=name, strategy=strategy, expected=expected, hint=UNTOUCHED
            )
        return "strategy", choice.strategy
    return None


def _value(text: str, parameter: Parameter | None) -> Value:
    """Return what was typed as a value: a TOML literal; for a text its quotes may be left out."""
    if parameter and parameter.name == SWITCH and text in _SWITCHED:
        return _SWITCHED[text]
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    is_text = parameter is not None and parameter.type in ("str", "enum")
    if table.keys() != {"value"} or (is_text and not isinstance(table["value"], str)):
        return text
    value: Value = table["value"]
    return value


def _claims(outcome: Outcome, at: At) -> Sequence[Claim]:
    """Return what is claimed of a parameter, contested or not, in load order."""
    contested = (d.claims for d in outcome.lock.decisions if d.at == at)
    return next(contested, None) or [claim for claim in outcome.claims if claim.at == at]


def _check_claim(
    mod: str, name: str, claims: Sequence[Claim], outcome: Outcome, parameter: Parameter | None
) -> None:
    """Raise NotInLoadout or NoClaim if the mod cannot win."""
    others = tuple(claim.mod for claim in claims if claim.mod != mod)
    ids = [locked.id for locked in outcome.lock.mods]
    if mod not in ids:
        raise NotInLoadout(id=mod, suggestion=suggest(mod, others) or suggest(mod, ids))
    own = next((claim for claim in claims if claim.mod == mod), None)
    reason = parameter.admit(own.value)[1] if own and parameter else None
    if own is None or reason:
        raise NoClaim(mod=mod, parameter=name, others=others, expected=reason)

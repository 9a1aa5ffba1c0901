"""What the chosen mods recommend, on top of what is needed."""

from modpm.resolve.answer import resolution
from modpm.resolve.engine import Engine
from modpm.resolve.problem import Problem, Resolution
from modpm.resolve.universe import Collection, Need

_ROUNDS = 200  # guesses for one recommendation; it is given up after them


def with_recommended(
    collection: Collection, chosen: frozenset[int], problem: Problem
) -> Resolution:
    """Return a choice with all that it recommends, and what that recommends in turn.

    A recommendation never moves a version that was chosen without it: it comes on top, or, if what
    is there already does not allow it, not at all. The first one by the mods' ids goes first.
    """
    asked: dict[int, list[Need]] = {}
    universe = collection.universe()
    while fresh := sorted(chosen - asked.keys(), key=universe.id):
        asked |= {number: list(collection.recommended(number)) for number in fresh}
        universe = collection.universe()
        engine = Engine(universe)
        if not engine.fix(chosen):
            break
        for need in (need for number in fresh for need in asked[number]):
            _add(need, engine)
        chosen = engine.chosen()
    needs = [need for own in asked.values() for need in own]
    return resolution(universe, chosen, needs, problem)


def _add(need: Need, engine: Engine) -> None:
    """Choose the first option that goes together with what is chosen, unless one is chosen."""
    if not engine.meets(need):
        for option in engine.options(need):
            if engine.solve(_ROUNDS, option):
                engine.fix(engine.chosen())
                break
        else:
            engine.fix(())

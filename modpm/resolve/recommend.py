"""What the chosen mods recommend, on top of what is needed."""

from msgspec.structs import replace

from modpm.resolve.answer import needed, resolution
from modpm.resolve.collect import Collection
from modpm.resolve.problem import Problem, Resolution, Tick
from modpm.resolve.search import Search
from modpm.resolve.universe import Choice, Need


def with_recommended(
    collection: Collection, choice: Choice, problem: Problem, tick: Tick
) -> Resolution:
    """Return a choice with all that it recommends, and what that recommends in turn.

    A recommendation never moves a version that was chosen without it: it comes on top, or, if what
    is there already does not allow it, not at all. The first one by the mods' ids goes first.
    """
    asked: dict[int, list[Need]] = {}
    while choice.keys() - asked.keys():
        mods = collection.universe().mods
        fresh = sorted(choice.keys() - asked.keys(), key=[mod.id for mod in mods].__getitem__)
        asked |= {number: list(collection.recommended(number, choice[number])) for number in fresh}
        search = Search(collection.universe(), tick, read=collection.read)
        if not search.add(*choice.items()):
            break
        for need in (need for number in fresh for need in asked[number]):
            _add(need, search)
        choice = search.chosen()
    wanted = [need for own in asked.values() for need in own]
    universe = collection.universe()
    # One that only came in place of another, which is there after all, is not needed.
    choice = needed(replace(universe, needs=(*universe.needs, *wanted)), choice)
    return resolution(universe, choice, wanted, problem)


def _add(need: Need, search: Search) -> None:
    """Choose the first option that goes together with what is chosen, unless one is chosen."""
    if not any(search.domains[n] & ~versions == 0 for n, versions in need.options):
        any(search.add(way) for way in search.ways(need))

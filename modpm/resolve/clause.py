"""What cannot hold together, and why: the words in which the search draws its conclusions."""

from collections.abc import Iterator, Mapping, Sequence

from modpm.resolve.universe import ROOT, Saying, Term, Universe


class Clause:
    """Terms that cannot all hold: no mod may be in its set in each of them at once.

    Either it is said, or it follows: `causes` begin with a clause, and each further one is resolved
    with what came before it on a mod, whose terms are joined.
    """

    __slots__ = ("causes", "saying", "terms", "watched")

    def __init__(
        self,
        terms: Sequence[Term],
        saying: Saying | None = None,
        causes: "Sequence[tuple[int, Clause]]" = (),
    ) -> None:
        self.terms = tuple(terms)
        self.saying = saying
        self.causes = causes
        self.watched = [0, 1]


def clauses(universe: Universe, domains: Sequence[int]) -> Iterator[Clause]:
    """Yield what the rules of a universe forbid; `domains` are what its mods may be."""
    for need in universe.needs:
        terms = [(number, domains[number] & ~versions) for number, versions in need.options]
        if need.parent != ROOT:
            terms = [t for t in terms if t[0] != need.parent] + [(need.parent, need.said)]
        yield Clause(terms, need.saying)
    for ban in universe.bans:
        yield Clause([(ban.parent, ban.said), ban.foe], ban.saying)


def resolved(
    one: Mapping[int, int], other: Mapping[int, int], on: int, domain: int
) -> dict[int, int]:
    """Return what cannot hold together because neither `one` nor `other` can.

    A mod is `on` in either of both sets, which says nothing if that is its whole domain; any other
    mod is in both sets.
    """
    joined = {n: one.get(n, -1) & other.get(n, -1) for n in one.keys() | other.keys()}
    joined[on] = one[on] | other[on]
    if joined[on] == domain:
        del joined[on]
    return joined


def leaves(clause: Clause) -> Iterator[Saying]:
    """Yield what was said from which a clause follows."""
    seen, todo = set[int](), [clause]
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            todo += [cause for _, cause in one.causes]
            if one.saying is not None:
                yield one.saying

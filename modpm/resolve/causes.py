"""What was said that clashes, as a reader needs it: by whom, about what, and what there is."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from modpm.index import Index, Release
from modpm.requirement import Requirement
from modpm.resolve.problem import Cause, CauseKind, Problem
from modpm.resolve.terms import answers, known, names, nearest, withdrawn
from modpm.resolve.universe import ROOT, Ban, Mod, Need, Saying, Term, Universe
from modpm.versions import Version


def causes(universe: Universe, problem: Problem, index: Index) -> Mapping[Saying, Cause]:
    """Return all that is said in a universe, the loadout's first."""
    said = defaultdict[Saying, list[Need | Ban]](list)
    rules: list[Need | Ban] = [*universe.needs, *universe.bans]
    for rule in rules:
        said[rule.saying].append(rule)
    ordered = sorted(said, key=lambda s: (s.by or "", s.kind, *(w.id for w in s.wants)))
    telling = _Telling(universe, problem, index)
    return {each: telling.cause(each, said[each]) for each in ordered}


def written(universe: Universe) -> Mapping[Term, str]:
    """Return for sets of versions the range that an author or the player wrote for them."""
    texts: dict[Term, str] = {}
    for need in universe.needs:
        for wanted in need.saying.wants:
            for number, versions in need.options:
                # An alternative may add versions that answer another one, under another name.
                if not versions & ~universe.mods[number].within(wanted):
                    texts.setdefault((number, versions), wanted.range.text)
    for ban in universe.bans:
        (about,) = ban.saying.wants
        mod, foes = universe.mods[ban.foe[0]], ban.foe[1]
        # A version that nothing asks for lies in the range, but not among the foes.
        if ban.saying.kind == "conflict" and foes == mod.within(about) & mod.known:
            texts.setdefault(ban.foe, about.range.text)
    return texts


class _Telling:
    def __init__(self, universe: Universe, problem: Problem, index: Index) -> None:
        self._mods = universe.mods
        self._texts = written(universe)
        self._problem = problem
        self._index = index

    def cause(self, saying: Saying, rules: Sequence[Need | Ban]) -> Cause:
        number, said = rules[0].parent, rules[0].said
        mod: Mod | None = None if number == ROOT else self._mods[number]
        return Cause(
            wanted_by=saying.by,
            versions=_newest_first(r.manifest.version for r in mod.each(said)) if mod else (),
            every=mod is not None and said == mod.known,
            range=self._texts.get((number, said)),
            kind=saying.kind,
            wants=saying.wants,
            available=tuple(self._available(saying.kind, wanted) for wanted in saying.wants),
            yanked=tuple(self._yanked(saying.kind, wanted) for wanted in saying.wants),
            providers=tuple(self._providers(saying.kind, wanted, rules) for wanted in saying.wants),
            meant=tuple(self._meant(saying.kind, wanted.id) for wanted in saying.wants),
            overridden=saying.overridden,
        )

    def _available(self, kind: CauseKind, wanted: Requirement) -> tuple[Version, ...]:
        if kind == "game":
            played = self._problem.game_version
            return () if played is None else (played,)
        return _newest_first(v for v, yanked in self._offered(wanted.id) if not yanked)

    def _yanked(self, kind: CauseKind, wanted: Requirement) -> tuple[Version, ...]:
        if kind == "game":
            return ()
        yanked = {version for version, yanked in self._offered(wanted.id) if yanked}
        return _newest_first(v for v in yanked if wanted.range.contains(v, prereleases=True))

    def _meant(self, kind: CauseKind, id: str) -> str | None:
        strange = kind != "game" and not known(id, self._index)
        return nearest(id, self._index) if strange else None

    def _offered(self, wanted: str) -> Iterator[tuple[Version, bool]]:
        """Yield as which versions releases answer to an id, and whether they were yanked."""
        for mod in dict.fromkeys((wanted, *self._index.providers(wanted))):
            for release in self._index.releases(mod):
                yanked = withdrawn(release, self._problem)
                yield from ((version, yanked) for id, version in names(release) if id == wanted)

    def _providers(
        self, kind: CauseKind, wanted: Requirement, rules: Iterable[Need | Ban]
    ) -> tuple[str, ...]:
        """Return which of the mods that the rules are about are so under a virtual id."""

        def meant(release: Release) -> bool:
            if kind in ("wish", "dependency"):
                return answers(release, wanted, self._problem)
            return any(id == wanted.id for id, _ in names(release))

        terms = (t for r in rules for t in (r.options if isinstance(r, Need) else (r.foe,)))
        mods = ((self._mods[number], versions) for number, versions in terms)
        others = ((mod, versions) for mod, versions in mods if mod.id != wanted.id)
        return tuple(sorted({mod.id for mod, vs in others if any(map(meant, mod.each(vs)))}))


def _newest_first(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted(set(versions), reverse=True))

"""A judge of proofs: reads them as a player does, and believes the manifests alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from modpm.index import Release
from modpm.requirement import Requirement
from modpm.resolve.problem import Cause, Part, Problem, Step
from modpm.versions import Version, parse_range
from tests.resolve import rules


def flaws(problem: Problem, proof: Sequence[Step], offered: Iterable[Release]) -> list[str]:
    """Return what is wrong with a proof, in a few words each; nothing if it holds."""
    return [*_Judge(problem, proof, list(offered)).flaws()]


def roots(proof: Iterable[Step]) -> list[Cause]:
    """Return what a proof rests on."""
    return [cause for step in proof for cause in step.causes if isinstance(cause, Cause)]


class _Judge:
    def __init__(self, problem: Problem, proof: Sequence[Step], offered: list[Release]) -> None:
        self.problem, self.proof, self.offered = problem, proof, offered
        self.counted = self._counted()
        self.choices = [*rules.every_choice(self.counted)]
        self.broken: dict[Cause | Step, set[int]] = {}

    def _counted(self) -> list[Release]:
        """Return the releases that one thinks of.

        A yanked one or a pre-release is thought of only where the wishes lead to it, and those
        mods that the proof speaks of.
        """
        speaking = {cause.wanted_by for cause in roots(self.proof)}
        asked = [cause.wants for cause in roots(self.proof) if cause.kind == "wish"]
        reached: list[Release] = []
        for wants in asked:
            for release in self.offered:
                if release not in reached and any(
                    rules.meets(self.problem, one, release) for one in wants
                ):
                    reached.append(release)
                    if release.manifest.id in speaking and rules.choosable(self.problem, release):
                        asked += rules.authors_needs(self.problem, release)
                        asked += rules.players_needs(self.problem, release)
        plain = (r for r in self.offered if not r.manifest.version.is_prerelease and not r.yanked)
        return [*reached, *(release for release in plain if release not in reached)]

    def flaws(self) -> Iterator[str]:
        if not self.proof or self.proof[-1].given or self.proof[-1].needs:
            yield "it does not come to an end"
        for cause in roots(self.proof):
            yield from self._untrue(cause)
        for number, step in enumerate(self.proof):
            for part in (*step.given, *step.needs):
                yield from self._misspoken(part)
            if not all(cause < number for cause in step.causes if isinstance(cause, int)):
                yield f"step {number} rests on a later one"
            elif not self._follows(step):
                yield f"step {number} does not follow"
        used = {cause for step in self.proof for cause in step.causes}
        for number in range(len(self.proof) - 1):
            if number not in used:
                yield f"step {number} is idle"

    def _untrue(self, cause: Cause) -> Iterator[str]:
        who = cause.wanted_by or "the loadout"
        if cause.wanted_by is None:
            of_mods = (cause.versions, cause.every, cause.overridden, cause.range)
            wished = [*cause.wants] in [[wish] for wish in self.problem.wishes]
            if cause.kind != "wish" or not wished or any(of_mods):
                yield "the loadout does not say so"
        else:
            speakers = (r for r in self.counted if r.manifest.id == cause.wanted_by)
            heard = [self._says(r, cause) for r in speakers if self._said_of(r, cause)]
            if not heard or not all(heard):
                yield f"{who} does not say so"
            yield from self._misspoken(cause)
        there = zip(cause.available, cause.yanked, strict=True)
        if [*there] != [self._offered(cause.kind, one) for one in cause.wants]:
            yield f"{who} is told of other versions than there are"
        for wanted, meant in zip(cause.wants, cause.meant, strict=True):
            offered = {id for release in self.offered for id in rules.names(release)}
            if meant is not None and (wanted.id in offered or meant not in offered):
                yield f"{meant} is not what was meant"
        for wanted, told in zip(cause.wants, cause.providers, strict=True):
            if [*told] != sorted(told) or not {*told} <= self._providers(cause.kind, wanted):
                yield f"{wanted.id} is not provided so"

    def _says(self, release: Release, cause: Cause) -> bool:
        problem, manifest = self.problem, release.manifest
        if cause.overridden and cause.kind != "dependency":
            return False
        match cause.kind:
            case "disabled":
                return manifest.id in problem.disabled and not cause.wants
            case "game":
                said = () if manifest.game is None else (manifest.game,)
                return not rules.choosable(problem, release) and said == cause.wants
            case "dependency" if cause.overridden:
                return cause.wants in rules.players_needs(problem, release)
            case "dependency":
                return cause.wants in rules.authors_needs(problem, release)
            case "conflict":
                return cause.wants[0] in rules.conflicts(problem, release)
            case "optional dependency":
                return cause.wants[0] in rules.optional(problem, release)
        return False

    def _offered(
        self, kind: str, wanted: Requirement
    ) -> tuple[tuple[Version, ...], tuple[Version, ...]]:
        """Return the versions that there are, and those that would do and were yanked."""
        if kind == "game":
            played = self.problem.game_version
            return () if played is None else (played,), ()
        left, gone = set[Version](), set[Version]()
        for release in self.offered:
            version = rules.names(release).get(wanted.id)
            if version is not None:
                (gone if rules.withdrawn(self.problem, release) else left).add(version)
        gone = {v for v in gone if wanted.range.contains(v, prereleases=True)}
        return tuple(sorted(left, reverse=True)), tuple(sorted(gone, reverse=True))

    def _providers(self, kind: str, wanted: Requirement) -> set[str]:
        """Return the mods that a virtual id may stand for."""
        return {
            r.manifest.id
            for r in self.counted
            if r.manifest.id != wanted.id and wanted.id in rules.names(r)
            if kind not in ("wish", "dependency") or rules.meets(self.problem, wanted, r)
        }

    def _of(self, id: str) -> list[Version]:
        return sorted(r.manifest.version for r in self.counted if r.manifest.id == id)

    def _misspoken(self, said: Part | Cause) -> Iterator[str]:
        id = said.id if isinstance(said, Part) else said.wanted_by or ""
        exist, told = self._of(id), set(said.versions)
        if not told or [*said.versions] != sorted(told, reverse=True) or not told <= {*exist}:
            yield f"{id} has no such versions"
        elif said.every != (told == {*exist}):
            yield f"{id}: every version, or not"
        elif said.range is not None and not all(
            parse_range(said.range).contains(version, prereleases=True) for version in told
        ):
            yield f"{id}: the range leaves out some of the versions"
        elif isinstance(said, Part):
            spoken = [v for v in exist if min(told) <= v <= max(told)]
            ends = (max(told) == exist[-1], min(told) == exist[0], {*spoken} == told)
            if (said.newest, said.oldest, said.between) != ends:
                yield f"{id}: the versions lie elsewhere"

    def _said_of(self, release: Release, said: Part | Cause) -> bool:
        """Say whether a reader takes something to be said of a release."""
        version, told = release.manifest.version, said.versions
        if said.every or version in told:
            return True
        if said.range is not None:
            wanted = Requirement(release.manifest.id, parse_range(said.range))
            return rules.meets(self.problem, wanted, release)
        if isinstance(said, Part) and len(told) > 1 and said.between:
            return (said.oldest or version >= told[-1]) and (said.newest or version <= told[0])
        return False

    def _follows(self, step: Step) -> bool:
        """Say whether each choice that goes against a step goes against one of its causes."""
        causes = (self.proof[c] if isinstance(c, int) else c for c in step.causes)
        return self._against(step) <= set[int]().union(*map(self._against, causes))

    def _against(self, rule: Cause | Step) -> set[int]:
        """Return which choices go against a step, or against what was said."""
        if rule not in self.broken:
            self.broken[rule] = {
                n
                for n, choice in enumerate(self.choices)
                if (
                    self._breaks(rule, choice)
                    if isinstance(rule, Step)
                    else self._disobeys(rule, choice)
                )
            }
        return self.broken[rule]

    def _breaks(self, step: Step, choice: rules.Choice) -> bool:
        def holds(part: Part) -> bool:
            return part.id in choice and self._said_of(choice[part.id], part)

        return all(map(holds, step.given)) and not any(map(holds, step.needs))

    def _disobeys(self, cause: Cause, choice: rules.Choice) -> bool:
        problem, speaker = self.problem, choice.get(cause.wanted_by or "")
        # What nobody is told to provide a virtual id does not do so for the reader.
        told = {*(w.id for w in cause.wants), *chain.from_iterable(cause.providers)}
        heard = {id: release for id, release in choice.items() if id in told}
        if cause.wanted_by is None:
            return not rules.present(problem, cause.wants, heard)
        if speaker is None or not self._said_of(speaker, cause):
            return False
        match cause.kind:
            case "dependency":
                return not rules.present(problem, cause.wants, heard)
            case "conflict":
                return rules.clashes(cause.wants[0], speaker, heard)
            case "optional dependency":
                return rules.goes_astray(problem, cause.wants[0], speaker, heard)
        return True

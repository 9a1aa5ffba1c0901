"""What resolvelib asks about a model. Apart, so that only a real choice imports resolvelib."""

from collections.abc import Iterator, Mapping, Sequence

from resolvelib import AbstractProvider

from modpm.resolve.model import ABSENT, Candidate, Key, Model, Want


class Provider(AbstractProvider[Want, Candidate, Key]):
    """The answers to resolvelib; the parameters' names are its own."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def identify(self, requirement_or_candidate: Want | Candidate) -> Key:
        """Return what a want or a candidate is about."""
        return requirement_or_candidate.key

    def get_preference(
        self,
        identifier: Key,
        resolutions: Mapping[Key, Candidate],
        candidates: Mapping[Key, Iterator[Candidate]],
        information: object,
        backtrack_causes: object,
    ) -> tuple[bool, int]:
        """Put what nothing asks for last, so that it is only then found to be absent."""
        first = next(iter(candidates[identifier]))
        return first.choice == ABSENT, self._model.place(identifier)

    def find_matches(
        self,
        identifier: Key,
        requirements: Mapping[Key, Iterator[Want]],
        incompatibilities: Mapping[Key, Iterator[Candidate]],
    ) -> list[Candidate]:
        """Return the candidates that every want allows, the preferred first."""
        wanted = [want.allowed for want in requirements[identifier]]
        bad = {id(candidate) for candidate in incompatibilities[identifier]}
        return [
            candidate
            for candidate in self._model.candidates(identifier)
            if all(candidate.choice in allowed for allowed in wanted) and id(candidate) not in bad
        ]

    def is_satisfied_by(self, requirement: Want, candidate: Candidate) -> bool:
        """Return whether the want allows the candidate."""
        return candidate.choice in requirement.allowed

    def get_dependencies(self, candidate: Candidate) -> Sequence[Want]:
        """Return what the candidate wants."""
        return candidate.wants

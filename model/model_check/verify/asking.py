"""What a property asks of the states of a space, by compiled code where there is some."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

from ..explore.alike import Alike
from ..explore.letters import Letters, letter_of
from ..explore.space import Space
from ..language.records import dataclass
from .formulas import Answers
from .show import format_value

__all__ = ["Answered", "answered", "letters_for", "letters_of", "views_of", "why_unanswered"]


def letters_for(space: Space, name: str, *, doubted: bool) -> Letters:
    """What the states say of what a property asks of them. Raises GrowthNeededError where the
    layout has no room for a value on the way."""
    atoms = [*map(Answers, space.program.formulas.asked_of_runs(name))]
    letters = space.letters(name, doubted) if space.letters is not None else None
    if letters is None:
        return letters_of(atoms, space.states, doubted=doubted)
    for number in letters.unanswered:
        for asked in atoms:
            # Raises where it is the layout that has no room.
            asked.of(space.states[number])
    return letters


@dataclass(frozen=True, slots=True)
class Answered:
    """What a formula answers of some states: `answers[c]` those of class c of `alike`."""

    alike: Alike
    answers: Sequence[int]

    def where(self, wanted: Callable[[int], bool]) -> Sequence[int]:
        """The numbers of the states with certain answers."""
        return self.alike.chosen([wanted(answer) for answer in self.answers])

    def first(self, answer: int) -> int:
        """The first state with an answer."""
        return self.alike.first(self.answers.index(answer))


def answered(space: Space, asked: Answers, numbers: Sequence[int]) -> Answered:
    """What a formula answers of some states of a space: asked once of those that are alike in what
    it reads. Raises GrowthNeededError where the layout has no room for a value on the way."""
    alike = space.alike(asked.mask, numbers)
    firsts = map(alike.first, range(len(alike)))
    return Answered(alike, [asked.of(space.states[number]) for number in firsts])


def why_unanswered(space: Space, name: str, numbers: Iterable[int]) -> str:
    """Why, and where in its text, what a property asks of runs has no answer in the first of these
    states in which it has none, in words; "" if it has one in all."""
    atoms = [*map(Answers, space.program.formulas.asked_of_runs(name))]
    for number in numbers:
        for asked in atoms:
            answer = asked.of(space.states[number])
            if answer < 0:
                return asked.failure(answer).text
    return ""


def letters_of(atoms: Sequence[Answers], states: Sequence[int], *, doubted: bool) -> Letters:
    """What the states say of some atoms, asked one after the other."""
    known: dict[tuple[int, ...], int] = {}
    letters = array("Q")
    unanswered = []
    for number, state in enumerate(states):
        answers = tuple([each.of(state) for each in atoms])
        if answers not in known:
            known[answers] = letter_of(answers, doubted=doubted)
        letters.append(known[answers])
        if min(answers, default=0) < 0:
            unanswered.append(number)
    return Letters(letters, len(atoms), unanswered)


def views_of(space: Space) -> tuple[tuple[str, ...], ...]:
    """What is asked of every state beside the spec's own expressions, as text, by state."""
    return tuple(
        tuple([format_value(each.value(state)) for state in space.states])
        for each in map(Answers, space.program.formulas.views)
    )

"""From a space to the steps that a property which speaks of steps is false of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..explore.space import Space
from ..explore.wrong_steps import WrongSteps, wrong_steps_of
from ..language.records import dataclass
from .formulas import StepAnswers

__all__ = ["JudgedSteps", "judged_steps"]


@dataclass(frozen=True, slots=True)
class JudgedSteps:
    """`wrong`, `source`: as `WrongSteps.targets`. `unanswered`: the states after steps of which
    there is no answer, with the code of the failure at the first, which begins at `before`.
    `limit`: a limit of this tool that the property meets, in words."""

    wrong: Sequence[int]
    source: Callable[[int], int]
    unanswered: Sequence[int]
    code: int
    before: int | None
    limit: str


def judged_steps(space: Space, name: str) -> JudgedSteps:
    """Judge all steps of a space. Raises GrowthNeededError where the layout has no room for a value
    on the way."""
    asked = StepAnswers(space.program.formulas.of_steps[name])
    found = space.wrong_steps(name) if space.wrong_steps is not None else None
    found = found or _one_by_one(space, asked)
    unanswered: dict[int, int] = {}
    before, limit = None, ""
    for number, target in found.unanswered:
        answer = asked.of(space.states[number], space.states[target])
        failure = asked.failure(answer)
        if failure.kind == "limit":
            limit = limit or failure.text
        else:
            before = before if unanswered else number
            unanswered.setdefault(target, -answer)
    code = next(iter(unanswered.values()), 0)
    return JudgedSteps(found.targets, found.source, [*unanswered], code, before, limit)


def _one_by_one(space: Space, asked: StepAnswers) -> WrongSteps:
    wrong: list[tuple[int, int]] = []
    unanswered: list[tuple[int, int]] = []
    states = space.states
    for number, target, _ in space.graph.edges():
        answer = asked.of(states[number], states[target])
        if answer <= 0:
            (wrong if answer == 0 else unanswered).append((number, target))
    return wrong_steps_of(wrong, unanswered)

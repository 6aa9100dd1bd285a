"""What a property that speaks of steps is false of, among the steps of a space."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..language.records import dataclass

__all__ = ["WrongSteps", "wrong_steps_of"]


@dataclass(frozen=True, slots=True)
class WrongSteps:
    """`targets` are the numbers of the states after the steps that are wrong, each once, in the
    order of the first such step to each; `source` gives the state before that. `unanswered`: the
    states before and after each step of which it has no answer."""

    targets: Sequence[int]
    source: Callable[[int], int]
    unanswered: Sequence[tuple[int, int]]


def wrong_steps_of(
    wrong: Iterable[tuple[int, int]], unanswered: Sequence[tuple[int, int]]
) -> WrongSteps:
    """From the wrong steps in the order of the states before them."""
    first: dict[int, int] = {}
    for number, target in wrong:
        first.setdefault(target, number)
    return WrongSteps([*first], first.__getitem__, unanswered)

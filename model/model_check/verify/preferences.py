"""From what a property prefers (`prefer`) to the numbers of a state: the lowest are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..explore.space import Space
from ..language.tree.spec import Property
from .formulas import Answers

__all__ = ["Preferred", "nearest_preferred", "preferred_in"]

Preferred = Callable[[int], tuple[int, ...]]
"""The numbers of a state, or of a node of rows, by its own number."""
LAST = 1 << 62
"""For what cannot be evaluated in a state: it is chosen last."""


def preferred_in(space: Space, each: Property) -> Preferred | None:
    """What a property prefers among the states of a space; None where that is nothing."""
    asked = [*map(Answers, space.program.formulas.preferences[each.name])]
    if not asked:
        return None
    states = space.states
    return lambda number: tuple([_number(a, states[number]) for a in asked])


def nearest_preferred(
    space: Space, each: Property, violating: Sequence[int]
) -> tuple[int, Preferred]:
    """The first of some states that a property prefers to all others, and what it prefers."""
    preferred = preferred_in(space, each)
    if preferred is None:
        return violating[0], _nothing
    mask = 0
    for asked in map(Answers, space.program.formulas.preferences[each.name]):
        mask |= asked.mask
    alike = space.alike(mask, violating)
    best = min(range(len(alike)), key=lambda one: preferred(alike.first(one)))
    return alike.first(best), preferred


def _nothing(_number: int) -> tuple[int, ...]:
    return ()


def _number(answers: Answers, state: int) -> int:
    value = answers.value(state)
    return value if isinstance(value, int) else LAST

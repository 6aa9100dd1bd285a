"""Of the states that violate a property: which of them say something new, and which it prefers.

In: numbers of states of a space. Out: the same, in groups that the spec's `define`s tell apart; and
the numbers that a property would rather show, the lowest ones first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..explore.space import Space
from .formulas import Answers

__all__ = ["LAST", "groups_of", "number_of", "preferred_of"]

LAST = 1 << 62
"""For what cannot be evaluated in a state: it is chosen last."""


def groups_of(
    space: Space, defines: Sequence[Answers], violating: Sequence[int]
) -> list[list[int]]:
    """The violating states, given with the shortest trace first, by what the defines are."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number in violating:
        state = space.states[number]
        # What cannot be told apart in words is one ending.
        key = tuple(max(define.of(state), -1) for define in defines)
        groups.setdefault(key, []).append(number)
    return [*groups.values()]


def preferred_of(space: Space, name: str, numbers: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """What a property prefers, of some states."""
    asked = [*map(Answers, space.program.formulas.preferences[name])]
    return {n: tuple(number_of(each, space.states[n]) for each in asked) for n in numbers}


def number_of(answers: Answers, state: int) -> int:
    """A number that is preferred if it is low."""
    value = answers.value(state)
    return value if isinstance(value, int) else LAST

"""Of the states that violate a property, which of them say something new.

In: numbers of states of a space. Out: the same, in groups that the spec's `define`s tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..explore.space import Space
from .formulas import Answers

__all__ = ["groups_of"]


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

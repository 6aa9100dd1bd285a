"""Of the states that violate a property, which of them say something new, and which are ends where
somebody waits.

In: numbers of states of a space. Out: the same, in groups that the spec's `define`s tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..explore.space import Space
from ..language.records import dataclass
from .formulas import Answers

__all__ = ["Group", "group_key", "groups_of", "not_final"]


@dataclass(frozen=True, slots=True)
class Group:
    """The first of some states, and how many they are."""

    first: int
    count: int


def group_key(defines: Sequence[Answers], state: int) -> tuple[int, ...]:
    """What tells a state's group: what the defines are."""
    # What cannot be told apart in words is one ending.
    return tuple([max(define.of(state), -1) for define in defines])


def groups_of(
    space: Space, defines: Sequence[Answers], violating: Sequence[int]
) -> dict[tuple[int, ...], Group]:
    """The violating states, given with the shortest trace first, by what the defines are; the
    group of the first one first."""
    mask = 0
    for define in defines:
        mask |= define.mask
    alike = space.alike(mask, violating)
    groups: dict[tuple[int, ...], Group] = {}
    for one, count in enumerate(alike.counts):
        first = alike.first(one)
        key = group_key(defines, space.states[first])
        known = groups.get(key)
        groups[key] = (
            Group(first, count) if known is None else Group(known.first, known.count + count)
        )
    return groups


def not_final(space: Space, ends: Sequence[int]) -> Sequence[int]:
    """Those of some ends where a process has neither ended nor rests."""
    machine = space.machine
    alike = space.alike(machine.bits(each.location_field for each in machine.instances), ends)
    return alike.chosen(
        [not space.is_final(space.states[alike.first(one)]) for one in range(len(alike))]
    )

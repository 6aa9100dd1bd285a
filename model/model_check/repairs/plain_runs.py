"""Runs in which processes seldom stop halfway: those that say most of other sets of changes.

In: a space, the states that violate a property, and the steps within blocks. Out: a run to one of
these states. A shortest one would do; but what nobody comes between can be turned and joined at
will (see `generalization`), so a run in which each block is made at once refutes many sets, and
one that jumps to and fro few.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

from ..explore.space import Space
from ..machine.core import Instance, Machine

__all__ = ["plain_way"]

MOST_STATES = 20_000
"""In a larger space the shortest run is taken: to find another costs more than to explore some
sets."""


def plain_way(
    space: Space, violating: Sequence[int], inner: Mapping[str, frozenset[str]]
) -> list[int]:
    """The numbers of the states of a run to one of those that violate, with as few steps of others
    as can be while somebody stands at an `inner` step of his process; of these a shortest one."""
    if not any(inner.values()) or len(space.states) > MOST_STATES:
        return space.path(violating[0])
    stops = _Stops(space.machine, inner)
    wanted = set(violating)
    before = {number: number for number in range(space.initial)}
    waiting = [(stops.within(space.states[number], -1), 0, number) for number in before]
    heapq.heapify(waiting)
    known = {number: (cost, length) for cost, length, number in waiting}
    rows, steps = space.graph, space.machine.steps
    while waiting:
        cost, length, number = heapq.heappop(waiting)
        if (cost, length) > known[number]:
            continue
        if number in wanted:
            return _way(before, number)
        for place in rows.of(number) if number < rows.count else ():
            target = rows.targets[place]
            more = stops.within(space.states[number], steps[rows.steps[place]].instance)
            price = (cost + more, length + 1)
            if target not in known or price < known[target]:
                known[target] = price
                before[target] = number
                heapq.heappush(waiting, (*price, target))
    return space.path(violating[0])  # behind what was explored


def _way(before: Mapping[int, int], number: int) -> list[int]:
    found = [number]
    while before[found[-1]] != found[-1]:
        found.append(before[found[-1]])
    return found[::-1]


class _Stops:
    """Where a machine's processes stand within a block."""

    def __init__(self, machine: Machine, inner: Mapping[str, frozenset[str]]) -> None:
        self.within_at = [
            (each.index, machine.fields[each.location_field], _places(each, inner))
            for each in machine.instances
            if inner.get(each.process)
        ]

    def within(self, state: int, moving: int) -> int:
        """How many stand within a block, but for the instance that takes a step."""
        return sum(
            field.raw(state) in places for index, field, places in self.within_at if index != moving
        )


def _places(instance: Instance, inner: Mapping[str, frozenset[str]]) -> frozenset[int]:
    labels = inner[instance.process]
    return frozenset(each.index for each in instance.locations if labels & set(each.labels))

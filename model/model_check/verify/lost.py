"""The lost states: those from which every continuation violates a property.

They are the least set that has what violates by itself, and every state whose every step
leads into the set: least, because a run that goes round for ever outside of it violates
nothing. Found backwards from what violates, once over every transition. `no_return` answers
the same for the states of one trace, without a graph; tests hold one against the other.
"""

from __future__ import annotations

from ..explore.space import Space
from .continuing import Continuing
from .outcome import PropertyResult

__all__ = ["lost_states"]


def lost_states(space: Space, result: PropertyResult) -> frozenset[int]:
    """The numbers of the states that are lost for a property, for certain.

    Where not everything was explored, a state that was not looked into counts as lost only if
    it violates itself, so that each one named is lost however the rest may be.
    """
    graph = space.graph
    open_ways = [len(graph.of(number)) for number in range(len(space.states))]
    continuing = Continuing(space, result)
    failing = {number for number, _, _ in space.errors}
    waits: set[int] = set()
    reached: list[int] = []
    for number, state in enumerate(space.states):
        if number >= space.expanded:
            settled: bool | None = continuing.violates(state)
        else:
            settled = continuing.settled(state, open_ways[number] > 0, number in failing)
        if settled or (settled is None and not open_ways[number]):
            reached.append(number)
        elif settled is None:
            waits.add(number)
    lost = set(reached)
    while reached:
        for number in graph.before(reached.pop()):
            open_ways[number] -= 1
            if open_ways[number] == 0 and number in waits and number not in lost:
                lost.add(number)
                reached.append(number)
    return frozenset(lost)

"""From a space to the shortest trace to tell to a state: the one that changes hands least.

Many shortest traces lead to a state; they differ in how independent steps are mixed. A
person follows best the one in which each process does as much as it can before another
takes over. Of several such traces it is the one that comes, looked at from its end, by the states
with the smallest numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from .space import Space

__all__ = ["TraceChoice"]

MOST_STATES = 50_000
"""Where there is no compiled code to choose, the first trace found is told beyond this many
states: it is as short, only more mixed."""
PATIENCE = 0.1
"""Seconds in Python before compiled code is asked: for the first states compiling takes longer. It
gives the same answer."""


class TraceChoice:
    """Shortest traces in the layers of a space, by how often they change hands.

    Works layer by layer, as far as the states asked for are deep. For each state and each
    process that can make the last step of a shortest trace to it, `_best` has the fewest
    changes and the (state, process) before.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._layers = 0
        self._seconds = 0.0
        self._best: dict[int, dict[int, tuple[int, int, int]]] = {}
        self._chosen: dict[int, list[int]] = {}
        self._is_alone = len({step.instance for step in space.machine.steps}) < 2

    def path(self, number: int) -> list[int]:
        """The numbers of the states on a shortest trace to a state with the fewest changes
        from one process to another; of several, always the same one."""
        space = self._space
        if number < space.initial or self._is_alone or space.unfolded is not None:
            return space.path(number)
        if space.parents[number] >= space.expanded:
            # Reached only from a state whose expansion was cut short.
            return space.path(number)
        if number not in self._chosen:
            self._chosen[number] = self._choice(number)
        return self._chosen[number]

    def _choice(self, number: int) -> list[int]:
        space = self._space
        if space.fewest_changes is not None:
            found = [] if space.reduction else self._plain(number)
            return found or space.fewest_changes(number) or space.path(number)
        return space.path(number) if number > MOST_STATES else self._plain(number)

    def _plain(self, number: int) -> list[int]:
        """The answer of Python; none where it takes too long, and compiled code has one."""
        space, best = self._space, self._best
        depth = space.depth_of(number)
        begun = time.monotonic()
        while self._layers < depth:
            for each in self._layer(self._layers):
                self._extend(each)
                if space.fewest_changes is not None and (
                    self._seconds + time.monotonic() - begun > PATIENCE
                ):
                    self._seconds = PATIENCE
                    return []
            self._layers += 1
        self._seconds += time.monotonic() - begun
        process = min(best[number], key=lambda each: (best[number][each], each))
        path = [number]
        while path[-1] >= space.initial:
            _, before, process = best[path[-1]][process]
            path.append(before)
        path.reverse()
        return path

    def _layer(self, depth: int) -> range:
        """The states of a depth that were expanded."""
        levels = (*self._space.levels, len(self._space.states))
        return range(levels[depth], min(levels[depth + 1], self._space.expanded))

    def _extend(self, number: int) -> None:
        """Extend the traces to a state by one step."""
        space, best = self._space, self._best
        after = space.levels[space.depth_of(number) + 1]
        ways = best.get(number, {})
        for process, target in self._moves(number):
            if target < after:
                continue
            cost, last = 0, -1
            if ways:
                cost, last = min((way[0] + (p != process), p) for p, way in ways.items())
            known = best.setdefault(target, {})
            way = (cost, number, last)
            if process not in known or way < known[process]:
                known[process] = way

    def _moves(self, number: int) -> Iterator[tuple[int, int]]:
        """Who can take a step in a state, and to which one."""
        space = self._space
        if space.reduction:
            graph, steps = space.graph, space.machine.steps
            for place in graph.of(number):
                yield steps[graph.steps[place]].instance, graph.targets[place]
            return
        state = space.states[number]
        for each in space.processes:
            for difference in each[state & each.mask]:
                yield each.instance, space.index[state + difference]

"""From a space to the shortest trace to tell to a state: the one that changes hands least.

Many shortest traces lead to a state; they differ in how independent steps are mixed. A
person follows best the one in which each process does as much as it can before another
takes over.
"""

from __future__ import annotations

from .space import Space

__all__ = ["TraceChoice"]

# Beyond this many states the first trace found is told: it is as short, only more mixed.
MOST_STATES = 50_000


class TraceChoice:
    """Shortest traces in the layers of a space, by how often they change hands.

    Works layer by layer, as far as the states asked for are deep. For each state and each
    process that can make the last step of a shortest trace to it, `_best` has the fewest
    changes and the (state, process) before.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._layers = 0
        self._best: dict[int, dict[int, tuple[int, int, int]]] = {}

    def path(self, number: int) -> list[int]:
        """The numbers of the states on a shortest trace to a state with the fewest changes
        from one process to another; of several, always the same one."""
        space = self._space
        if number < space.initial or number > MOST_STATES:
            return space.path(number)
        depth = space.depth_of(number)
        while self._layers < depth:
            self._layer(self._layers)
            self._layers += 1
        best = self._best.get(number)
        if best is None:
            # Reached only from a state whose expansion was cut short.
            return space.path(number)
        process = min(best, key=lambda each: (best[each], each))
        path = [number]
        while path[-1] >= space.initial:
            _, before, process = self._best[path[-1]][process]
            path.append(before)
        path.reverse()
        return path

    def _layer(self, depth: int) -> None:
        """Extend the traces to all states of a depth by one step."""
        space, best = self._space, self._best
        levels = (*space.levels, len(space.states))
        start, stop = levels[depth + 1], levels[depth + 2]
        index = space.index
        for number in range(levels[depth], min(levels[depth + 1], space.expanded)):
            state = space.states[number]
            ways = best.get(number, {})
            for differences in space.processes:
                process = differences.instance
                found = differences[state & differences.mask]
                if not found:
                    continue
                cost, last = 0, -1
                if ways:
                    cost, last = min((way[0] + (p != process), p) for p, way in ways.items())
                for difference in found:
                    target = index[state + difference]
                    if start <= target < stop:
                        known = best.setdefault(target, {})
                        way = (cost, number, last)
                        if process not in known or way < known[process]:
                            known[process] = way

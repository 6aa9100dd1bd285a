"""The explored graph: from what was searched to rows of transitions, compact and built once.

What a process does in a state depends on the fields alone that it touches, so its steps are
computed once for each combination of their values, and targets are looked up many at a time.
A transition takes eight bytes, a state eight more. Measured: about a million transitions in a
second, whichever engine searched: a quarter of the time of running every step in every state.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from ..machine.python.program import Program

__all__ = ["Graph", "Locate", "components"]

CHUNK = 4096
"""States whose targets are looked up at once."""
WORTH_KEEPING = 200_000
"""Combinations of values that are remembered for a process."""

Locate = Callable[[Sequence[int]], Iterable[int]]
"""The numbers of states."""


class Graph:
    """Those of state n stand from `begins[n]` to `begins[n + 1]`, in the order of processes and
    steps: `targets` are numbers of states, `steps` those of the machine. Steps that run into an
    error have none. States that were not expanded have none either."""

    def __init__(
        self,
        program: Program,
        masks: Sequence[int],
        states: Sequence[int],
        expanded: int,
        locate: Locate,
    ) -> None:
        """`masks[i]`: the bits that instance i touches; `states`: all, of which this many were
        expanded."""
        self.begins = array("q", [0])
        self.targets = array("I")
        self.steps = array("I")
        acting = [
            (mask, labelled, _Known())
            for mask, labelled in zip(masks, program.labelled, strict=True)
        ]
        for start in range(0, expanded, CHUNK):
            found: list[int] = []
            for state in states[start : min(expanded, start + CHUNK)]:
                for mask, labelled, known in acting:
                    key = state & mask
                    moves = known.get(key)
                    if moves is None:
                        moves = known.keep(key, labelled)
                    for difference, step in moves:
                        found.append(state + difference)
                        self.steps.append(step)
                self.begins.append(len(self.steps))
            self.targets.extend(locate(found))
        self.begins.extend([len(self.steps)] * (len(states) - expanded))

    def of(self, number: int) -> range:
        """The places of a state's transitions."""
        return range(self.begins[number], self.begins[number + 1])

    def edges(self) -> Iterator[tuple[int, int, int]]:
        """(state, successor, step)."""
        for number in range(len(self.begins) - 1):
            for place in self.of(number):
                yield number, self.targets[place], self.steps[place]

    def before(self, number: int) -> array[int]:
        """The states that a state is a successor of, one for each transition."""
        begins, sources = self._sources
        return sources[begins[number] : begins[number + 1]]

    @cached_property
    def _sources(self) -> tuple[array[int], array[int]]:
        """Where each state's sources begin, and the sources."""
        begins = array("q", [0]) * len(self.begins)
        for target in self.targets:
            begins[target + 1] += 1
        for number in range(len(begins) - 1):
            begins[number + 1] += begins[number]
        free = begins[:]
        sources = array("I", [0]) * len(self.targets)
        for number, target, _ in self.edges():
            sources[free[target]] = number
            free[target] += 1
        return begins, sources


class _Known(dict[int, tuple[tuple[int, int], ...]]):
    """What an instance does, by the values that it touches: (difference, step)."""

    def keep(
        self, key: int, labelled: Callable[[int, list[tuple[int, int]]], None]
    ) -> tuple[tuple[int, int], ...]:
        """Compute it, and remember it while there is room."""
        out: list[tuple[int, int]] = []
        labelled(key, out)
        moves = tuple((target - key, step) for target, step in out if target >= 0)
        if len(self) < WORTH_KEEPING:
            self[key] = moves
        return moves


def components(graph: Graph) -> Iterator[list[int]]:
    """The strongly connected components: lists of numbers of states.

    Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1, 1972;
    without recursion.
    """
    count = len(graph.begins) - 1
    unseen = -1
    order = array("q", [unseen]) * count
    lowest = array("q", [0]) * count
    left: list[Iterator[int]] = []
    way: list[int] = []
    """The states on the way, from the root to the one that is looked at."""
    stack: list[int] = []
    on_stack = bytearray(count)
    seen = 0
    for root in range(count):
        if order[root] != unseen:
            continue
        way.append(root)
        left.append(iter(graph.of(root)))
        order[root] = lowest[root] = seen
        seen += 1
        stack.append(root)
        on_stack[root] = True
        while way:
            number = way[-1]
            place = next(left[-1], None)
            if place is not None:
                target = graph.targets[place]
                if order[target] == unseen:
                    way.append(target)
                    left.append(iter(graph.of(target)))
                    order[target] = lowest[target] = seen
                    seen += 1
                    stack.append(target)
                    on_stack[target] = True
                elif on_stack[target]:
                    lowest[number] = min(lowest[number], order[target])
                continue
            way.pop()
            left.pop()
            if way:
                lowest[way[-1]] = min(lowest[way[-1]], lowest[number])
            if lowest[number] == order[number]:
                component: list[int] = []
                while not component or component[-1] != number:
                    component.append(stack.pop())
                    on_stack[component[-1]] = False
                yield component

"""Runs that keep orderings: the search's half of finding a reason.

An ordering `a < b` is kept by a run in which `a` happens and `b` does not happen before it;
where `b` never happens it is kept, where `a` never happens it is not. So a set of orderings
says what must happen in a run, and which events must have waited, and the weaker of two
orderings is implied by the stronger one along a program: `a` may be replaced by an event
that its process did before, `b` by one that its process does afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from .patience import Patience
from .runs import Label, Occurrence, Pair, RunGraph, occurrences

__all__ = ["GoodRuns", "is_kept"]

# The clock is looked at after so many nodes: a few milliseconds.
NODES_A_LOOK = 4096


def is_kept(pair: Pair, run: Sequence[Occurrence]) -> bool:
    """Whether a run keeps an ordering."""
    first, second = pair
    for event in run:
        if event == first:
            return True
        if event == second:
            return False
    return False


class _Monitors:
    """How far a run is with the events that some orderings name: a count for each label."""

    def __init__(self, graph: RunGraph, pairs: Sequence[Pair]) -> None:
        events = sorted({event for pair in pairs for event in pair})
        labels = sorted({event.label for event in events})
        self.possible = set(labels) <= set(graph.labels)
        numbers = {label: graph.labels.index(label) for label in labels if self.possible}
        self.place = {number: i for i, number in enumerate(numbers.values())}
        most = [max(e.number for e in events if e.label == label) for label in labels]
        self.most = tuple(most)
        where = {label: i for i, label in enumerate(labels)}
        self.start = tuple(0 for _ in labels)
        self.needed = {where[a.label]: 0 for a, _ in pairs}
        self.waits: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for a, b in pairs:
            first = where[a.label]
            self.needed[first] = max(self.needed[first], a.number)
            self.waits.setdefault((where[b.label], b.number), []).append((first, a.number))

    def step(self, counts: tuple[int, ...], label: int) -> tuple[int, ...] | None:
        """The counts after an event; None where an ordering is broken by it."""
        place = self.place.get(label)
        if place is None or counts[place] == self.most[place]:
            return counts
        number = counts[place] + 1
        for first, least in self.waits.get((place, number), ()):
            if counts[first] < least:
                return None
        return (*counts[:place], number, *counts[place + 1 :])

    def done(self, counts: tuple[int, ...]) -> bool:
        """Whether every first event has happened."""
        return all(counts[first] >= least for first, least in self.needed.items())


# A state by number, and the monitors' counts.
_Node = tuple[int, tuple[int, ...]]


class GoodRuns:
    """Asks a graph for runs that end well."""

    def __init__(self, graph: RunGraph, patience: Patience) -> None:
        self.graph = graph
        self.patience = patience
        self.hopeful = graph.leading_to(graph.good)

    def find(self, pairs: Sequence[Pair]) -> list[Occurrence] | None:
        """A shortest run that keeps all orderings and ends well; None if there is none.
        Raises DeadlineError when the time is over."""
        monitors = _Monitors(self.graph, pairs)
        if not monitors.possible:
            return None
        graph, hopeful = self.graph, self.hopeful
        frontier: list[_Node] = [(i, monitors.start) for i in graph.initial if hopeful[i]]
        came: dict[_Node, tuple[_Node, int] | None] = dict.fromkeys(frontier)
        looked = 0
        for node in frontier:
            looked += 1
            if looked % NODES_A_LOOK == 0:
                self.patience.look()
            number, counts = node
            if number in graph.good and monitors.done(counts):
                return occurrences(self._path(came, node))
            for target, label in graph.successors[number]:
                if not hopeful[target]:
                    continue
                after = monitors.step(counts, label)
                if after is None:
                    continue
                following = (target, after)
                if following not in came:
                    came[following] = (node, label)
                    frontier.append(following)
        return None

    def _path(
        self,
        came: dict[_Node, tuple[_Node, int] | None],
        node: _Node,
    ) -> list[Label]:
        path = []
        while (step := came[node]) is not None:
            node, label = step
            path.append(self.graph.labels[label])
        path.reverse()
        return path

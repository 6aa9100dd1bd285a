"""Runs that keep orderings: the search's half of finding a reason.

An ordering `a < b` is kept by a run in which `a` happens and `b` does not happen before it;
where `b` never happens it is kept, where `a` never happens it is not. So a set of orderings
says what must happen in a run, and which events must have waited, and the weaker of two
orderings is implied by the stronger one along a program: `a` may be replaced by an event
that its process did before, `b` by one that its process does afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..budget.deadline import Deadline
from ..symbolic.occurrences import Label, Occurrence, Pair, occurrences
from .runs import RunGraph

__all__ = ["GoodRuns", "is_kept"]

# The clock is looked at after this many nodes: a few milliseconds.
NODES_A_LOOK = 4096

BROKEN = -1
"""Instead of a status: an ordering is broken."""
NOWHERE = (-1, -1)
"""Where the first nodes come from."""


def is_kept(pair: Pair, run: Sequence[Occurrence]) -> bool:
    """Whether a run keeps an ordering."""
    first, second = pair
    for event in run:
        if event == first:
            return True
        if event == second:
            return False
    return False


class _OrderingMonitors:
    """How far a run is with the events that some orderings name: a count for each label. A
    status is known by its number; `after[status]` gives for each label that is named the status
    that it leads to, or BROKEN. `possible`: every first event has a label that the graph knows.
    A second event without one never happens, and breaks nothing."""

    def __init__(self, graph: RunGraph, pairs: Sequence[Pair]) -> None:
        numbers = graph.numbers
        self.possible = all(first.label in numbers for first, _ in pairs)
        events = sorted({e for pair in pairs for e in pair if e.label in numbers})
        labels = sorted({event.label for event in events})
        self.numbers = [numbers[label] for label in labels]
        self.most = [max(e.number for e in events if e.label == label) for label in labels]
        where = {label: i for i, label in enumerate(labels)}
        self.needed: dict[int, int] = {}
        self.waits: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for a, b in pairs if self.possible else ():
            first = where[a.label]
            self.needed[first] = max(self.needed.get(first, 0), a.number)
            if b.label in numbers:
                self.waits.setdefault((where[b.label], b.number), []).append((first, a.number))
        self.statuses: list[tuple[int, ...]] = [tuple(0 for _ in labels)]
        self._known = {self.statuses[0]: 0}
        self.after: list[dict[int, int]] = [self._following(0)]

    def _following(self, status: int) -> dict[int, int]:
        counts = self.statuses[status]
        found = {}
        for place, label in enumerate(self.numbers):
            following = self._step(counts, place)
            if following is None:
                found[label] = BROKEN
                continue
            if following not in self._known:
                self._known[following] = len(self.statuses)
                self.statuses.append(following)
            found[label] = self._known[following]
        return found

    def _step(self, counts: tuple[int, ...], place: int) -> tuple[int, ...] | None:
        """The counts after an event; None where an ordering is broken by it."""
        if counts[place] == self.most[place]:
            return counts
        number = counts[place] + 1
        for first, least in self.waits.get((place, number), ()):
            if counts[first] < least:
                return None
        return (*counts[:place], number, *counts[place + 1 :])

    def following(self, status: int) -> dict[int, int]:
        """`after[status]`, computed when it is asked for first."""
        while len(self.after) <= status:
            self.after.append(self._following(len(self.after)))
        return self.after[status]

    def done(self, status: int) -> bool:
        """Whether every first event has happened."""
        counts = self.statuses[status]
        return all(counts[first] >= least for first, least in self.needed.items())


class GoodRuns:
    """Asks a graph for runs that end well."""

    def __init__(self, graph: RunGraph, deadline: Deadline) -> None:
        self.graph = graph
        self.deadline = deadline
        hopeful = graph.leading_to(graph.good)
        self.initial = [number for number in graph.initial if hopeful[number]]
        self.rows = [
            tuple((target, label) for target, label in row if hopeful[target])
            for row in graph.successors
        ]

    def find(self, pairs: Sequence[Pair]) -> list[Occurrence] | None:
        """A shortest run that keeps all orderings and ends well; None if there is none.
        Raises DeadlineError when the time is over."""
        monitors = _OrderingMonitors(self.graph, pairs)
        if not monitors.possible:
            return None
        rows, good, size = self.rows, self.graph.good, len(self.rows)
        # A node is a state and a status in one number; it came from a node by a label.
        frontier = list(self.initial)
        came: dict[int, tuple[int, int]] = dict.fromkeys(frontier, NOWHERE)
        for looked, node in enumerate(frontier, 1):
            if looked % NODES_A_LOOK == 0:
                self.deadline.look()
            status, number = divmod(node, size)
            if number in good and monitors.done(status):
                return occurrences(self._path(came, node))
            after = monitors.following(status)
            for target, label in rows[number]:
                reached = after.get(label, status)
                if reached != BROKEN:
                    following = reached * size + target
                    if following not in came:
                        came[following] = (node, label)
                        frontier.append(following)
        return None

    def _path(self, came: dict[int, tuple[int, int]], node: int) -> list[Label]:
        path = []
        while came[node] is not NOWHERE:
            node, label = came[node]
            path.append(self.graph.labels[label])
        path.reverse()
        return path

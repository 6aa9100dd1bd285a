"""Violating runs that keep none of some sets of orderings: whether the known reasons are all.

Every set says "whoever keeps these violates". Whether nobody else does is a question of
reachability: beside the state of a run, a few bits tell of each ordering whether it is kept,
broken or still open. A set of which one ordering is broken can be forgotten, a run that
keeps a whole set can be left, and a violating end that is reached all the same is a run
that no set explains. So the answer is exact, at any size that the graph has.

In: a graph of runs and sets of orderings. Out: a shortest such run, or None: there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..budget.deadline import Deadline
from ..symbolic.occurrences import Pair
from .runs import RunGraph

__all__ = ["BadRun", "BadRuns"]

# The clock is looked at after this many nodes: a few milliseconds.
NODES_A_LOOK = 4096

BROKEN = -1
"""Instead of the bits of a set's open orderings: one of them is broken."""


@dataclass(frozen=True, slots=True)
class BadRun:
    """A run that violates: the states by number, and the labels (by number) of the steps
    between them."""

    states: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Status:
    """Of each set the orderings that are still open, as bits (0: the whole set is kept), or
    BROKEN; and how often the labels happened of which a later occurrence counts."""

    sets: tuple[int, ...]
    counts: tuple[int, ...]


class _SetMonitors:
    """What becomes of sets of orderings along a run. A status is known by its number."""

    def __init__(self, graph: RunGraph, sets: Sequence[Sequence[Pair]]) -> None:
        self.sets = sets
        # By label: (occurrence, set, bit, whether it is the first event of the ordering).
        self.roles: dict[int, list[tuple[int, int, int, bool]]] = {}
        for place, pairs in enumerate(sets):
            for bit, pair in enumerate(pairs):
                for event, leads in zip(pair, (True, False), strict=True):
                    number = graph.numbers.get(event.label)
                    if number is not None:
                        role = (event.number, place, 1 << bit, leads)
                        self.roles.setdefault(number, []).append(role)
        counted = [n for n, roles in self.roles.items() if any(role[0] > 1 for role in roles)]
        self.place = {number: i for i, number in enumerate(counted)}
        self.most = [max(role[0] for role in self.roles[number]) for number in counted]
        start = _Status(tuple((1 << len(pairs)) - 1 for pairs in sets), (0,) * len(counted))
        self.statuses = [start]
        self._numbers = {start: 0}
        self._steps: dict[tuple[int, int], int] = {}

    def step(self, status: int, label: int) -> int:
        """The number of the status after an event."""
        if label not in self.roles:
            return status
        key = (status, label)
        if key not in self._steps:
            after = self._after(self.statuses[status], label)
            number = self._numbers.setdefault(after, len(self.statuses))
            if number == len(self.statuses):
                self.statuses.append(after)
            self._steps[key] = number
        return self._steps[key]

    def _after(self, status: _Status, label: int) -> _Status:
        sets, counts = list(status.sets), list(status.counts)
        place = self.place.get(label)
        number = 1
        if place is not None:
            number = counts[place] + 1
            counts[place] = min(number, self.most[place])
        for occurrence, i, bit, leads in self.roles[label]:
            # Where nothing is counted, an ordering is decided by whatever happens first.
            if occurrence == number and sets[i] != BROKEN and sets[i] & bit:
                sets[i] = sets[i] & ~bit if leads else BROKEN
        for each, at in self.place.items():
            # What is decided need not be counted.
            if not any(sets[i] != BROKEN and sets[i] & bit for _, i, bit, _ in self.roles[each]):
                counts[at] = self.most[at]
        return _Status(tuple(sets), tuple(counts))


class BadRuns:
    """Asks a graph for runs that violate. Raises DeadlineError when the time is over."""

    def __init__(self, graph: RunGraph, deadline: Deadline) -> None:
        self.graph = graph
        self.deadline = deadline
        self.doomed = graph.leading_to(graph.bad)

    def find(self, sets: Sequence[Sequence[Pair]], kept: Sequence[Pair] = ()) -> BadRun | None:
        """A shortest run that violates, keeps all orderings of `kept`, and keeps none of the
        `sets` whole; None if there is none."""
        if any(not pairs for pairs in sets):
            return None  # every run keeps a set of no orderings
        graph, doomed = self.graph, self.doomed
        monitors = _SetMonitors(graph, [*sets, kept])
        statuses = monitors.statuses
        frontier = [(number, 0) for number in graph.initial if doomed[number]]
        came: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = dict.fromkeys(frontier)
        looked = 0
        for node in frontier:
            looked += 1
            if looked % NODES_A_LOOK == 0:
                self.deadline.look()
            number, status = node
            if number in graph.bad and statuses[status].sets[-1] == 0:
                return _told(came, node)
            for target, label in graph.successors[number]:
                if not doomed[target]:
                    continue
                after = monitors.step(status, label)
                following = (target, after)
                if following in came:
                    continue
                *others, wanted = statuses[after].sets
                if wanted != BROKEN and 0 not in others:
                    came[following] = (node, label)
                    frontier.append(following)
        return None


def _told(
    came: dict[tuple[int, int], tuple[tuple[int, int], int] | None], node: tuple[int, int]
) -> BadRun:
    states, labels = [node[0]], []
    while (before := came[node]) is not None:
        node, label = before
        states.append(node[0])
        labels.append(label)
    return BadRun(tuple(reversed(states)), tuple(reversed(labels)))

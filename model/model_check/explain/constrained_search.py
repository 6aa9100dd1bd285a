"""Runs that keep some facts, and no whole set of others: the search's half of finding a reason.

Whether a set of facts forces a violation, whether the known reasons are all, and whether each of
them explains a run of its own are questions of reachability: beside each node stands what has
become of the facts (`keeping`), and a run of the kind that is asked for is found, or there is none.
So the answer is exact, at any size that the graph has. In a run without an end nothing changes any
more in the round that goes on for ever; which rounds are fair is asked of `verify.fair_cycles`.

In: a graph of runs, and facts. Out: a shortest such run (of one without an end: once around), or
None: there is none.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..budget.deadline import Deadline, DeadlineError
from ..explore.demands import Demands
from ..explore.rows import Reached, Rows
from ..symbolic.facts import Fact
from ..symbolic.occurrences import Label
from ..verify.fair_cycles import FairComponents, fair_components
from ..verify.lasso import CycleFinder, shortest_lasso
from .keeping import BROKEN, Keeping
from .runs import RunGraph

__all__ = ["BadRuns", "GoodRuns", "Run"]

# The clock is looked at after this many nodes: a few milliseconds.
NODES_A_LOOK = 4096
UNITS_A_NODE = 2
"""The work of coming to a node of a graph, with one status of the facts (see `Effort`)."""
UNITS_A_STATUS = 12
"""The work of finding a status."""
UNITS_OF_A_ROUND = 8
"""The work of asking for fair rounds, for each node."""
UNITS_A_ROW = 6
"""The work of asking which nodes lead to a run of the kind, for each node."""
MOST_NODES = 1_000_000
"""No search comes to more nodes: a gigabyte holds five of them, and no reason takes more memory."""

NOWHERE = (-1, -1)
"""Where the first nodes come from."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its nodes by number, and the labels (by number) of the steps between them; of one
    without an end the round begins at node `loop_from`, to which the last step leads."""

    nodes: tuple[int, ...]
    labels: tuple[int, ...]
    loop_from: int | None = None


class _Runs:
    """Asks a graph for runs of one kind. Raises DeadlineError when the time is over."""

    def __init__(
        self, graph: RunGraph, ends: Iterable[int], demands: Demands | None, deadline: Deadline
    ) -> None:
        self.graph = graph
        self.deadline = deadline
        self.ends = frozenset(ends)
        self.demands = None if graph.is_acyclic() else demands
        deadline.look(UNITS_A_ROW * len(graph.successors))
        self.around = frozenset(self._going_round())
        hopeful = graph.leading_to(self.ends | self.around)
        self.initial = [number for number in graph.initial if hopeful[number]]
        self.rows = [
            tuple((target, label) for target, label in row if hopeful[target])
            for row in graph.successors
        ]

    def _going_round(self) -> Iterable[int]:
        """The nodes through which some run of this kind goes round for ever."""
        if self.demands is None or self.graph.round is None:
            return ()
        rows = _Rows([*self.graph.successors])
        around = self.graph.round
        self.deadline.look(UNITS_OF_A_ROUND * rows.count)
        found = [*fair_components(rows, around.marks, around.of_label, self.demands)]
        return [n for n in range(rows.count) if any(some.is_fair(n) for some in found)]

    def goers(self) -> frozenset[int]:
        """The instances that act in what goes round for ever."""
        return frozenset(
            self.graph.labels[label].instance
            for number in self.around
            for target, label in self.graph.successors[number]
            if target in self.around
        )

    def can_be(self) -> bool:
        """Whether there is a run of this kind at all."""
        return bool(self.initial)

    def run(self, kept: Sequence[Fact], avoided: Sequence[Sequence[Fact]] = ()) -> Run | None:
        """A shortest run that keeps all facts of `kept`, and no set of `avoided` whole."""
        if any(not facts for facts in avoided):
            return None  # every run keeps a set of no facts
        keeping = Keeping(self.graph, kept, avoided)
        rows, ends, size = self.rows, self.ends, len(self.rows)
        # A node is one of the graph and a status in one number; it came from a node by a label.
        frontier = list(self.initial)
        came: dict[int, tuple[int, int]] = dict.fromkeys(frontier, NOWHERE)
        look = self._looking(keeping, frontier)
        for looked, node in enumerate(frontier, 1):
            if looked % NODES_A_LOOK == 0:
                look()
            status, number = divmod(node, size)
            if number in ends and keeping.fits(status):
                look()
                return self._told(came, node)
            after = keeping.following(status)
            for target, label in rows[number]:
                reached = after[label]
                if reached != BROKEN:
                    following = reached * size + target
                    if following not in came:
                        came[following] = (node, label)
                        frontier.append(following)
        look()
        return None if self.demands is None else self._round(keeping, frontier, came)

    def _looking(self, keeping: Keeping, came_to: Sequence[int]) -> Callable[[], None]:
        """Counts the work of a search: what it came to since it was asked last."""
        nodes = statuses = 0

        def look() -> None:
            nonlocal nodes, statuses
            more, new = len(came_to) - nodes, len(keeping.statuses) - statuses
            nodes, statuses = len(came_to), len(keeping.statuses)
            if nodes > MOST_NODES:
                raise DeadlineError
            self.deadline.look(UNITS_A_NODE * more + UNITS_A_STATUS * new)

        return look

    def _told(self, came: dict[int, tuple[int, int]], node: int) -> Run:
        size = len(self.rows)
        nodes, labels = [node % size], []
        while came[node] is not NOWHERE:
            node, label = came[node]
            nodes.append(node % size)
            labels.append(label)
        return Run(tuple(reversed(nodes)), tuple(reversed(labels)))

    def _round(
        self, keeping: Keeping, order: Sequence[int], came: dict[int, tuple[int, int]]
    ) -> Run | None:
        """A run without an end, of the nodes that were reached."""
        around, demands, size = self.graph.round, self.demands, len(self.rows)
        assert around is not None
        assert demands is not None
        place = {node: i for i, node in enumerate(order)}
        rows = _Rows(
            [
                (place[status * size + target], label)
                for target, label in self.rows[number]
                # Whatever changes the status is no part of what goes on for ever.
                if keeping.following(status)[label] == status
            ]
            for status, number in (divmod(node, size) for node in order)
        )
        marks = [around.marks[node % size] for node in order]
        keep = bytearray(keeping.fits(node // size) for node in order)
        self.deadline.look(UNITS_OF_A_ROUND * len(order))
        found: list[FairComponents] = [
            *fair_components(rows, marks, around.of_label, demands, keep)
        ]
        if not found:
            return None
        finder = CycleFinder(rows, marks, around.of_label, demands)

        def way_to(node: int) -> Sequence[int]:
            way = [node]
            while (before := came[order[way[-1]]]) is not NOWHERE:
                way.append(place[before[0]])
            return way[::-1]

        reached = Reached((), range(len(order)), self._levels(order, came, place))
        lasso = shortest_lasso(finder, found, reached, way_to, None)
        stem = self._told(came, order[lasso.way[-1]])
        cycle = [rows.targets[each] for each in lasso.cycle]
        return Run(
            (*stem.nodes, *(order[node] % size for node in cycle)),
            (*stem.labels, *(rows.steps[each] for each in lasso.cycle)),
            len(stem.labels),
        )

    @staticmethod
    def _levels(
        order: Sequence[int], came: dict[int, tuple[int, int]], place: dict[int, int]
    ) -> list[int]:
        """Where each distance begins in an order that was found breadth-first."""
        depth, levels = [0] * len(order), [0]
        for i, node in enumerate(order):
            before = came[node]
            depth[i] = 0 if before is NOWHERE else depth[place[before[0]]] + 1
            if depth[i] == len(levels):
                levels.append(i)
        return levels


class GoodRuns(_Runs):
    """Asks a graph for runs that do not violate."""

    def __init__(self, graph: RunGraph, deadline: Deadline) -> None:
        around = graph.round
        super().__init__(graph, graph.good, None if around is None else around.good, deadline)

    def find(self, facts: Sequence[Fact]) -> list[Label] | None:
        """The events of a shortest run that keeps all facts and does not violate; None if there
        is none. Raises DeadlineError when the time is over."""
        found = self.run(facts)
        return None if found is None else [self.graph.labels[label] for label in found.labels]


class BadRuns(_Runs):
    """Asks a graph for runs that violate."""

    def __init__(self, graph: RunGraph, deadline: Deadline) -> None:
        around = graph.round
        super().__init__(graph, graph.bad, None if around is None else around.bad, deadline)

    def find(self, sets: Sequence[Sequence[Fact]], kept: Sequence[Fact] = ()) -> Run | None:
        """A shortest run that violates, keeps all facts of `kept`, and keeps none of the `sets`
        whole; None if there is none. Raises DeadlineError when the time is over."""
        return self.run(kept, sets)

    def labels(self, run: Run) -> list[Label]:
        """What is known of the events of a run."""
        return [self.graph.labels[label] for label in run.labels]


class _Rows(Rows):
    """Rows by node, as the search for fair rounds reads them."""

    def __init__(self, rows: Iterable[Sequence[tuple[int, int]]]) -> None:
        self.begins = begins = array("q", [0])
        self.targets = targets = array("I")
        self.steps = steps = array("I")
        for row in rows:
            targets.extend(target for target, _ in row)
            steps.extend(label for _, label in row)
            begins.append(len(targets))

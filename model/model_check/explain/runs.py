"""The explored space as runs of events: what the search for a reason walks over.

A step taken in a state is an event (`ai_service.save[7]`). Here every transition of the
space is one, by number, so that asking which runs keep an ordering touches integers only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..budget.deadline import Deadline
from ..explore.space import Space
from ..machine.core import Machine
from ..machine.effects import fields_naming
from ..machine.python.program import Program
from ..symbolic.occurrences import Label, Occurrence, label_of

__all__ = ["NO_ROOM", "Moves", "RunGraph"]

NO_ROOM = "its steps in another order need more room than was explored"

# The clock is looked at after this many states: a few milliseconds.
STATES_A_LOOK = 2048


class Moves:
    """Every transition of a space as an event: `successors[i]` are (target, label number).
    `failing` are the (state, label) of steps that run into an error. Raises DeadlineError."""

    def __init__(self, space: Space, deadline: Deadline) -> None:
        self.space = space
        numbers: dict[Label, int] = {}
        names = _Names(space.machine)
        rows: list[tuple[tuple[int, int], ...]] = []
        failing: list[tuple[int, Label]] = []
        graph = space.graph
        for i, state in enumerate(space.states):
            if i % STATES_A_LOOK == 0:
                deadline.look()
            row = []
            for place in graph.of(i):
                label = names.label(state, graph.steps[place])
                row.append((graph.targets[place], numbers.setdefault(label, len(numbers))))
            rows.append(tuple(row))
        for i in dict.fromkeys(number for number, _, _ in space.errors):
            out: list[tuple[int, int]] = []
            for labelled in space.program.labelled:
                labelled(space.states[i], out)
            failing += [(i, names.label(space.states[i], s)) for t, s in out if t < 0]
        self.labels = tuple(numbers)
        self.successors = tuple(rows)
        self.failing = tuple(failing)


@dataclass(frozen=True)
class RunGraph:
    """States by number; `successors[i]` are (target, label number). `good` are the ends of
    runs that do not violate, `bad` of those that do; other states are passed through. A run may
    also go on from an end, by what may go wrong."""

    labels: tuple[Label, ...]
    successors: tuple[tuple[tuple[int, int], ...], ...]
    initial: tuple[int, ...]
    good: frozenset[int]
    bad: frozenset[int]

    @staticmethod
    def of_space(moves: Moves, violates: Callable[[int], bool]) -> RunGraph:
        """All complete runs of a space; `violates(state)` is asked of their ends."""
        space = moves.space
        ends = {i: violates(space.states[i]) for i in space.terminal}
        return RunGraph(
            moves.labels, moves.successors, tuple(range(space.initial)),
            frozenset(i for i, bad in ends.items() if not bad),
            frozenset(i for i, bad in ends.items() if bad),
        )  # fmt: skip

    @staticmethod
    def until(moves: Moves, violates: Callable[[int], bool]) -> RunGraph:
        """All runs of a space, complete or endless, up to the first state that violates.

        Good are ends that do not violate, and states that a run comes back to without
        violating on the way: it may go round for ever.
        """
        space = moves.space
        bad = {i for i, state in enumerate(space.states) if violates(state)}
        rows = tuple(() if i in bad else row for i, row in enumerate(moves.successors))
        good = {i for i in space.terminal if i not in bad}
        graph = RunGraph(moves.labels, rows, tuple(range(space.initial)), frozenset(good),
                         frozenset(bad))  # fmt: skip
        return replace(graph, good=graph.good | graph.recurring())

    @staticmethod
    def until_error(
        moves: Moves, violates: Callable[[int], bool], passing: Callable[[int], bool]
    ) -> RunGraph:
        """All runs of a space, complete or endless, up to an error: a state that `violates`,
        for a property cannot be evaluated there, or a step that fails. Such a step leads to
        one more state. `passing`: whether a state violates also where a run goes on from it."""
        space = moves.space
        numbers = {label: i for i, label in enumerate(moves.labels)}
        bad = {i for i, state in enumerate(space.states) if violates(state)}
        cut = {i for i in bad if passing(space.states[i])}
        rows = [() if i in cut else row for i, row in enumerate(moves.successors)]
        sink = len(rows)
        for state, label in moves.failing:
            if state not in cut:
                number = numbers.setdefault(label, len(numbers))
                rows[state] = (*rows[state], (sink, number))
        rows.append(())
        graph = RunGraph(tuple(numbers), tuple(rows), tuple(range(space.initial)),
                         frozenset(space.terminal) - bad, frozenset({*bad, sink}))  # fmt: skip
        return replace(graph, good=graph.good | graph.recurring())

    @staticmethod
    def of_steps(
        program: Program,
        run: Sequence[Occurrence],
        violates: Callable[[int], bool],
        passing: Callable[[int], bool],
        deadline: Deadline,
    ) -> RunGraph:
        """All runs that take exactly the steps of `run`, in any order that the machine allows.

        Those that take them all and pass through no state that violates are good. A step
        that runs into an error is not taken: so no good run has an error. `passing`: whether a
        state violates also where a run goes on from it. Raises ValueError
        where such a run needs more room than the explored states have.
        """
        return _Interleavings(program, run, (violates, passing), deadline).graph()

    @cached_property
    def numbers(self) -> dict[Label, int]:
        """The number of each label."""
        return {label: i for i, label in enumerate(self.labels)}

    def happens(self, event: Occurrence, deadline: Deadline) -> bool:
        """Whether some run has an event. Raises DeadlineError."""
        wanted = self.numbers.get(event.label)
        if wanted is None:
            return False
        # A node is a state and how often the label has happened on the way to it.
        nodes = [(number, 0) for number in self.initial]
        known = set(nodes)
        for looked, (number, count) in enumerate(nodes, 1):
            if looked % STATES_A_LOOK == 0:
                deadline.look()
            for target, label in self.successors[number]:
                after = (target, count + (label == wanted))
                if after[1] == event.number:
                    return True
                if after not in known:
                    known.add(after)
                    nodes.append(after)
        return False

    def is_acyclic(self) -> bool:
        """Whether no run comes back to a state."""
        return self._topological() is not None

    def leading_to(self, ends: Iterable[int]) -> bytearray:
        """Marks the states from which one of `ends` is reached."""
        before: list[list[int]] = [[] for _ in self.successors]
        for number, row in enumerate(self.successors):
            for target, _ in row:
                before[target].append(number)
        marks = bytearray(len(before))
        todo = sorted(ends)
        for number in todo:
            marks[number] = 1
        while todo:
            for number in before[todo.pop()]:
                if not marks[number]:
                    marks[number] = 1
                    todo.append(number)
        return marks

    def recurring(self) -> frozenset[int]:
        """The states that some run comes back to."""
        from networkx import DiGraph, strongly_connected_components

        if self.is_acyclic():
            return frozenset()
        graph: DiGraph[int] = DiGraph()
        graph.add_edges_from(
            (number, target) for number, row in enumerate(self.successors) for target, _ in row
        )
        found: set[int] = set()
        for part in strongly_connected_components(graph):
            if len(part) > 1:
                found |= part
        found |= {n for n, row in enumerate(self.successors) if any(t == n for t, _ in row)}
        return frozenset(found)

    def _topological(self) -> list[int] | None:
        incoming = [0] * len(self.successors)
        for row in self.successors:
            for target, _ in row:
                incoming[target] += 1
        ready = [i for i, count in enumerate(incoming) if count == 0]
        order = []
        while ready:
            number = ready.pop()
            order.append(number)
            for target, _ in self.successors[number]:
                incoming[target] -= 1
                if incoming[target] == 0:
                    ready.append(target)
        return order if len(order) == len(self.successors) else None

    def longest(self, instances: int) -> tuple[int, ...]:
        """For each instance the most events of its own that a run has; needs an acyclic
        graph."""
        order = self._topological()
        assert order is not None
        best = [[0] * instances for _ in self.successors]
        for number in reversed(order):
            mine = best[number]
            for target, label in self.successors[number]:
                owner = self.labels[label].instance
                for i, count in enumerate(best[target]):
                    count += i == owner
                    if count > mine[i]:
                        mine[i] = count
        return tuple(max(best[i][p] for i in self.initial) for p in range(instances))


class _Names:
    """`label_of` for one machine, computed once for each value of the loop variables."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.masks = [machine.bits(fields_naming(machine, [step.index])) for step in machine.steps]
        self.known: dict[tuple[int, int], Label] = {}

    def label(self, state: int, step: int) -> Label:
        key = (step, state & self.masks[step])
        if key not in self.known:
            self.known[key] = label_of(self.machine, state, step)
        return self.known[key]


class _Interleavings:
    def __init__(
        self,
        program: Program,
        run: Sequence[Occurrence],
        violates: tuple[Callable[[int], bool], Callable[[int], bool]],
        deadline: Deadline,
    ) -> None:
        self.program = program
        self.violates, self.passing = violates
        self.deadline = deadline
        self.names = _Names(program.machine)
        self.todo: list[list[Label]] = [[] for _ in program.machine.instances]
        for event in run:
            self.todo[event.label.instance].append(event.label)
        self.numbers: dict[Label, int] = {}
        self.index: dict[tuple[int, tuple[int, ...]], int] = {}
        self.rows: list[tuple[tuple[int, int], ...]] = []
        self.good: set[int] = set()
        self.bad: set[int] = set()

    def graph(self) -> RunGraph:
        out: list[int] = []
        self.program.initial(out)
        start = tuple(0 for _ in self.todo)
        queue = [(state, start) for state in dict.fromkeys(out)]
        self.index = {node: i for i, node in enumerate(queue)}
        initial = tuple(range(len(queue)))
        for i, (state, done) in enumerate(queue):
            if i % STATES_A_LOOK == 0:
                self.deadline.look()
            row = [] if self._ends(i, state, done) else self._moves(state, done)
            self.rows.append(tuple((self._number(node, queue), label) for node, label in row))
        return RunGraph(
            tuple(self.numbers), tuple(self.rows), initial, frozenset(self.good),
            frozenset(self.bad),
        )  # fmt: skip

    def _number(
        self, node: tuple[int, tuple[int, ...]], queue: list[tuple[int, tuple[int, ...]]]
    ) -> int:
        if node not in self.index:
            self.index[node] = len(self.index)
            queue.append(node)
        return self.index[node]

    def _ends(self, number: int, state: int, done: tuple[int, ...]) -> bool:
        complete = all(n == len(labels) for n, labels in zip(done, self.todo, strict=True))
        wrong = self.violates if complete else self.passing
        if wrong(state):
            self.bad.add(number)
            return True
        if complete:
            self.good.add(number)
        return complete

    def _moves(
        self, state: int, done: tuple[int, ...]
    ) -> list[tuple[tuple[int, tuple[int, ...]], int]]:
        moves = []
        for instance, labels in enumerate(self.todo):
            if done[instance] == len(labels):
                continue
            wanted = labels[done[instance]]
            after = (*done[:instance], done[instance] + 1, *done[instance + 1 :])
            out: list[tuple[int, int]] = []
            self.program.labelled[instance](state, out)
            for target, step in out:
                if target < 0 and self.program.machine.failures[-target - 1].kind == "growth":
                    raise ValueError(NO_ROOM)
                if target >= 0 and self.names.label(state, step) == wanted:
                    number = self.numbers.setdefault(wanted, len(self.numbers))
                    moves.append(((target, after), number))
        return moves

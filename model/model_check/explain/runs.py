"""The runs of a space: complete ones, and fair ones without an end, and which of them violate.

In: the transitions of a space by number (`moves`), and what violates. Out: a graph whose nodes are
states, with what of the past decides beside them: of a property about all states whether one has
violated it by now, so that a run is told as a whole whatever comes after; of one about the course
of time the place of an automaton.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from ..budget.deadline import Deadline
from ..explore.components import components_of
from ..explore.demands import Demands
from ..symbolic.facts import Fact, events_of
from ..symbolic.occurrences import Label, Occurrence
from .moves import STATES_A_LOOK, Moves

__all__ = ["NO_STATE", "Round", "RunGraph"]

NO_STATE = -1
"""Instead of the number of a state: what is before the first one, or after an error."""


@dataclass(frozen=True, slots=True)
class Round:
    """What the runs of a graph must have to go round for ever: `marks` are those of its nodes,
    `of_label` those of its labels, by number."""

    marks: Sequence[int]
    of_label: Sequence[int]
    good: Demands | None
    bad: Demands | None


@dataclass(frozen=True)
class RunGraph:
    """Nodes by number; `successors[i]` are (target, label number), and `states[i]` the state that
    it is. `good` are the ends of runs that do not violate, `bad` of those that do; other nodes are
    passed through. A run may also go on from an end, by what may go wrong, and go `round` for
    ever (None: none does)."""

    labels: tuple[Label, ...]
    successors: tuple[tuple[tuple[int, int], ...], ...]
    initial: tuple[int, ...]
    good: frozenset[int]
    bad: frozenset[int]
    states: Sequence[int] = ()
    round: Round | None = None
    past: frozenset[int] = frozenset()
    """The nodes in which a run has violated by then, whatever follows."""

    @staticmethod
    def of_space(moves: Moves, violates: Callable[[int], bool]) -> RunGraph:
        """All complete runs of a space; `violates(state)` is asked of their ends."""
        space = moves.space
        ends = {i: violates(space.states[i]) for i in space.terminal}
        return RunGraph(
            moves.labels, tuple(moves.successors), moves.initial,
            frozenset(i for i, bad in ends.items() if not bad),
            frozenset(i for i, bad in ends.items() if bad), _states(moves),
        )  # fmt: skip

    @staticmethod
    def passing(
        moves: Moves,
        violates: Callable[[int], bool],
        goes_wrong: Callable[[int, int], bool] | None = None,
    ) -> RunGraph:
        """All runs of a space, complete or fair and without an end: those that come by a state
        that `violates`, or by a step from one state to another that `goes_wrong`, and others."""
        space = moves.space
        past = _Past(moves, [violates(state) for state in space.states], goes_wrong)
        ends = frozenset(moves.rests())
        nodes = range(len(past.nodes))
        good = frozenset(n for n in nodes if past.nodes[n][0] in ends and not past.nodes[n][1])
        bad = frozenset(n for n in nodes if past.nodes[n][0] in ends and past.nodes[n][1])
        states = [s if s < len(space.states) else NO_STATE for s, _ in past.nodes]
        violated = frozenset(n for n in nodes if past.nodes[n][1])
        graph = RunGraph(
            moves.labels, tuple(past.rows), past.initial, good, bad, states, past=violated
        )
        if graph.is_acyclic():
            return graph
        count, strong = moves.promises
        weak = (1 << count) - 1 & ~strong
        # Two marks more: not violated so far, and violated.
        marks = [moves.possible[s] | 1 << count + wrong for s, wrong in past.nodes]
        each = moves.of_step
        of_label = [each[label.step] if label.step >= 0 else 0 for label in moves.labels]
        return replace(graph, round=Round(
            marks, of_label,
            Demands(weak, strong, 1 << count), Demands(weak, strong, 2 << count),
        ))  # fmt: skip

    @staticmethod
    def until_error(
        moves: Moves, violates: Callable[[int], bool], passing: Callable[[int], bool]
    ) -> RunGraph:
        """All runs of a space, complete or endless, up to an error: a state that `violates`,
        for a property cannot be evaluated there, or a step that fails. Such a step leads to
        one more node. `passing`: whether a state violates also where a run goes on from it."""
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
        graph = RunGraph(
            tuple(numbers), tuple(rows), moves.initial, frozenset(moves.rests()) - bad,
            frozenset({*bad, sink}), [*_states(moves), NO_STATE],
        )  # fmt: skip
        if graph.is_acyclic():
            return graph
        count, strong = moves.promises
        of_label = [moves.of_step[label.step] if label.step >= 0 else 0 for label in numbers]
        demands = Demands((1 << count) - 1 & ~strong, strong, 0)
        return replace(graph, round=Round([*moves.possible, 0], of_label, demands, None))

    @cached_property
    def numbers(self) -> dict[Label, tuple[int, ...]]:
        """The numbers of each label that was asked for: it may cover several."""
        return {}

    def covered(self, label: Label) -> tuple[int, ...]:
        """The numbers of the labels that one covers."""
        if label not in self.numbers:
            same = self._by_step.get((label.instance, label.step), ())
            self.numbers[label] = tuple(n for n in same if label.covers(self.labels[n]))
        return self.numbers[label]

    @cached_property
    def _by_step(self) -> dict[tuple[int, int], list[int]]:
        found: dict[tuple[int, int], list[int]] = {}
        for number, label in enumerate(self.labels):
            found.setdefault((label.instance, label.step), []).append(number)
        return found

    def happens(self, event: Occurrence, deadline: Deadline) -> bool:
        """Whether some run has an event. Raises DeadlineError."""
        wanted = self.covered(event.label)
        if not wanted:
            return False
        if event.number > 1 and not self._again_and_again.isdisjoint(wanted):
            return True
        # A node is a state and how often the label has happened on the way to it.
        nodes = [(number, 0) for number in self.initial]
        known = set(nodes)
        for looked, (number, count) in enumerate(nodes, 1):
            if looked % STATES_A_LOOK == 0:
                deadline.look()
            for target, label in self.successors[number]:
                after = (target, count + (label in wanted))
                if after[1] == event.number:
                    return True
                if after not in known:
                    known.add(after)
                    nodes.append(after)
        return False

    @cached_property
    def _again_and_again(self) -> frozenset[int]:
        """The labels that some run can have as often as it likes: it goes round with them."""
        reached = bytearray(len(self.successors))
        todo = [*self.initial]
        for number in todo:
            reached[number] = 1
        while todo:
            for target, _ in self.successors[todo.pop()]:
                if not reached[target]:
                    reached[target] = 1
                    todo.append(target)
        begins = [0, *accumulate(map(len, self.successors))]
        targets = array("I", [target for row in self.successors for target, _ in row])
        of = components_of(begins, targets, reached).of
        return frozenset(
            label
            for number, row in enumerate(self.successors)
            if of[number]
            for target, label in row
            if of[target] == of[number]
        )

    def can_happen(self, fact: Fact, deadline: Deadline) -> bool:
        """Whether every event that a fact names is one of some run. Raises DeadlineError."""
        return all(self.happens(event, deadline) for event in events_of(fact))

    def is_acyclic(self) -> bool:
        """Whether no run comes back to a node."""
        return self._topological is not None

    def leading_to(self, ends: Iterable[int]) -> bytearray:
        """Marks the nodes from which one of `ends` is reached."""
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

    @cached_property
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
        order = self._topological
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


def _states(moves: Moves) -> list[int]:
    count = len(moves.space.states)
    return [*range(count), *[NO_STATE] * (len(moves.successors) - count)]


class _Past:
    """The nodes of a space, each with whether a run has violated by then, as far as there are
    runs to them."""

    def __init__(
        self,
        moves: Moves,
        wrong: Sequence[bool],
        goes_wrong: Callable[[int, int], bool] | None,
    ) -> None:
        count, states = len(wrong), moves.space.states
        self.nodes = [(i, i < count and wrong[i]) for i in moves.initial]
        self.initial = tuple(range(len(self.nodes)))
        self.rows: list[tuple[tuple[int, int], ...]] = []
        numbers = {node: i for i, node in enumerate(self.nodes)}
        for number, violated in self.nodes:
            row = []
            for target, label in moves.successors[number]:
                bad = violated or wrong[target]
                if not bad and goes_wrong is not None and number < count:
                    bad = goes_wrong(states[number], states[target])
                after = (target, bad)
                place = numbers.setdefault(after, len(self.nodes))
                if place == len(self.nodes):
                    self.nodes.append(after)
                row.append((place, label))
            self.rows.append(tuple(row))

"""The runs that take exactly the steps of a given one, in any order that the machine allows.

Where not every run is known, or there are too many, a violation is explained among these alone: in
which order its own steps must come. In: a machine, made executable, and the events of a run. Out: a
graph of such runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..budget.deadline import Deadline
from ..machine.python.program import Program
from ..symbolic.occurrences import Label
from .moves import STATES_A_LOOK, UNITS_A_STATE, Names
from .runs import RunGraph

__all__ = ["NO_ROOM", "rearrangements"]

NO_ROOM = "its steps in another order need more room than was explored"

Wrong = Callable[[int], bool]


def rearrangements(
    program: Program, run: Sequence[Label], violates: Wrong, passing: Wrong, deadline: Deadline
) -> RunGraph:
    """All runs that take exactly the steps of `run`, in any order that the machine allows.

    Those that take them all and pass through no state that violates are good. A step
    that runs into an error is not taken: so no good run has an error. `passing`: whether a
    state violates also where a run goes on from it. Raises ValueError
    where such a run needs more room than the explored states have.
    """
    return _Rearrangements(program, run, (violates, passing), deadline).graph()


class _Rearrangements:
    def __init__(
        self, program: Program, run: Sequence[Label], wrong: tuple[Wrong, Wrong], deadline: Deadline
    ) -> None:
        self.program = program
        self.violates, self.passing = wrong
        self.deadline = deadline
        self.names = Names(program.machine)
        self.todo: list[list[Label]] = [[] for _ in program.machine.instances]
        for event in run:
            self.todo[event.instance].append(event)
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
                self.deadline.look(UNITS_A_STATE * STATES_A_LOOK)
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

"""What steps really do to one another, found in all reachable states: tables for a reduced search.

The slow and plain counterpart of what is asked of z3: two steps accord if they do in every state
that there is, and what an instance can still come to is what it comes to in some run. So an engine
can be tried by itself, and what is asked of z3 cannot gain more than this.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import product

from model_check.explore.reduction import NOTHING, Goal, Kind, Move, Order, Reducer, Reduction, View
from model_check.machine.core import Field, Machine
from model_check.machine.python.program import Program
from model_check.verify.reducible import Asked

from .machine_graph import MachineGraph

__all__ = ["exact_finder", "exact_order"]

LIMIT = 3000
"""States of a machine whose steps are looked at."""
MOST_BITS = 8
"""Of a local state that is told apart from others."""

Place = tuple[int, int]
"""An instance, and a class of its local states."""


def exact_finder(asked: Asked, insisted: Iterable[str] = ()) -> Reducer:
    """What finds the tables of a program, for what is asked of it; no symmetry."""
    wanted = frozenset(insisted)

    def reducer(program: Program, kinds: frozenset[Kind], *, around: bool) -> Reduction:
        del kinds
        if asked.why_whole or asked.why_in_order or (around and asked.forward):
            return NOTHING
        insists = sum(1 << i for i, goal in enumerate(asked.goals) if around or goal.name in wanted)
        order = exact_order(MachineGraph(program, LIMIT), asked.goals, insists)
        forward = asked.forward or insists + 1 != 1 << len(asked.goals)
        return Reduction(order=order, forward=forward)

    return reducer


def exact_order(graph: MachineGraph, goals: Sequence[Goal], insists: int = 0) -> Order:
    """The tables of a machine, of all of its states."""
    return _Tables(graph, goals).order(insists)


class _Tables:
    def __init__(self, graph: MachineGraph, goals: Sequence[Goal]) -> None:
        self.graph = graph
        self.goals = tuple(goals)
        self.reached = [goal_states(graph, goal) for goal in goals]
        self.fields = [_local(graph.machine, i) for i in graph.instances]
        self.classes = [self._classes(i) for i in graph.instances]
        """By instance: of each state, the class of its local state."""
        self.count = [max(each) + 1 for each in self.classes]
        self.discord: set[tuple[Place, int, Place]] = set()
        """(i, class), a step of it, and the (j, class) where j does what does not accord."""
        self.enables: set[tuple[Place, int, Place]] = set()
        self.moved: set[tuple[Place, Place, Place]] = set()
        """(i, class), the (i, class) that it is put into, and the (j, class) where j does that."""
        self.steps: dict[Place, set[int]] = {}
        self.lowers: dict[tuple[Place, int], int] = {}
        self.raises: dict[Place, int] = {}
        for number in range(len(graph.states)):
            self._look(number)
        self._carry_back()
        self.future = [self._futures(i) for i in graph.instances]

    def _classes(self, instance: int) -> list[int]:
        known: dict[int, int] = {}
        keys = (_key(self.fields[instance], state) for state in self.graph.states)
        return [known.setdefault(key, len(known)) for key in keys]

    def _place(self, instance: int, number: int) -> Place:
        return instance, self.classes[instance][number]

    def _look(self, number: int) -> None:
        """Note what the steps of one state do to one another."""
        here = self.graph.steps[number]
        for i in self.graph.instances:
            own = self.steps.setdefault(self._place(i, number), set())
            own.update(here[i])
            for step in here[i]:
                self._goals(number, i, step)
        for i, j in product(self.graph.instances, repeat=2):
            if i != j:
                for step in here[j]:
                    self._changed(number, i, j, step)
                for one, other in product(here[i], here[j]):
                    if not self._accord(number, (i, one), (j, other)):
                        mine, theirs = self._place(i, number), self._place(j, number)
                        self.discord.add((mine, one, theirs))

    def _accord(self, number: int, one: tuple[int, int], other: tuple[int, int]) -> bool:
        steps = self.graph.steps
        (i, a), (j, b) = one, other
        first, second = steps[number][i][a], steps[number][j][b]
        ends: list[set[int]] = [set(), set()]
        for outcome, (who, step), fails, found in (
            (first, (j, b), second.fails, ends[0]), (second, (i, a), first.fails, ends[1]),
        ):  # fmt: skip
            for target in outcome.targets:
                then = steps[target][who].get(step)
                if then is None or then.fails != fails:
                    return False
                found |= then.targets
        return ends[0] == ends[1]

    def _changed(self, number: int, i: int, j: int, step: int) -> None:
        """What a step of j makes possible for i, or where it puts i."""
        mine, theirs = self._place(i, number), self._place(j, number)
        for target in self.graph.steps[number][j][step].targets:
            then = self._place(i, target)
            moved = then != mine
            for possible in self.graph.steps[target][i]:
                if moved or possible not in self.graph.steps[number][i]:
                    self.steps[mine].add(possible)
                    self.enables.add((mine, possible, theirs))
            if moved:
                self.moved.add((mine, then, theirs))
                self.discord |= {(mine, each, theirs) for each in self.graph.steps[number][i]}

    def _carry_back(self) -> None:
        """What an instance can do where others have put it, it may come to in more than one step of
        theirs: each of these makes it possible."""
        again = True
        while again:
            again = False
            for mine, then, theirs in self.moved:
                again |= not self.steps[then] <= self.steps[mine]
                self.steps[mine] |= self.steps[then]
                self.enables |= {(mine, step, theirs) for step in self.steps[then]}

    def _goals(self, number: int, i: int, step: int) -> None:
        place = self._place(i, number)
        for bit, (goal, reached) in enumerate(zip(self.goals, self.reached, strict=True)):
            for target in self.graph.steps[number][i][step].targets:
                before, after = number in reached, target in reached
                if goal.kind == "step" or (before and not after):
                    self.lowers[place, step] = self.lowers.get((place, step), 0) | 1 << bit
                if goal.kind == "step" or (after and not before):
                    self.raises[place] = self.raises.get(place, 0) | 1 << bit

    def _futures(self, instance: int) -> list[set[int]]:
        """Of each class of an instance, those that it can still come to."""
        classes = self.classes[instance]
        after: list[set[int]] = [{each} for each in range(self.count[instance])]
        for number, steps in enumerate(self.graph.steps):
            for own in steps:
                for outcome in own.values():
                    after[classes[number]] |= {classes[target] for target in outcome.targets}
        again = True
        while again:
            again = False
            for found in after:
                more = set[int]().union(*(after[each] for each in found))
                again |= not more <= found
                found |= more
        return after

    def order(self, insists: int) -> Order:
        views = tuple(self._view(i) for i in self.graph.instances)
        return Order(self.goals, views, insists)

    def _view(self, i: int) -> View:
        fields = self.fields[i]
        table = [0] * (1 << sum(each.width for each in fields))
        for state, own in zip(self.graph.states, self.classes[i], strict=True):
            table[_key(fields, state)] = own
        moves = tuple(self._moves(i, own) for own in range(self.count[i]))
        raises = tuple(
            _union(self.raises.get((i, later), 0) for later in self.future[i][own])
            for own in range(self.count[i])
        )
        return View(tuple(each.index for each in fields), table, moves, raises)

    def _moves(self, i: int, own: int) -> tuple[Move, ...]:
        place = (i, own)
        found = []
        for step in sorted(self.steps.get(place, ())):
            rows = [
                tuple(self._asked(of, place, step, j) for j in self.graph.instances)
                for of in (self.discord, self.enables)
            ]
            lowers = self.lowers.get((place, step), 0)
            found.append(Move(step, *rows, lowers, self.graph.is_fault(step)))
        return tuple(found)

    def _asked(self, of: set[tuple[Place, int, Place]], place: Place, step: int, j: int) -> int:
        """The classes of j from which it can still come to one of these."""
        there = {
            theirs[1] for mine, a, theirs in of if (mine, a) == (place, step) and theirs[0] == j
        }
        return sum(1 << own for own in range(self.count[j]) if self.future[j][own] & there)


def goal_states(graph: MachineGraph, goal: Goal) -> frozenset[int]:
    """The states that are a goal; of a goal of steps, none is."""
    every = range(len(graph.states))
    if goal.kind == "error":
        return frozenset(n for n in every if graph.fails(n))
    if goal.kind == "step":
        return frozenset()
    answers = graph.answers(graph.program.formulas.properties[goal.name])
    if goal.wrong is None:
        return frozenset(n for n in every if answers[n] < 0)
    return frozenset(n for n in every if answers[n] == goal.wrong)


def _local(machine: Machine, instance: int) -> list[Field]:
    """The fields by which the local states of an instance are told apart: where it stands, and now
    and then some of its variables."""
    where = machine.fields[machine.instances[instance].location_field]
    name = machine.instances[instance].name
    own = {
        index
        for variable in machine.variables
        if variable.owner == name
        for index in variable.fields
    }
    draw = random.Random(f"{machine.width} {instance}")
    found, bits = [where] if where.constant is None else [], where.width
    for index in sorted(own - {where.index}):
        each = machine.fields[index]
        if each.constant is None and bits + each.width <= MOST_BITS and draw.random() < 0.5:
            found.append(each)
            bits += each.width
    return found


def _key(fields: Sequence[Field], state: int) -> int:
    key = offset = 0
    for each in fields:
        key |= each.raw(state) << offset
        offset += each.width
    return key


def _union(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found

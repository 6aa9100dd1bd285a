"""The transitions of a space as events, by number: what the search for a reason walks over.

In: an explored space. Out: for each state what can happen there, and where it leads. An event is
known as far as a fact may speak of it: by its name (`ai_service.save[7]`), where a process stood
when something went wrong with it, and what was chosen where the name alone leaves that open. If
there are several states to begin with, which one it is counts as chosen, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from ..budget.deadline import Deadline
from ..explore.space import Space
from ..machine.core import Machine
from ..machine.effects import fields_naming
from ..machine.fairness import promises_of
from ..symbolic.occurrences import BEGINNING, Label, label_of

__all__ = ["STATES_A_LOOK", "Moves", "Names"]

# The clock is looked at after this many states: a few milliseconds.
STATES_A_LOOK = 2048
UNITS_A_STATE = 6
"""The work of listing the transitions of a state (see `Effort`)."""

Row = tuple[tuple[int, int], ...]
"""(target, label number) of every transition of a state."""


class Moves:
    """Every transition of a space as an event: `successors[i]` are (target, label number). States
    to begin with are `initial`; where what they have in common is not all, they have a common
    beginning, which is one more node. `failing` are the (state, label) of steps that run into an
    error. Raises DeadlineError."""

    def __init__(self, space: Space, deadline: Deadline) -> None:
        self.space = space
        machine = space.machine
        self._numbers: dict[Label, int] = {}
        names = Names(machine)
        rows: list[Row] = []
        failing: list[tuple[int, Label]] = []
        graph = space.graph
        for i, state in enumerate(space.states):
            if i % STATES_A_LOOK == 0:
                deadline.look(STATES_A_LOOK * UNITS_A_STATE)
            taken = [(graph.targets[place], graph.steps[place]) for place in graph.of(i)]
            rows.append(tuple((t, self._number(names.label(state, s))) for t, s in taken))
        for i in dict.fromkeys(number for number, _, _ in space.errors):
            out: list[tuple[int, int]] = []
            for labelled in space.program.labelled:
                labelled(space.states[i], out)
            failing += [(i, names.label(space.states[i], s)) for t, s in out if t < 0]
        self.successors: list[Row] = rows
        self.failing = tuple(failing)
        self._tell_choices(deadline)
        self.initial = self._beginning()
        self.labels = tuple(self._numbers)

    def _number(self, label: Label) -> int:
        return self._numbers.setdefault(label, len(self._numbers))

    def _tell_choices(self, deadline: Deadline) -> None:
        """Tell apart what has the same name and leads from one state to several."""
        labels = tuple(self._numbers)
        open_: dict[int, list[list[int]]] = {}
        for i, row in enumerate(self.successors):
            if i % STATES_A_LOOK == 0:
                deadline.look(STATES_A_LOOK * UNITS_A_STATE)
            if len({label for _, label in row}) < len(row):
                ways: dict[int, list[int]] = {}
                for target, label in row:
                    ways.setdefault(label, []).append(target)
                for label, targets in ways.items():
                    if len(set(targets)) > 1:
                        open_.setdefault(labels[label].step, []).append(targets)
        told = {
            step: self._telling(self.space.machine.steps[step].instance, groups)
            for step, groups in open_.items()
        }
        if not told:
            return
        self._numbers = {}
        self.successors = [
            tuple(
                (target, self._number(self._chosen(labels[label], target, told)))
                for target, label in row
            )
            for row in self.successors
        ]

    def _chosen(self, label: Label, target: int, told: dict[int, list[int]]) -> Label:
        variables = told.get(label.step)
        return replace(label, chosen=self._values(variables, target)) if variables else label

    def _values(self, variables: Iterable[int], number: int) -> tuple[tuple[int, int], ...]:
        machine, state = self.space.machine, self.space.states[number]
        return tuple((v, machine.packed(machine.variables[v], state)) for v in variables)

    def _telling(self, instance: int, groups: Sequence[Sequence[int]]) -> list[int]:
        """Variables whose values tell the states of each group apart, as few as are found one by
        one, those of the process itself first; fewer where they do not all differ."""
        machine = self.space.machine
        own = machine.instances[instance].name if instance >= 0 else ""
        order = sorted(
            (i for i, each in enumerate(machine.variables) if not each.hidden),
            key=lambda i: (machine.variables[i].owner != own, i),
        )
        best: list[int] = []
        left = self._alike(groups, best)
        while left:
            tried = [(self._alike(groups, [*best, i]), place) for place, i in enumerate(order)]
            fewest, place = min(tried, default=(left, 0))
            if fewest >= left:
                break
            best.append(order[place])
            left = fewest
        return best

    def _alike(self, groups: Sequence[Sequence[int]], variables: Sequence[int]) -> int:
        """How many states of the groups are not told apart by some variables."""
        return sum(
            len(set(group)) - len({self._values(variables, number) for number in set(group)})
            for group in groups
        )

    def _beginning(self) -> tuple[int, ...]:
        initial = tuple(range(self.space.initial))
        telling = self._telling(BEGINNING, [initial])
        if not telling:
            return initial
        root = len(self.successors)
        begins = [Label(BEGINNING, BEGINNING, (), chosen=self._values(telling, i)) for i in initial]
        labels = map(self._number, begins)
        self.successors.append(tuple(zip(initial, labels, strict=True)))
        return (root,)

    @cached_property
    def free(self) -> frozenset[int]:
        """The steps that are chosen: somewhere their process could have taken another one."""
        steps = self.space.machine.steps
        found: set[int] = set()
        failing: dict[int, list[Label]] = {}
        for place, label in self.failing:
            failing.setdefault(place, []).append(label)
        for place, row in enumerate(self.successors):
            ways: dict[int, set[int]] = {}
            for label in (*(self.labels[number] for _, number in row), *failing.get(place, ())):
                if label.step >= 0 and not steps[label.step].fault:
                    ways.setdefault(label.instance, set()).add(label.step)
            for each in ways.values():
                if len(each) > 1:
                    found |= each
        return frozenset(found)

    # --- fairness -----------------------------------------------------------------------------

    @cached_property
    def of_step(self) -> list[int]:
        """For each step the promises that it keeps, as bits."""
        promises = promises_of(self.space.machine)
        return [
            sum(1 << i for i, promise in enumerate(promises) if step.index in promise.steps)
            for step in self.space.machine.steps
        ]

    @cached_property
    def promises(self) -> tuple[int, int]:
        """How many promises there are, and which are strong, as bits."""
        promises = promises_of(self.space.machine)
        return len(promises), sum(1 << i for i, each in enumerate(promises) if each.strong)

    @cached_property
    def possible(self) -> list[int]:
        """For each node the promises that could be kept there, as bits."""
        found = []
        for row in self.successors:
            marks = 0
            for _, label in row:
                step = self.labels[label].step
                marks |= self.of_step[step] if step >= 0 else 0
            found.append(marks)
        for number, failed in self.failing:
            found[number] |= self.of_step[failed.step]
        return found

    def rests(self) -> Iterator[int]:
        """The states in which a fair run may stay for ever: nothing that can happen there has
        to."""
        outside = frozenset(self.space.outside)
        for number in range(self.space.expanded):
            if not self.possible[number] and number not in outside:
                yield number


class Names:
    """`label_of` for one machine, computed once for each value of the loop variables; of what goes
    wrong with a process, with the location where it stood."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.masks = [machine.bits(fields_naming(machine, [step.index])) for step in machine.steps]
        for step in machine.steps:
            if self._is_placed(step.index):
                where = machine.instances[step.instance].location_field
                self.masks[step.index] |= machine.bits([where])
        self.known: dict[tuple[int, int], Label] = {}

    def _is_placed(self, step: int) -> bool:
        each = self.machine.steps[step]
        return each.fault and bool(self.machine.instances[each.instance].process)

    def label(self, state: int, step: int) -> Label:
        """The label of a step taken in a state."""
        key = (step, state & self.masks[step])
        if key not in self.known:
            label = label_of(self.machine, state, step)
            if self._is_placed(step):
                label = replace(label, at=self.machine.places(state)[label.instance])
            self.known[key] = label
        return self.known[key]

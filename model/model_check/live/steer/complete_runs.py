"""The complete runs of a space, and what a proxy before the server sees of each.

A run is complete when nothing can happen any more but faults. A proxy sees some of its steps: the
commands that they send, or a message that is delivered. It says when each of these comes, and
nothing else: what happens between them comes when it comes, and which way a service goes where
the model leaves that open is the service's.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...explore.components import components_of
from ...explore.space import Space
from ...machine.effects import effects_of, fields_naming, union
from ..errors import LiveError
from ..runs.schedules import refuse_too_many

__all__ = ["INVISIBLE", "CompleteRuns", "Path", "Schedule", "Visible"]

UNKNOWN, INVISIBLE = -2, -1
"""Of a transition's label: it was not asked yet; there is none."""
FAR = 1 << 30

Visible = Callable[[int, int, int], Hashable | None]
"""`visible(source, target, step)`: what the proxy sees of a transition between two states by a
step of the machine; None: nothing. Two steps of one process instance with equal labels look the
same to it. It must tell nothing but what the step's process reads, writes, or is named by."""
Path = list[tuple[int, int]]
"""(number of a state, place of the transition by which the run goes on)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A complete run: the `states` along it, and the `steps` of the machine between them.

    `shown`: the places (in `steps`) of those that the proxy sees, in their order; `labels`: what it
    sees of each. `choices`: the places of the steps instead of which the same process instance
    could have taken another one in the same state (of an `either`, or with another random value):
    whether it takes this one is not for a proxy to say. `repeats`: it stands for another order than
    one before it, and looks the same to the proxy (see `orders.Orders`)."""

    states: tuple[int, ...]
    steps: tuple[int, ...]
    shown: tuple[int, ...]
    labels: tuple[Hashable, ...]
    choices: tuple[int, ...]
    repeats: bool = False


class CompleteRuns:
    """The transitions of a space that lie on complete runs: those of state n stand from `begins[n]`
    to `begins[n + 1]`, and lead to `targets` by `steps` of the machine.

    `faults`: whether runs may have steps that are faults; where none is complete without, they
    have them all the same (`with_faults`). Raises LiveError where no run is ever complete, or there
    are too many transitions."""

    def __init__(self, space: Space, visible: Visible, *, faults: bool = False) -> None:
        if not space.complete:
            raise LiveError("this space was not explored completely: it has no schedules to choose")
        refuse_too_many(space)
        self.space = space
        self.ends = frozenset(space.terminal)
        self._is_fault = [each.fault for each in space.machine.steps]
        self.with_faults = faults
        self.left = self._steps_left()
        if not faults and not self.starts:
            self.with_faults = True
            self.left = self._steps_left()
        if not self.starts:
            raise LiveError("no run of this model is ever complete: there is always a next step")
        self.begins, self.targets, self.steps = self._kept()
        self._visible = visible
        self._masks = _masks(space)
        self._labels = array("i", [UNKNOWN]) * len(self.targets)
        self._by_step: dict[tuple[int, int, int], int] = {}
        self._numbers: dict[tuple[int, Hashable], int] = {}
        self.labels: list[tuple[int, Hashable]] = []
        """What can be seen: (instance, label)."""

    # --- what lies on complete runs -----------------------------------------------------------

    def _edges(self) -> Iterator[tuple[int, int, int]]:
        for source, target, step in self.space.edges():
            if self.with_faults or not self._is_fault[step]:
                yield source, target, step

    def _steps_left(self) -> Sequence[int]:
        """For each state, the steps to the nearest end; -1 where none can be reached."""
        before: list[list[int]] = [[] for _ in self.space.states]
        for source, target, _ in self._edges():
            if target != source:
                before[target].append(source)
        left = array("i", [-1]) * len(before)
        for end in self.ends:
            left[end] = 0
        waiting = deque(sorted(self.ends))
        while waiting:
            number = waiting.popleft()
            for source in before[number]:
                if left[source] < 0:
                    left[source] = left[number] + 1
                    waiting.append(source)
        return left

    def _kept(self) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
        reached = self._reached()
        begins, targets, steps = array("q", [0]), array("I"), array("I")
        for source, target, step in self._edges():
            if reached[source] and self.left[target] >= 0:
                while len(begins) <= source:
                    begins.append(len(targets))
                targets.append(target)
                steps.append(step)
        begins.extend([len(targets)] * (len(self.left) + 1 - len(begins)))
        return begins, targets, steps

    def _reached(self) -> Sequence[int]:
        """1 for each state that complete runs pass, else 0."""
        after: list[list[int]] = [[] for _ in self.left]
        for source, target, _ in self._edges():
            if self.left[target] >= 0:
                after[source].append(target)
        found = bytearray(len(after))
        waiting = list(self.starts)
        while waiting:
            number = waiting.pop()
            if not found[number]:
                found[number] = 1
                waiting += after[number]
        return found

    @property
    def starts(self) -> list[int]:
        """The initial states from which a run can end."""
        return [n for n in range(self.space.initial) if self.left[n] >= 0]

    @property
    def count(self) -> int:
        """How many states there are, with those that no complete run passes."""
        return len(self.left)

    def moves(self, number: int) -> range:
        """The places of the transitions by which a run that ends can go on from a state."""
        return range(self.begins[number], self.begins[number + 1])

    def edges(self) -> Iterator[tuple[int, int]]:
        """(state, place of a transition) of all."""
        for number in range(self.count):
            for place in self.moves(number):
                yield number, place

    def instance(self, place: int) -> int:
        """Whose step a transition is."""
        return self.space.machine.steps[self.steps[place]].instance

    # --- what is seen -------------------------------------------------------------------------

    def label(self, source: int, place: int) -> int:
        """The number in `labels` of what is seen of a transition; INVISIBLE: nothing."""
        known = self._labels[place]
        if known != UNKNOWN:
            return known
        states, step, instance = self.space.states, self.steps[place], self.instance(place)
        before, after = states[source], states[self.targets[place]]
        # Many transitions are the same to the process that takes them.
        key = (step, before & self._masks[instance], after - before)
        found = self._by_step.get(key)
        if found is None:
            label = self._visible(before, after, step)
            found = INVISIBLE
            if label is not None:
                found = self._numbers.setdefault((instance, label), len(self._numbers))
                if found == len(self.labels):
                    self.labels.append((instance, label))
            self._by_step[key] = found
        self._labels[place] = found
        return found

    def word(self, path: Iterable[tuple[int, int]]) -> tuple[int, ...]:
        """What is seen of a path, by number."""
        seen = (self.label(source, place) for source, place in path)
        return tuple(each for each in seen if each != INVISIBLE)

    @cached_property
    def goes_round(self) -> bool:
        """Whether something that is seen can go round: then there are infinitely many complete
        runs that look different."""
        of = components_of(self.begins, self.targets, None).of
        return any(
            of[number] and of[number] == of[self.targets[place]]
            and self.label(number, place) != INVISIBLE
            for number, place in self.edges()
        )  # fmt: skip

    @cached_property
    def seen_left(self) -> Sequence[int]:
        """For each state, the fewest visible steps to an end."""
        before: list[list[tuple[int, int]]] = [[] for _ in range(self.count)]
        for number, place in self.edges():
            seen = self.label(number, place) != INVISIBLE
            before[self.targets[place]].append((number, seen))
        return _fewest(before, sorted(self.ends))

    @cached_property
    def longest(self) -> int | None:
        """None where nothing that is seen can go round. Else the least number such that each
        transition lies on a complete run with so many visible steps or fewer."""
        if not self.goes_round:
            return None
        after: list[list[tuple[int, int]]] = [[] for _ in range(self.count)]
        for number, place in self.edges():
            seen = self.label(number, place) != INVISIBLE
            after[number].append((self.targets[place], seen))
        begun, left = _fewest(after, self.starts), self.seen_left
        return max(
            begun[number] + seen + left[target]
            for number, row in enumerate(after)
            for target, seen in row
        )

    # --- runs ---------------------------------------------------------------------------------

    def schedule(self, path: Path, last: int, *, repeats: bool = False) -> Schedule:
        """A path to a last state, as who carries it out needs it."""
        labels = [self.label(source, place) for source, place in path]
        shown = tuple(i for i, each in enumerate(labels) if each != INVISIBLE)
        numbers = (*(source for source, _ in path), last)
        return Schedule(
            states=tuple(self.space.states[n] for n in numbers),
            steps=tuple(self.steps[place] for _, place in path),
            shown=shown,
            labels=tuple(self.labels[labels[i]][1] for i in shown),
            choices=tuple(i for i, (n, place) in enumerate(path) if self._is_choice(n, place)),
            repeats=repeats,
        )

    def _is_choice(self, source: int, place: int) -> bool:
        """Whether the instance could have taken another step: also one after which nothing ends."""
        taken, steps = self.steps[place], self.space.machine.steps
        rows = self.space.graph
        return not self._is_fault[taken] and any(
            steps[rows.steps[each]].instance == steps[taken].instance
            and not self._is_fault[rows.steps[each]]
            and (rows.steps[each], rows.targets[each]) != (taken, self.targets[place])
            for each in rows.of(source)
        )


def _fewest(rows: Sequence[Sequence[tuple[int, int]]], roots: Iterable[int]) -> Sequence[int]:
    """The least sum of weights (0 or 1) on a way to each node from one of the roots."""
    found = array("i", [FAR]) * len(rows)
    waiting = deque(roots)
    for root in waiting:
        found[root] = 0
    while waiting:
        number = waiting.popleft()
        for target, weight in rows[number]:
            if found[number] + weight < found[target]:
                found[target] = found[number] + weight
                if weight:
                    waiting.append(target)
                else:
                    waiting.appendleft(target)
    return found


def _masks(space: Space) -> list[int]:
    """For each instance the bits of all that it reads, writes, tells or is named by."""
    machine = space.machine
    masks = []
    for instance in machine.instances:
        actions = tuple(machine.actions_of(instance.index))
        touched = union(effects_of(each.body) for each in actions).touches
        names = fields_naming(machine, (step for each in actions for step in each.steps))
        masks.append(machine.bits(touched | names | {instance.location_field}))
    return masks

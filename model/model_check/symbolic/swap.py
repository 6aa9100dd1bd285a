"""Two steps in one order and in the other, from any state.

What is asked about two steps, whether they commute, whether one keeps the other from happening or
makes it possible, is written down here as conditions on the state before them, for z3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..budget.deadline import Deadline
from ..machine.core import Machine
from ..machine.rewrite import Block
from .arbitrary_state import ArbitraryState, State
from .bit_vectors import TooManyBitsError, same
from .evaluation import Outcome
from .terms import Condition, all_true, any_true, not_true, xor

__all__ = ["Swap", "can_fail_in"]

MOST_PAIRS = 256
"""Ways in which the one step and then the other can go; of more z3 is not asked."""


class Swap:
    """Two steps of a machine, given by what they do, from any state in which the fields `known`
    have these values, and in which the layout has room for them. Two steps with many ways to go
    have very many pairs of them: the deadline is asked at each."""

    def __init__(
        self,
        machine: Machine,
        one: Sequence[Block],
        other: Sequence[Block],
        known: Mapping[int, int],
        deadline: Deadline,
    ) -> None:
        """Raises DeadlineError, TooManyBitsError."""
        self.deadline = deadline
        self.anything = ArbitraryState(machine, known, deadline)
        self.start = State(self.anything)
        self.one = _Side(self.start, one)
        self.other = _Side(self.start, other)
        if len(self.one.first) * len(self.other.first) > MOST_PAIRS:
            raise TooManyBitsError("two steps with many ways to go")

    def lost(self) -> Condition:
        """Whether the two can happen in their order from some state, and not in the other one
        to the same state. Raises DeadlineError."""
        return self._in_some_state(self._lost(self.one, self.other), [])

    def discord(self) -> Condition:
        """Whether in some state in which both can be taken (they have a successor, or fail) the
        order makes a difference: to where they lead, to whether one can be taken after the other,
        or to whether it fails then. Raises DeadlineError."""
        found, room = [], []
        for one, other in ((self.one, self.other), (self.other, self.one)):
            for number, first in enumerate(one.first):
                self.deadline.look()
                after = [each for each, _ in other.after(one, number)]
                can, fails = _can_be_taken(after), any_true(*(each.failing for each in after))
                differs = any_true(not_true(can), xor(fails, other.fails))
                found.append(all_true(first.guard, differs))
                room.append(_room_after(first, after))
        found.append(self._lost(self.one, self.other))
        if not self._goes_one_way():
            found.append(self._lost(self.other, self.one))
        asked = all_true(_can_be_taken(self.one.first), _can_be_taken(self.other.first))
        return all_true(asked, self._in_some_state(any_true(*found), room))

    def enables(self) -> Condition:
        """Whether in some state the other cannot be taken, and after the one it can. Raises
        DeadlineError."""
        found, room = [], []
        for number, first in enumerate(self.one.first):
            self.deadline.look()
            after = [each for each, _ in self.other.after(self.one, number)]
            found.append(all_true(first.guard, _can_be_taken(after)))
            room.append(_room_after(first, after))
        before = not_true(_can_be_taken(self.other.first))
        return all_true(before, self._in_some_state(any_true(*found), room))

    def _in_some_state(self, condition: Condition, room: Sequence[Condition]) -> Condition:
        first = (each.has_room for each in (*self.one.first, *self.other.first))
        return all_true(condition, *first, *room, *self.anything.wellformed())

    def _goes_one_way(self) -> bool:
        """Whether both steps have one way to go: if both can happen in both orders, these lead to
        one state or they do not, whichever is asked about."""
        if len(self.one.first) != 1 or len(self.other.first) != 1:
            return False
        return len(self.one.after(self.other, 0)) == len(self.other.after(self.one, 0)) == 1

    def _lost(self, one: _Side, other: _Side) -> Condition:
        """Whether one and then the other can happen, and not the other way round."""
        found = []
        for number, first in enumerate(one.first):
            self.deadline.look()
            for second, end in other.after(one, number):
                happens = all_true(first.guard, second.guard, second.has_room)
                swapped = self._swapped(one, other, first, second, end)
                found.append(all_true(happens, not_true(swapped)))
        return any_true(*found)

    def _swapped(
        self, one: _Side, other: _Side, first: Outcome, second: Outcome, end: State
    ) -> Condition:
        """Whether the second step and then the first lead to a state, too."""
        ways = []
        for number, sooner in enumerate(other.first):
            if sooner.step != second.step:
                continue
            self.deadline.look()
            for later, reached_so in one.after(other, number):
                if later.step == first.step:
                    equal = _same(reached_so, end)
                    reached = any_true(not_true(later.has_room), all_true(later.guard, equal))
                    ways.append(all_true(sooner.guard, reached))
        return any_true(*ways)


class _Side:
    """One of two steps: what it can do first, and after each way of the other."""

    def __init__(self, start: State, bodies: Sequence[Block]) -> None:
        self.start = start
        self.bodies = bodies
        self.first = start.outcomes(bodies)
        self.fails = any_true(*(each.failing for each in self.first))
        self._after: dict[int, list[tuple[Outcome, State]]] = {}

    def after(self, other: _Side, number: int) -> list[tuple[Outcome, State]]:
        """What it can do after the other has gone a way, and where that leads."""
        if number not in self._after:
            middle = self.start.after(other.first[number])
            outcomes = middle.outcomes(self.bodies)
            self._after[number] = [(each, middle.after(each)) for each in outcomes]
        return self._after[number]


def can_fail_in(
    machine: Machine, bodies: Sequence[Block], known: Mapping[int, int], deadline: Deadline
) -> Condition:
    """Whether a step runs into an error in some state. Raises DeadlineError, TooManyBitsError."""
    anything = ArbitraryState(machine, known, deadline)
    found = State(anything).outcomes(bodies)
    fails = any_true(*(each.failing for each in found))
    return all_true(fails, *(each.has_room for each in found), *anything.wellformed())


def _can_be_taken(outcomes: Sequence[Outcome]) -> Condition:
    return any_true(*(any_true(each.guard, each.failing) for each in outcomes))


def _room_after(first: Outcome, after: Sequence[Outcome]) -> Condition:
    """That the layout has room for a second step, if the first one happens."""
    room = all_true(*(each.has_room for each in after))
    return any_true(not_true(first.guard), room)


def _same(left: State, right: State) -> Condition:
    fields = sorted(left.changed.keys() | right.changed.keys())
    values = [(left.load(field), right.load(field)) for field in fields]
    # Most pairs of ways differ in where somebody stands then: that is told before terms are made.
    if any(type(a) is int and type(b) is int and a != b for a, b in values):
        return False
    return all_true(*(same(a, b) for a, b in values if a is not b))

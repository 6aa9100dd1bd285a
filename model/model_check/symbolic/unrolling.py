"""The runs of a machine move by move: every state of a run has fields of its own.

In: a machine, its initial states, and how many moves. Out: what makes these fields a run, and for
each move what happens in it and what else could have. `encoding` asks less of z3, since it never
copies a state; but it has none that could be compared with another one, as a run that comes back
to where it was has.

In a move one step is taken, or nothing happens: where nothing can, or where a run is looked at
only so far (`Idle`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from ..budget.deadline import Deadline
from ..language.records import dataclass
from ..machine.core import Machine
from .bit_vectors import TooManyBitsError, Value, fits, merge, same, symbol
from .evaluation import Outcome, evaluate
from .terms import Condition, all_true, any_true, at_most_one, boolean, not_true

__all__ = ["Idle", "Unrolling"]

Idle = Literal["never", "at the end", "from some move on"]
"""When nothing happens in a move: never; only where nothing can but what may go wrong, and then for
ever; or from some move on for ever."""

MOST_BITS = 40_000
"""Bits of all states together."""


@dataclass(frozen=True, slots=True)
class _Option:
    """A step that may be taken in a move: `possible` (it may run into an error instead), `able` to
    be done, and whether it is `taken`. A `fault` never has to be."""

    step: int
    possible: Condition
    able: Condition
    taken: Condition
    outcome: Outcome
    fault: bool


class Unrolling:
    """The runs of exactly `moves` moves. Raises TooManyBitsError, DeadlineError where this cannot
    be asked."""

    def __init__(
        self,
        machine: Machine,
        initial: Sequence[dict[int, int]],
        moves: int,
        idle: Idle,
        deadline: Deadline,
    ) -> None:
        self.machine = machine
        self.moves = moves
        self.idle = idle
        self.deadline = deadline
        self.assertions: list[Condition] = []
        if machine.width * (moves + 1) > MOST_BITS:
            raise TooManyBitsError(f"runs of {moves:,} steps with {machine.width} bits a state")
        self._states = [self._first(initial), *(self._unknown(n) for n in range(1, moves + 1))]
        self._still: list[Condition] = []
        self._named = 0
        self._options = [self._move(number) for number in range(moves)]

    def _unknown(self, number: int) -> list[Value]:
        return [
            each.constant
            if each.constant is not None
            else symbol(f"state {number} field {each.index}", each.width)
            for each in self.machine.fields
        ]

    def _first(self, initial: Sequence[dict[int, int]]) -> list[Value]:
        """The fields of one of the initial states."""
        found: list[Value] = [initial[0][each.index] for each in self.machine.fields]
        chosen = [boolean(f"starts {n}") for n in range(1, len(initial))]
        self._add(at_most_one(chosen))
        for choice, fields in zip(chosen, initial[1:], strict=True):
            for index, value in enumerate(found):
                found[index] = merge(choice, fields[index], value)
        return found

    def _add(self, condition: Condition) -> None:
        if condition is not True:
            self.assertions.append(condition)

    # --- one move -------------------------------------------------------------------------------

    def _move(self, number: int) -> list[_Option]:
        before, after = self._states[number], self._states[number + 1]
        options = [*self._options_of(number)]
        still: Condition = False
        if self.idle != "never":
            still = boolean(f"nothing in move {number}")
        self._still.append(still)
        if self.idle == "at the end":
            for each in options:
                if not each.fault:
                    self._add(any_true(not_true(still), not_true(each.possible)))
        if self.idle != "never" and number:
            self._add(any_true(not_true(self._still[number - 1]), still))
        taken = [each.taken for each in options]
        self._add(any_true(still, *taken))
        self._add(at_most_one([still, *taken]))
        for each in options:
            self._add(any_true(not_true(each.taken), each.able))
        self._pass_on(options, before, after)
        return options

    def _options_of(self, number: int) -> Iterable[_Option]:
        """What could happen in a move."""
        before = self._states[number]
        for instance in self.machine.instances:
            where = instance.location_field
            for location, actions in self.machine.actions_by_location(instance.index):
                self.deadline.look()
                here = same(before[where], location)
                if here is False:
                    continue

                def load(field: int, where: int = where, location: int = location) -> Value:
                    return location if field == where else before[field]

                for action in actions:
                    for outcome in evaluate(action.body, load, deadline=self.deadline):
                        yield self._option(number, here, outcome, fault=action.fault)

    def _option(self, number: int, here: Condition, outcome: Outcome, *, fault: bool) -> _Option:
        self._named += 1
        able = all_true(here, outcome.guard)
        possible = all_true(here, any_true(outcome.guard, outcome.failing))
        taken: Condition = False
        if able is not False:
            taken = boolean(f"option {self._named} in move {number}")
        return _Option(outcome.step, possible, able, taken, outcome, fault)

    def _pass_on(
        self, options: Sequence[_Option], before: Sequence[Value], after: Sequence[Value]
    ) -> None:
        """What each field is after a move."""
        for field in self.machine.fields:
            if field.constant is not None:
                continue
            value = before[field.index]
            for each in options:
                written = each.outcome.fields.get(field.index)
                if written is not None and each.taken is not False:
                    value = merge(each.taken, fits(written, field.width), value)
            self._add(same(after[field.index], value))

    # --- what is asked of a run -----------------------------------------------------------------

    def load(self, number: int) -> Callable[[int], Value]:
        """The fields of a state of the run, from 0."""
        return self._states[number].__getitem__

    def still(self, number: int) -> Condition:
        """Whether nothing happens in a move."""
        return self._still[number]

    def possible(self, number: int, steps: frozenset[int]) -> Condition:
        """Whether one of some steps is possible in the state before a move; it counts where it
        would run into an error."""
        return any_true(*(e.possible for e in self._options[number] if e.step in steps))

    def taken(self, number: int, steps: frozenset[int]) -> Condition:
        """Whether one of some steps is taken in a move."""
        return any_true(*(e.taken for e in self._options[number] if e.step in steps))

    def alike(self, one: int, other: int) -> Condition:
        """Whether two states of the run are the same."""
        pairs = zip(self._states[one], self._states[other], strict=True)
        return all_true(*(same(left, right) for left, right in pairs))

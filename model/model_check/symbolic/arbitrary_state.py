"""A state about which nothing is known but that it is one, and what steps make of it.

A statement about all states of a machine, reachable or not, needs no runs: every field is an
unknown. It is assumed of such a state that its variables hold values of their types, and that
the layout has room for what a step does: so it is in every state that is reached, for the
search would have found it out otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..budget.deadline import FOREVER, Deadline
from ..machine.core import Action, Machine
from .bit_vectors import Value, fits, symbol
from .evaluation import Outcome, evaluate
from .events import packed
from .terms import Condition
from .wellformed import is_wellformed

__all__ = ["ArbitraryState", "State"]


class ArbitraryState:
    """The fields of a state, as far as they are asked for: those `known`, and unknown ones."""

    def __init__(
        self, machine: Machine, known: Mapping[int, Value], deadline: Deadline = FOREVER
    ) -> None:
        self.machine = machine
        self.deadline = deadline
        self.known = known
        self.growth = frozenset(f.code for f in machine.failures if f.unfinished)
        self._fields: dict[int, Value] = {}

    def field(self, index: int) -> Value:
        """A field's raw value."""
        if index not in self._fields:
            unknown = symbol(f"field {index}", self.machine.fields[index].width)
            self._fields[index] = self.known.get(index, unknown)
        return self._fields[index]

    def wellformed(self) -> list[Condition]:
        """That the variables that were asked for hold values."""
        asked = set(self._fields)
        return [
            is_wellformed(variable.shape, packed(self.machine, number, self.field))
            for number, variable in enumerate(self.machine.variables)
            if asked & set(variable.fields)
        ]


class State:
    """An unknown state, of which the fields `changed` have been given a value since."""

    def __init__(self, start: ArbitraryState, changed: Mapping[int, Value] | None = None) -> None:
        self.start = start
        self.changed = changed or {}

    def load(self, field: int) -> Value:
        """A field's raw value."""
        value = self.changed.get(field)
        return self.start.field(field) if value is None else value

    def moves(self, action: Action) -> list[Outcome]:
        """What an action can do here, if it stands where it begins. Raises DeadlineError."""
        return evaluate(action.body, self.load, self.start.growth, self.start.deadline)

    def after(self, outcome: Outcome) -> State:
        """The state that an outcome leads to."""
        fields = self.start.machine.fields
        made = {index: fits(value, fields[index].width) for index, value in outcome.fields.items()}
        return State(self.start, {**self.changed, **made})

"""A state about which nothing is known but that it is one, and what steps make of it.

A statement about all states of a machine, reachable or not, needs no runs: every field is an
unknown. It is assumed of such a state that its variables hold values of their types, and that
the layout has room for what a step does: so it is in every state that is reached, for the
search would have found it out otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..budget.deadline import FOREVER, Deadline
from ..machine.core import Machine, Shape
from ..machine.rewrite import Block
from ..machine.shapes import raw_count
from .bit_vectors import Bits, Value, fits, symbol
from .evaluation import Outcome, evaluate
from .events import packed
from .terms import Condition, constant, not_true, relation
from .wellformed import is_wellformed

__all__ = ["ArbitraryState", "State", "highest_values"]


class ArbitraryState:
    """The fields of a state, as far as they are asked for: those `known`, and unknown ones."""

    def __init__(
        self,
        machine: Machine,
        known: Mapping[int, Value],
        deadline: Deadline = FOREVER,
        highest: Mapping[int, int] | None = None,
    ) -> None:
        """`highest`: see `highest_values`; what is computed of unknowns that are known to be small
        needs fewer bits."""
        self.machine = machine
        self.highest = highest or {}
        self.deadline = deadline
        self.known = known
        self.growth = frozenset(f.code for f in machine.failures if f.unfinished)
        self._fields: dict[int, Value] = {}
        self._small: list[Condition] = []

    def field(self, index: int) -> Value:
        """A field's raw value; 0 of one that there is not."""
        if index >= len(self.machine.fields):
            return 0
        if index not in self._fields:
            unknown = self.unknown(index)
            self._fields[index] = self.known.get(index, unknown)
        return self._fields[index]

    def unknown(self, index: int, name: str = "field") -> Value:
        """Anything that a field may hold."""
        value = symbol(f"{name} {index}", self.machine.fields[index].width)
        if isinstance(value, Bits) and index in self.highest:
            high = self.highest[index]
            # Whoever sees how high it is at the most does not say so any more.
            more = relation("bvult", constant(high, value.term.width), value.term)
            self._small.append(not_true(more))
            return Bits(value.term, 0, high)
        return value

    def knows(self, index: int) -> bool:
        """Whether a field was asked for."""
        return index in self._fields

    def wellformed(self) -> list[Condition]:
        """That the variables that were asked for hold values."""
        asked = set(self._fields)
        return self._small + [
            is_wellformed(variable.shape, packed(self.machine, number, self.field))
            for number, variable in enumerate(self.machine.variables)
            if asked & set(variable.fields)
        ]


def highest_values(machine: Machine) -> dict[int, int]:
    """The highest raw values that fields have in a state whose variables hold values: of lengths of
    lists, and of numbers in a range, where that is less than there are bits for."""
    found: dict[int, int] = {}
    for variable in machine.variables:
        highest = _highest(variable.shape)
        for index, high in zip(variable.fields, highest, strict=True):
            if high is not None and 0 < high < machine.fields[index].mask:
                found[index] = high
    return found


def _highest(shape: Shape) -> list[int | None]:
    """Of each field of a variable, in the order of `machine.lowering.storage`."""
    match shape.kind:
        case "list":
            return [shape.capacity, None]
        case "option":
            return [1, *_highest(shape.parts[0])]
        case "record" | "dict":
            return [each for part in shape.parts for each in _highest(part)]
        case "scalar":
            return [raw_count(shape) - 1]
    return [None]


class State:
    """An unknown state, of which the fields `changed` have been given a value since."""

    def __init__(self, start: ArbitraryState, changed: Mapping[int, Value] | None = None) -> None:
        self.start = start
        self.changed = changed or {}

    def load(self, field: int) -> Value:
        """A field's raw value."""
        value = self.changed.get(field)
        return self.start.field(field) if value is None else value

    def outcomes(self, bodies: Iterable[Block]) -> list[Outcome]:
        """What some bodies can do here. Raises DeadlineError."""
        start = self.start
        return [
            each
            for body in bodies
            for each in evaluate(body, self.load, start.growth, start.deadline)
        ]

    def after(self, outcome: Outcome) -> State:
        """The state that an outcome leads to."""
        fields = self.start.machine.fields
        made = {
            index: fits(value, fields[index].width) if index < len(fields) else value
            for index, value in outcome.fields.items()
        }
        return State(self.start, {**self.changed, **made})

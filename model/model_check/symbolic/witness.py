"""A run, done again on the machine itself: what a witness must survive to be shown.

The search works on generated functions and remembered transitions; here the bodies of the
steps are evaluated one by one, with numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..machine.core import Formula, Machine
from .bit_vectors import condition_of, fits
from .evaluation import Outcome, evaluate, evaluate_formula, fields_of
from .occurrences import ANYWHERE, BEGINNING, Label, label_of

__all__ = ["WitnessRun"]

Fields = tuple[int, ...]


class WitnessRun:
    """All that can have happened in a run of given events: `histories` are the state
    sequences (several where a step chooses freely)."""

    def __init__(self, machine: Machine, initial: Sequence[int], run: Sequence[Label]) -> None:
        self.machine = machine
        self.histories = [[state] for state in initial]
        for event in run:
            self.histories = [
                [*history, after]
                for history in self.histories
                for after in self._after(history[-1], event)
            ]

    def _outcomes(self, state: int, instance: int, *, faults: bool) -> list[Outcome]:
        fields = fields_of(self.machine, state)
        place = fields[self.machine.instances[instance].location_field]
        return [
            outcome
            for action in self.machine.actions_at(instance, place)
            if faults or not action.fault
            for outcome in evaluate(action.body, fields.__getitem__)
        ]

    def _after(self, state: int, event: Label) -> list[int]:
        if event.instance == BEGINNING:
            return [state] * self._left_by(state, event)
        if event.at not in (ANYWHERE, self.machine.places(state)[event.instance]):
            return []
        found: dict[int, None] = {}
        for outcome in self._outcomes(state, event.instance, faults=True):
            same = label_of(self.machine, state, outcome.step) == event.plain
            if same and outcome.guard is True:
                after = state
                for index, value in outcome.fields.items():
                    field = self.machine.fields[index]
                    raw = fits(value, field.width)
                    assert isinstance(raw, int)
                    after = after & ~field.bits | raw << field.offset
                if self._left_by(after, event):
                    found[after] = None
        return list(found)

    def _left_by(self, state: int, event: Label) -> bool:
        """Whether a state has what was chosen in an event."""
        variables = self.machine.variables
        return all(self.machine.packed(variables[v], state) == raw for v, raw in event.chosen)

    def goes_on(self, state: int) -> bool:
        """Whether something can happen in a state but what may go wrong, be it that it fails."""
        instances = range(len(self.machine.instances))
        return any(self._outcomes(state, each, faults=False) for each in instances)

    def ends(self) -> list[list[int]]:
        """The histories at whose end nothing can happen but what may go wrong."""
        return [history for history in self.histories if not self.goes_on(history[-1])]

    def is_defined(self, formula: Formula, state: int) -> bool:
        """Whether a formula can be evaluated in a state."""
        return evaluate_formula(formula, fields_of(self.machine, state).__getitem__)[1] is True

    def judge(self, formula: Formula, wrong: int) -> Callable[[int], bool]:
        """Says of a state whether a formula is `wrong` there."""

        def violates(state: int) -> bool:
            fields = fields_of(self.machine, state)
            value, defined = evaluate_formula(formula, fields.__getitem__)
            return defined is True and condition_of(value) is bool(wrong)

        return violates

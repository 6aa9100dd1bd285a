"""From a formula and states to its value in each.

A formula reads few of the state's fields; its answer is remembered for each combination of
their values, as the search remembers differences.
"""

from __future__ import annotations

from ..explore.memo import GrowthNeededError
from ..machine.effects import fields_read
from ..machine.python.program import Evaluator
from ..machine.shapes import decode
from ..results.check import Value

__all__ = ["UNDEFINED", "UNKNOWN", "Answers", "StepAnswers"]

UNDEFINED = "(undefined)"
"""What a trace shows for an expression that runs into an error in a state ..."""
UNKNOWN = "(beyond a limit)"
"""... and for one that meets a limit of this tool."""


class Answers(dict[int, int]):
    """The packed value of a formula by masked state; negative: minus the code of the failure
    that it runs into. Raises GrowthNeededError where the layout has no room for a value on
    the way (see `check_spec`)."""

    def __init__(self, asked: Evaluator) -> None:
        super().__init__()
        self.formula = formula = asked.formula
        self.failure = asked.failure
        self._answer = asked.answer
        self.mask = asked.machine.bits(fields_read(formula))

    def __missing__(self, key: int) -> int:
        answer = int(self._answer(key))
        if answer < 0 and self.failure(answer).kind == "growth":
            # The layout is too small, not the model wrong.
            raise GrowthNeededError(-answer)
        self[key] = answer
        return answer

    def of(self, state: int) -> int:
        """The packed value in a state, or minus a failure's code."""
        return self[state & self.mask]

    def value(self, state: int) -> Value:
        """The value in a state."""
        bits = self.of(state)
        if bits < 0:
            return UNKNOWN if self.failure(bits).kind == "limit" else UNDEFINED
        return decode(self.formula.shape, bits)


class StepAnswers(dict[tuple[int, int], int]):
    """The truth of a formula that speaks of a step, by the masked states after it and before it;
    negative, and raising, as `Answers`."""

    def __init__(self, asked: Evaluator) -> None:
        super().__init__()
        self.failure = asked.failure
        self._answer = asked.answer
        self._masks = [
            asked.machine.bits(fields_read(asked.formula, old=old)) for old in (False, True)
        ]

    def __missing__(self, key: tuple[int, int]) -> int:
        answer = int(self._answer(*key))
        if answer < 0 and self.failure(answer).kind == "growth":
            raise GrowthNeededError(-answer)
        self[key] = answer
        return answer

    def of(self, before: int, after: int) -> int:
        """The answer of the step between two states."""
        own, old = self._masks
        return self[after & own, before & old]

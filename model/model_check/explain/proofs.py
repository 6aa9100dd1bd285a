"""What z3 says of a reason: from the machine, and not from the explored space.

In: sets of facts. Out: whether z3 proves that they force the violation, and that they are all; or
why it was not asked, or gave no answer. Of the space it gets only how many events each process has
at the most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property

from ..budget.deadline import Deadline, DeadlineError
from ..explore.space import Space
from ..symbolic.answer import OUT_OF_WORK, Answer
from ..symbolic.bit_vectors import TooManyBitsError
from ..symbolic.facts import Fact
from ..symbolic.occurrences import Occurrence
from .runs import RunGraph
from .violation import Violation

__all__ = ["Proofs"]

# The clauses of an order of n events grow with n * n * n.
MOST_EVENTS = 150

NOT_OF_STATES = "z3 was not asked: it is asked about states, and here a run or a step violates"


class Proofs:
    """Asks z3 about the facts of one violation. `whole`: gives all transitions of the space,
    whatever violates."""

    def __init__(
        self, space: Space, violation: Violation, whole: Callable[[], RunGraph], deadline: Deadline
    ) -> None:
        self.space = space
        self.violation = violation
        self.whole = cache(whole)
        self.deadline = deadline

    def ask(self, facts: Sequence[Fact], *, in_time: bool) -> tuple[Answer, str]:
        """Whether the facts force it in all runs (NO: refuted), and why that is not known.
        `in_time`: whole runs are asked."""
        if in_time or not self.violation.can_be_replayed:
            return Answer.UNKNOWN, NOT_OF_STATES
        if not self.whole().is_acyclic():
            return Answer.UNKNOWN, "runs can be of any length: z3 was not asked"
        return self._asked(facts, self._longest, None)

    def ask_of_these(self, facts: Sequence[Fact], run: Sequence[Occurrence]) -> tuple[Answer, str]:
        """The same of the runs that take exactly these steps."""
        instances = range(len(self.space.machine.instances))
        bounds = tuple(sum(e.label.instance == i for e in run) for i in instances)
        return self._asked(facts, bounds, run)

    def _asked(
        self, facts: Sequence[Fact], bounds: Sequence[int], fixed: Sequence[Occurrence] | None
    ) -> tuple[Answer, str]:
        if sum(bounds) > MOST_EVENTS:
            return Answer.UNKNOWN, f"runs have more than {MOST_EVENTS} events: z3 was not asked"
        try:
            answer = self.violation.is_forced(self._initial, bounds, facts, fixed, self.deadline)
        except DeadlineError:
            answer = Answer.UNKNOWN
        except TooManyBitsError as wide:
            return Answer.UNKNOWN, f"z3 was not asked: {wide}"
        if answer is Answer.UNKNOWN:
            why = self.deadline.why()
            return answer, f"z3 gave no answer: {why}" if why else OUT_OF_WORK
        return answer, ""

    def another(self, facts: Sequence[Fact]) -> Answer:
        """Whether other facts force it as well, where some were asked about before."""
        return self._asked(facts, self._longest, None)[0]

    def covered(self, sets: Sequence[Sequence[Fact]]) -> Answer:
        """Whether every violating run keeps one of the sets."""
        try:
            return self.violation.is_covered(self._initial, self._longest, sets, self.deadline)
        except (DeadlineError, TooManyBitsError):
            return Answer.UNKNOWN

    @property
    def _initial(self) -> list[int]:
        return [self.space.states[i] for i in range(self.space.initial)]

    @cached_property
    def _longest(self) -> tuple[int, ...]:
        """The most events of each instance in a run."""
        return self.whole().longest(len(self.space.machine.instances))

"""A second judge: z3, on the machine, for runs of a bounded number of steps.

It shares with the search nothing but the machine and its initial states. The runs are encoded as
for a reason (`encoding`): events by position, state by data flow, nothing unrolled step by
step. Every instance may take as many steps as the whole run may have.

A property that the search found violated, first after L steps, must be violated by a run of
at most L steps and by none of at most L - 1. One that holds must not be violated by any run
of at most as many steps as the space is deep. Either is one or two questions to z3; where
it has no answer in the time given, nothing is claimed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Literal

from ..budget.deadline import Deadline, DeadlineError
from ..budget.spending import Ask, never, why_of
from ..explore.space import Space
from ..language.forms import Form
from ..machine.python.program import initial_states
from ..results.check import PropertyResult, SecondOpinion
from ..verify.verdicts import Judgement
from .answer import Answer
from .bit_vectors import TooManyBitsError
from .encoding import BegunRuns, RunEncoding
from .evaluation import fields_of
from .events import Skeleton
from .terms import Condition, all_true, not_true

__all__ = ["MOST_EVENTS", "second_opinion"]

# The clauses of an order of n events grow with n * n * n.
MOST_EVENTS = 150


def second_opinion(
    space: Space,
    judgement: Judgement,
    result: PropertyResult,
    *,
    timeout: float = 30.0,
    interrupted: Ask = never,
) -> SecondOpinion:
    """What z3 says of a property's verdict.

    timeout: seconds of CPU for all that is asked.
    """
    started = time.monotonic()
    judge = _BoundedJudge(space, result, Deadline.of_work(timeout, interrupted))
    numbers = judgement.violating.get(result.name)
    steps = space.depth if numbers is None else min(map(space.depth_of, numbers))

    def told(agrees: Answer, note: str = "") -> SecondOpinion:
        return SecondOpinion(_WORDS[agrees], steps, note, time.monotonic() - started)

    if result.verdict == "undetermined":
        return told(Answer.UNKNOWN, "the search did not decide it")
    if why := _not_asked(result):
        return told(Answer.UNKNOWN, f"z3 was not asked: {why}")
    try:
        if numbers is None:
            agrees = judge.is_violated(steps).opposite
        else:
            agrees = judge.is_violated(steps)
            if agrees is Answer.YES and steps > 0:
                agrees = judge.is_violated(steps - 1).opposite
        return told(agrees, judge.why() if agrees is Answer.UNKNOWN else "")
    except TooManyBitsError as wide:
        return told(Answer.UNKNOWN, f"z3 was not asked: {wide}")
    except DeadlineError:
        return told(Answer.UNKNOWN, judge.why())


def _not_asked(result: PropertyResult) -> str:
    """What no state at the end of a bounded run can tell, in words; "" where one can."""
    if result.trace is not None and result.trace.end == "loop":
        return "this run never ends, and only runs of so many steps are encoded"
    if result.trace is not None and result.trace.end == "rest":
        return "more could happen after this run, and only ends are encoded where nothing can"
    if result.form.asks_runs:
        return "a run as a whole is judged, and only the last state of one is encoded"
    if result.form.of_steps:
        return "a step is judged, and only the last state of a run is encoded"
    if result.form.somewhere:
        return "a state is asked for, and only what violates is encoded"
    return ""


_WORDS: Mapping[Answer, Literal["agrees", "disagrees", "undetermined"]] = {
    Answer.YES: "agrees", Answer.NO: "disagrees", Answer.UNKNOWN: "undetermined",
}  # fmt: skip


class _BoundedJudge:
    def __init__(self, space: Space, result: PropertyResult, deadline: Deadline) -> None:
        # With all its values: that some can be forgotten is judged again too.
        self.machine = space.program.whole.machine
        self.form = result.form
        self.name = result.name
        self.deadline = deadline
        initial = dict.fromkeys(initial_states(self.machine))
        self.initial = [fields_of(self.machine, state) for state in initial]

    def why(self) -> str:
        """Why there is no answer."""
        return why_of(self.deadline.interrupted) or "z3 gave no answer in its time"

    def is_violated(self, steps: int) -> Answer:
        """Whether some run of at most this many steps violates."""
        answer = Answer.NO
        for encoding, claim in self._claims(steps):
            claim = all_true(claim, not_true(encoding.longer_than(steps)))
            impossible = encoding.is_impossible(claim)
            if impossible is Answer.NO:
                return Answer.YES
            if impossible is Answer.UNKNOWN:
                answer = Answer.UNKNOWN
        return answer

    def _claims(self, steps: int) -> Iterator[tuple[RunEncoding, Condition]]:
        """Runs, and what makes one of them violate."""
        formula = self.machine.formulas.properties.get(self.name)
        if self.form.on_error:
            yield from self._errors(steps)
            return
        runs = self._asked(self.form, steps)
        if formula is None:
            yield runs, all_true(not_true(runs.ended()), self._inside(runs))
        else:
            wrong = runs.violated_at_end(formula, self.form.wrong_answer)
            yield runs, all_true(wrong, self._inside(runs)) if self.form.at_ends else wrong

    def _inside(self, runs: RunEncoding) -> Condition:
        """Whether the end of a run is one, and not where `within` cuts it off."""
        within = self.machine.formulas.within
        return all_true(*(not_true(runs.violated_at_end(each, 0)) for each in within))

    def _errors(self, steps: int) -> Iterator[tuple[RunEncoding, Condition]]:
        """A step that fails, or a property that cannot be evaluated where it is asked."""
        begun = self._begun(steps)
        yield begun, begun.fails_at_end()
        for each in self.machine.spec.properties:
            if each.formula is not None:
                asked = self._asked(each.form, steps)
                wrong = asked.undefined_at_end(self.machine.formulas.properties[each.name])
                yield asked, all_true(wrong, self._inside(asked)) if each.form.at_ends else wrong

    def _asked(self, form: Form, steps: int) -> RunEncoding:
        """The runs whose last state a form looks at."""
        return self._complete(steps) if form.at_ends else self._begun(steps)

    def _skeleton(self, steps: int) -> Skeleton:
        return Skeleton(self.machine, self.initial, [steps] * len(self.machine.instances))

    def _begun(self, steps: int) -> RunEncoding:
        return self._bounded(BegunRuns(self._skeleton(steps), self.deadline))

    def _complete(self, steps: int) -> RunEncoding:
        return self._bounded(RunEncoding(self._skeleton(steps), deadline=self.deadline))

    def _bounded(self, encoding: RunEncoding) -> RunEncoding:
        if sum(encoding.precedence.counts) > MOST_EVENTS:
            raise TooManyBitsError(f"runs of more than {MOST_EVENTS} events")
        return encoding

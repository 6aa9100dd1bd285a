"""A second judge: z3, on the machine, for runs of a bounded number of steps.

It shares with the search nothing but the machine and its initial states. The runs are encoded as
for a reason (`encoding`): events by position, state by data flow, nothing unrolled step by
step. Every instance may take as many steps as the whole run may have.

A property that the search found violated, first after L steps, must be violated by a run of
at most L steps and by none of at most L - 1. One that holds must not be violated by any run
of at most as many steps as the space is deep. Either is one or two questions to z3; where
it has no answer in the time given, nothing is claimed.

What asks whole runs is asked of runs that have ended after so many steps, and of those that have
come back by then to a state before (if need be, but for what nobody reads any more) and go round
for ever, fairly (`lassos`); where some run may run into an error, or out of `within`, also of those
that no continuation could make right any more (`bad_prefixes`). What asks steps, of runs move by
move. What should be possible is shown by a run after L steps, and by none sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from ..budget.deadline import Deadline, DeadlineError
from ..budget.spending import Ask, never
from ..explore.space import Space
from ..language.forms import Form
from ..machine.core import Machine
from ..machine.python.program import initial_states
from ..results.check import PropertyResult, SecondOpinion
from ..verify.judgement import Judgement
from ..verify.same_state import SameState
from ..verify.temporal import keeping
from .answer import OUT_OF_WORK, Answer
from .bad_prefixes import becomes_bad
from .bit_vectors import TooManyBitsError, condition_of
from .encoding import BegunRuns, RunEncoding
from .evaluation import can_fail, evaluate_formula, evaluate_step, fields_of
from .events import Skeleton
from .lassos import ended_run, false_of, lasso
from .solver import is_satisfiable
from .terms import Condition, all_true, any_true, not_true, script
from .unrolling import Idle, Unrolling

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

    timeout: seconds of work for all that is asked, counted (see `Deadline.of_work`).
    """
    started = time.monotonic()
    judge = _BoundedJudge(space, result, Deadline.of_work(timeout, interrupted))
    steps = _steps(space, judgement, result)

    def told(agrees: Answer, note: str = "") -> SecondOpinion:
        return SecondOpinion(_WORDS[agrees], steps, note, time.monotonic() - started)

    if result.verdict == "undetermined":
        return told(Answer.UNKNOWN, "the search did not decide it")
    if result.trace is not None and result.trace.end == "rest":
        why = "a run may stay where more could happen, and z3 knows of ends where nothing can"
        return told(Answer.UNKNOWN, f"z3 was not asked: {why}")
    try:
        agrees, note = judge.agrees(result, steps)
        return told(agrees, judge.why() if agrees is Answer.UNKNOWN else note)
    except TooManyBitsError as wide:
        return told(Answer.UNKNOWN, f"z3 was not asked: {wide}")
    except DeadlineError:
        return told(Answer.UNKNOWN, judge.why())


def _steps(space: Space, judgement: Judgement, result: PropertyResult) -> int:
    """The steps after which the search has first seen what it tells; where it has seen nothing, to
    the farthest state."""
    form, trace = result.form, result.trace
    if trace is not None and (form.somewhere or trace.end == "loop"):
        return len(trace.steps)
    if trace is not None and (form.asks_runs or form.of_steps):
        return min([each.length for each in result.endings] or [len(trace.steps)])
    numbers = judgement.violating.get(result.name)
    return space.depth if numbers is None else min(map(space.depth_of, numbers))


_WORDS: Mapping[Answer, Literal["agrees", "disagrees", "undetermined"]] = {
    Answer.YES: "agrees", Answer.NO: "disagrees", Answer.UNKNOWN: "undetermined",
}  # fmt: skip


SOONER = "by one that has sooner"
_Question = Callable[[int], Answer]
"""Whether some run of at most so many steps does something."""


def _first_after(steps: int, question: _Question) -> Answer:
    """Whether the answer is yes for so many steps, and no for fewer."""
    answer = question(steps)
    if answer is Answer.YES and steps > 0:
        answer = question(steps - 1).opposite
    return answer


class _BoundedJudge:
    def __init__(self, space: Space, result: PropertyResult, deadline: Deadline) -> None:
        # With all its values: that some can be forgotten is judged again too.
        self.program = space.program
        self.machine = space.program.whole.machine
        self.property = next(
            each for each in self.machine.spec.properties if each.name == result.name
        )
        self.form = result.form
        self.name = result.name
        self.went_wrong = result.by_then
        self.breaks_off = bool(space.errors or space.outside)
        self.deadline = deadline
        self.initial = _initial(self.machine)

    def why(self) -> str:
        """Why there is no answer."""
        return self.deadline.why() or OUT_OF_WORK

    def agrees(self, result: PropertyResult, steps: int) -> tuple[Answer, str]:
        """Whether a verdict is right for runs of at most so many steps, and what else there is to
        say."""
        if self.form.somewhere:
            if result.verdict == "holds":
                return _first_after(steps, self.is_shown), ""
            return self.is_shown(steps).opposite, ""
        if result.trace is not None and result.trace.end == "loop":
            return self._endless(result, steps)
        if result.verdict == "violated":
            return _first_after(steps, self._question), ""
        answers = [self._question(steps).opposite]
        if self.form.in_time and answers[-1] is Answer.YES:
            answers.append(self.goes_round(self.machine, steps).opposite)
        if self.form.asks_runs and self.breaks_off and answers[-1] is Answer.YES:
            answers.append(self.goes_wrong(steps).opposite)
        return answers[-1], ""

    def _endless(self, result: PropertyResult, steps: int) -> tuple[Answer, str]:
        """Whether a run without an end violates, and none that ends; where the search was free to
        show any of them, the first one, it may not be the shortest."""
        answer, machine = self._question(steps).opposite, self.machine
        if answer is Answer.YES:
            answer = self.goes_round(machine, steps)
            same = SameState(self.program, result.name).forgetting
            if answer is Answer.NO and same is not None:
                # It need not come back to what nobody reads.
                machine = same.machine
                answer = self.goes_round(machine, steps)
        prefers = self.machine.formulas.preferences.get(result.name)
        if answer is not Answer.YES or steps <= 1 or prefers:
            return answer, ""
        sooner = self.goes_round(machine, steps - 1)
        if sooner is Answer.UNKNOWN:
            return sooner, ""
        return Answer.YES, SOONER if sooner is Answer.YES else ""

    @property
    def _question(self) -> _Question:
        """Whether some run of at most so many steps violates by what it has come to by then."""
        if self.form.of_steps:
            return self.is_broken_by_a_step
        if self.went_wrong:
            return self.goes_wrong
        return self.ends_badly if self.form.asks_runs else self.is_violated

    def is_shown(self, steps: int) -> Answer:
        """Whether some run of at most so many steps comes to what should be possible."""
        runs = self._begun(steps)
        formula = self.machine.formulas.properties[self.name]
        claim = runs.violated_at_end(formula, 1 - self.form.wrong_answer)
        return runs.is_impossible(all_true(claim, not_true(runs.longer_than(steps)))).opposite

    def is_broken_by_a_step(self, steps: int) -> Answer:
        """Whether one of the first so many steps of some run is wrong."""
        run = self._unrolled(self.machine, steps, "from some move on")
        formula = self.machine.formulas.of_steps[self.name]
        wrong = []
        for number in range(steps):
            value, defined = evaluate_step(formula, run.load(number), run.load(number + 1))
            is_wrong = all_true(defined, not_true(condition_of(value)))
            wrong.append(all_true(not_true(run.still(number)), is_wrong))
        return self._is_there(run, any_true(*wrong))

    def ends_badly(self, steps: int) -> Answer:
        """Whether some run that has ended after at most so many steps violates."""
        run = self._unrolled(self.machine, steps + 1, "at the end")
        ended, back = ended_run(run)
        for each in self.machine.formulas.within:
            # Where the exploring was cut off, a run does not end.
            ended = all_true(ended, condition_of(evaluate_formula(each, run.load(steps))[0]))
        return self._is_there(run, all_true(ended, false_of(run, back, self.property)))

    def goes_round(self, machine: Machine, steps: int) -> Answer:
        """Whether some fair run violates that has no end, and has come back by so many steps to a
        state of this machine, which may be one that forgets."""
        if not steps:
            return Answer.NO
        run = self._unrolled(machine, steps, "never")
        claim, back = lasso(run)
        return self._is_there(run, all_true(claim, false_of(run, back, self.property)))

    def goes_wrong(self, steps: int) -> Answer:
        """Whether some run is by so many steps one that no continuation could make right."""
        run = self._unrolled(self.machine, steps, "from some move on")
        return self._is_there(run, becomes_bad(run, self.property, keeping(self.property)))

    def _unrolled(self, machine: Machine, moves: int, idle: Idle) -> Unrolling:
        return Unrolling(machine, _initial(machine), moves, idle, self.deadline)

    def _is_there(self, run: Unrolling, claim: Condition) -> Answer:
        return is_satisfiable(script([*run.assertions, claim]), self.deadline)

    def is_violated(self, steps: int) -> Answer:
        """Whether some run of at most this many steps comes to a state that violates."""
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
        formulas = self.machine.formulas
        if any(map(can_fail, formulas.of_steps.values())):
            raise TooManyBitsError("a property of steps that may have no value")
        for each in self.machine.spec.properties:
            if each.formula is not None:
                asked = self._asked(each.form, steps)
                wrong = asked.undefined_at_end(formulas.properties[each.name])
                yield asked, all_true(wrong, self._inside(asked)) if each.form.at_ends else wrong
            for formula in formulas.atoms.get(each.name, ()):
                yield begun, begun.undefined_at_end(formula)

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


def _initial(machine: Machine) -> list[dict[int, int]]:
    """The initial states of a machine, field by field."""
    return [fields_of(machine, state) for state in dict.fromkeys(initial_states(machine))]

"""What it means that a run violates a property: said to the search, to z3 and to a replay."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..budget.deadline import Deadline
from ..explore.space import is_final
from ..language.forms import Form
from ..language.temporal import Formula, Next, parts_of
from ..language.tree.spec import Property
from ..machine.core import Formula as StateFormula
from ..machine.effects import fields_read, fields_written
from ..machine.python.program import Program
from ..symbolic.answer import Answer
from ..symbolic.encoding import RunEncoding
from ..symbolic.evaluation import can_fail, fields_of
from ..symbolic.events import Skeleton
from ..symbolic.facts import Fact, events_of
from ..symbolic.movers import Movers, Observation
from ..symbolic.occurrences import Label, Occurrence
from ..symbolic.terms import Condition, all_true, not_true
from ..symbolic.witness import WitnessRun
from ..verify.formulas import StepAnswers
from .rearrangements import NO_ROOM
from .relevance import steps_that_matter

__all__ = ["Violation"]


class Violation:
    """A property, and when a run violates it. `movers` are those of its machine, where they are
    known already."""

    def __init__(
        self, program: Program, form: Form, name: str, movers: Movers | None = None
    ) -> None:
        self.program = program
        self.movers = Movers(program.machine) if movers is None else movers
        self.machine = program.machine
        self.form = form
        self.name = name
        self._formulas = self.machine.formulas.properties
        self._asked = program.formulas.properties.get(name)
        self.formula = self._formulas.get(name)
        self._fallible: tuple[Property, ...] = ()
        self._skeletons: dict[tuple[tuple[int, ...], tuple[int, ...]], Skeleton] = {}
        if form.on_error:
            self._fallible = tuple(
                each
                for each in self.machine.spec.properties
                if each.formula is not None and can_fail(self._formulas[each.name])
            )

    def why_unknown(self) -> str:
        """Why it is not known of every run whether it violates; "" if it is. What breaks a step, or
        a run as a whole, by having no value is not looked for here: only states are."""
        formulas = self.machine.formulas
        if not self.form.on_error:
            return ""
        in_time = [each for group in formulas.atoms.values() for each in group]
        if any(map(can_fail, (*formulas.of_steps.values(), *in_time))):
            return (
                "which order of events forces it is not looked for: a property of steps, or of "
                "whole runs, may have no value"
            )
        return ""

    def violates(self, state: int) -> bool:
        """Whether a state violates; for those about the end, asked of ends. Where an error breaks
        it, a state does in which a property cannot be evaluated; and so does a run whose last step
        cannot be taken."""
        if self.form.on_deadlock:
            return not is_final(self.machine, state)
        if self.form.on_error:
            return self.undefined(state) is not None
        return self._asked is not None and self._asked.answer(state) == self.form.wrong_answer

    def passing(self, state: int) -> bool:
        """Whether a state violates also where a run goes on from it: what asks ends is asked of
        none then, though what may go wrong leads on from one."""
        if self.form.on_error:
            return self.undefined(state, at_end=False) is not None
        return self.violates(state)

    def undefined(self, state: int, *, at_end: bool = True) -> tuple[str, int] | None:
        """The first property that cannot be evaluated in a state where it is asked, with the
        code of the failure; None if all can. `at_end`: a run may end there. Raises ValueError in
        a state beyond those explored for which the layout has no room."""
        for each in self._fallible:
            if each.form.at_ends and not at_end:
                continue
            asked = self.program.formulas.properties[each.name]
            answer = asked.answer(state)
            if answer < 0 and asked.failure(answer).kind == "growth":
                raise ValueError(NO_ROOM)
            if answer < 0 and (not each.form.at_ends or self.program.is_end(state)):
                return each.name, -answer
        return None

    def steps_that_matter(self, states: Sequence[int]) -> frozenset[int]:
        """The steps that can make a difference to whether a run through these states violates."""
        name = self.name
        counted = any(e.name == name and _counts_steps(e) for e in self.machine.spec.properties)
        if counted or self._breaks_unchanged(states):
            return frozenset(step.index for step in self.machine.steps)
        on_error, on_deadlock = self.form.on_error, self.form.on_deadlock
        asked = self._all_asked()
        return steps_that_matter(self.machine, asked, deadlocks=on_deadlock, errors=on_error)

    def _breaks_unchanged(self, states: Sequence[int]) -> bool:
        """Whether a step violates that changes nothing of what the property reads: any may."""
        if not self.form.of_steps:
            return False
        asked = StepAnswers(self.program.formulas.of_steps[self.name])
        return any(asked.of(state, state) == 0 for state in states)

    @property
    def asks_ends(self) -> bool:
        """Whether it takes an end to violate: then whoever goes on for ever prevents it."""
        return self.form.on_deadlock or any(each.form.at_ends for each in self._fallible)

    def steps_seen(self) -> frozenset[int]:
        """The steps that change what the property itself reads: where it is violated, they are what
        is seen of it."""
        fields = frozenset[int]().union(*map(fields_read, self._all_asked()))
        return frozenset(
            step
            for instance in self.machine.instances
            for action in self.machine.actions_of(instance.index)
            if fields & fields_written(action.body)
            for step in action.steps
        )

    def _all_asked(self) -> list[StateFormula]:
        name, formulas = self.name, self.machine.formulas
        asked = [*formulas.asked_of_runs(name)] if self.form.in_time else []
        asked += [each[name] for each in (formulas.properties, formulas.of_steps) if name in each]
        return asked + [self._formulas[each.name] for each in self._fallible]

    @property
    def can_be_replayed(self) -> bool:
        """Whether states by themselves tell a run that violates: then a witness is done again, and
        z3 may be asked."""
        return not (self.form.of_steps or self.form.asks_runs)

    def is_good(
        self,
        initial: Sequence[int],
        run: Sequence[Label],
        *,
        at_end: bool,
    ) -> bool:
        """Whether the machine has a run of these events, complete if `at_end`, that does not
        violate."""
        replay = WitnessRun(self.machine, initial, run)
        histories = replay.ends() if at_end else replay.histories
        if self.form.at_ends:
            return any(not self._is_wrong(replay, h[-1]) for h in histories)
        return any(
            not any(self._is_wrong(replay, s, last=n == len(h)) for n, s in enumerate(h, 1))
            for h in histories
        )

    def _is_wrong(self, replay: WitnessRun, state: int, *, last: bool = True) -> bool:
        if self.form.on_error:
            return any(
                not replay.is_defined(self._formulas[each.name], state)
                and (not each.form.at_ends or (last and not replay.goes_on(state)))
                for each in self._fallible
            )
        if self.formula is None:
            # Who need not act may rest where something can still happen: nobody is stuck there.
            return not is_final(self.machine, state) and not replay.goes_on(state)
        return replay.judge(self.formula, self.form.wrong_answer)(state)

    def is_forced(
        self,
        initial: Sequence[int],
        bounds: Sequence[int],
        facts: Sequence[Fact],
        fixed: Sequence[Occurrence] | None,
        deadline: Deadline,
    ) -> Answer:
        """Whether z3 proves that every run violates that keeps all `facts`; unknown if it does not
        know. Raises TooManyBitsError, DeadlineError where it cannot be asked."""
        observed = self._observed([facts]) if fixed is None else None
        skeleton = self._skeleton(initial, bounds)
        encoding = RunEncoding(skeleton, facts, fixed, deadline, observed)
        return encoding.is_impossible(self._good(encoding))

    def is_covered(
        self,
        initial: Sequence[int],
        bounds: Sequence[int],
        sets: Sequence[Sequence[Fact]],
        deadline: Deadline,
    ) -> Answer:
        """Whether z3 proves that every complete run that violates keeps one of the sets; unknown
        if it does not know. Raises as `is_forced`."""
        if self.form.on_error:
            return Answer.UNKNOWN  # a run that fails is never complete: nothing is asked of it here
        observed = self._observed(sets)
        skeleton = self._skeleton(initial, bounds)
        encoding = RunEncoding(skeleton, deadline=deadline, observed=observed)
        none_kept = [not_true(all_true(*map(encoding.kept, facts))) for facts in sets]
        bad = not_true(self._good(encoding))
        return encoding.is_impossible(all_true(bad, *none_kept))

    def _skeleton(self, initial: Sequence[int], bounds: Sequence[int]) -> Skeleton:
        """The slots of such runs: the same for all that is asked of them."""
        key = (tuple(initial), tuple(bounds))
        if key not in self._skeletons:
            starts = [fields_of(self.machine, state) for state in initial]
            self._skeletons[key] = Skeleton(self.machine, starts, bounds)
        return self._skeletons[key]

    def _observed(self, sets: Sequence[Sequence[Fact]]) -> Observation:
        """What the property and these facts look at."""
        named = (event for facts in sets for fact in facts for event in events_of(fact))
        steps = frozenset(event.label.step for event in named)
        fields: frozenset[int] = frozenset()
        if self.formula is not None and self.form.asks_all:
            fields = fields_read(self.formula)
        for each in self._fallible:
            if not each.form.at_ends:
                fields |= fields_read(self._formulas[each.name])
        return Observation(self.movers, steps, fields)

    def _good(self, encoding: RunEncoding) -> Condition:
        if self.form.on_error:
            return all_true(*map(partial(self._defined, encoding), self._fallible))
        if self.formula is None:
            return encoding.ended()
        wrong = self.form.wrong_answer
        if self.form.at_ends:
            return not_true(encoding.violated_at_end(self.formula, wrong))
        return not_true(encoding.violated_somewhere(self.formula, wrong))

    def _defined(self, encoding: RunEncoding, each: Property) -> Condition:
        """Whether a property can be evaluated wherever a run asks it."""
        formula = self._formulas[each.name]
        if not each.form.at_ends:
            return not_true(encoding.undefined_somewhere(formula))
        return not_true(all_true(encoding.quiet(), encoding.undefined_at_end(formula)))


def _counts_steps(asked: Property) -> bool:
    """Whether a step that changes nothing may make a difference: to what is so next."""

    def has_next(formula: Formula) -> bool:
        return isinstance(formula, Next) or any(map(has_next, parts_of(formula)))

    return asked.in_time is not None and has_next(asked.in_time)

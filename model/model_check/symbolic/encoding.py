"""A machine's runs as one formula for z3, and what can be claimed of them.

Nothing here comes from the explored graph but the bounds on the number of events. Runs are
complete: at the end no step of any instance can fire, but what may go wrong may be left. With
`fixed`, they are instead the runs that take exactly the given steps, in any order that the machine
allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from ..budget.deadline import FOREVER, Deadline
from ..machine.core import Formula
from ..machine.effects import fields_read
from .answer import Answer
from .bit_vectors import Value, condition_of, fits, same
from .data_flow import END, DataFlow
from .evaluation import Outcome, evaluate, evaluate_formula
from .events import Skeleton, Slot, packed
from .facts import Fact, Pair, pairs_of
from .movers import Observation
from .occurrences import ANYWHERE, BEGINNING, Label, Occurrence
from .precedence import Extent, Key
from .solver import is_satisfiable
from .terms import Condition, all_true, any_true, not_true, script

__all__ = ["BegunRuns", "RunEncoding"]

_Load = Callable[[int], Value]
"""The raw value of a field, in one state."""


class RunEncoding(DataFlow):
    """The runs of a machine that keep some facts.

    initial: the raw fields of every initial state. bounds: for each instance, how many
    events it has at most. observed: what is asked about; then only runs are looked at in which
    all other events come as late as they can. Raises TooManyBitsError, DeadlineError where
    this cannot be asked.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        facts: Sequence[Fact] = (),
        fixed: Sequence[Occurrence] | None = None,
        deadline: Deadline = FOREVER,
        observed: Observation | None = None,
    ) -> None:
        extent: Extent = "complete" if fixed is None else "fixed"
        super().__init__(skeleton, [*pairs_of(facts)], deadline, extent, observed)
        if fixed is None:
            self._assert_quiet_end()
        else:
            self._assert_fixed(fixed)
        for fact in facts:
            self.add(self.kept(fact))
        self.settle()

    def _assert_quiet_end(self) -> None:
        for condition in self._quiet():
            self.add(condition)

    def _quiet(self) -> Iterator[Condition]:
        """What makes the end of the run one of a complete run: nothing can happen there, but what
        may go wrong, which never has to."""
        for instance, slots in enumerate(self.skeleton.slots):
            for count in range(len(slots) + 1):
                stops = self.precedence.stops_after(instance, count)
                if stops is not False:
                    able = [
                        all_true(here, any_true(outcome.guard, outcome.failing))
                        for here, outcome in self._next(instance, count, faults=False)
                    ]
                    yield any_true(not_true(stops), not_true(any_true(*able)))

    def fails_at_end(self) -> Condition:
        """Whether some instance's next step would run into an error."""
        found = []
        for instance, slots in enumerate(self.skeleton.slots):
            for count in range(len(slots) + 1):
                stops = self.precedence.stops_after(instance, count)
                if stops is not False:
                    failing = [
                        all_true(here, outcome.failing)
                        for here, outcome in self._next(instance, count, faults=True)
                    ]
                    found.append(all_true(stops, any_true(*failing)))
        return any_true(*found)

    def _next(
        self, instance: int, count: int, *, faults: bool
    ) -> Iterator[tuple[Condition, Outcome]]:
        """What an instance could do at the end, after `count` events: each outcome, and
        whether it stands where that can happen. `faults`: also what could go wrong with it."""
        key = (instance, count)
        where = self.machine.instances[instance].location_field

        def load(field: int) -> Value:
            if self.skeleton.owned(field, instance):
                return self.read(field, key)
            return self.read(field, END)

        for location in self._locations_after(instance, count):
            here_too = self.machine.actions_at(instance, location)
            actions = [each for each in here_too if faults or not each.fault]
            if not actions:
                continue
            here = same(load(where), location)

            def load_here(field: int, location: int = location) -> Value:
                return location if field == where else load(field)

            for action in actions:
                for outcome in evaluate(action.body, load_here, deadline=self.deadline):
                    yield here, outcome

    def _locations_after(self, instance: int, count: int) -> Sequence[int]:
        slots = self.skeleton.slots[instance]
        if count < len(slots):
            return slots[count].locations
        return self.skeleton.last[instance]

    def _assert_fixed(self, run: Sequence[Occurrence]) -> None:
        for slots in self.skeleton.slots:
            for slot in slots:
                self.add(self.precedence.active((slot.instance, slot.number)))
        done: dict[int, int] = {}
        for event in run:
            number = done.get(event.label.instance, 0)
            done[event.label.instance] = number + 1
            if number >= len(self.skeleton.slots[event.label.instance]):
                # This step surely fails: no run takes all of them.
                self.add(False)
                continue
            self.add(self._is((event.label.instance, number), event))

    # --- facts --------------------------------------------------------------------------------

    def _is(self, key: Key, event: Occurrence) -> Condition:
        """Whether a slot has an event's label, if it is active."""
        label = event.label
        done = self.evaluate(key)
        here: Condition = True
        if label.at != ANYWHERE:
            where = self.machine.instances[label.instance].location_field
            here = same(self.read(where, key), label.at)
        matching = []
        for taken, outcome in done.taken:
            if outcome.step == label.step:
                values = [
                    same(packed(self.machine, index, done.reads), raw)
                    for index, raw in zip(
                        self.machine.steps[outcome.step].indices, label.indices, strict=True
                    )
                ]
                after = partial(self._left_by, done.reads, outcome)
                values += [same(packed(self.machine, v, after), raw) for v, raw in label.chosen]
                matching.append(all_true(taken, *values))
        return all_true(here, any_true(*matching))

    def _left_by(self, reads: _Load, outcome: Outcome, field: int) -> Value:
        """A field after a step has this outcome."""
        if field not in outcome.fields:
            return reads(field)
        return fits(outcome.fields[field], self.machine.fields[field].width)

    def _begins(self, label: Label) -> Condition:
        """Whether the run begins with what is chosen before its first step."""
        values = (same(packed(self.machine, v, self.beginning), raw) for v, raw in label.chosen)
        return all_true(*values)

    def _happens(self, event: Occurrence) -> Mapping[Key, Condition]:
        """For each slot, when it is the event."""
        slot = self.skeleton.place(event)
        if slot is not None:
            key = (slot.instance, slot.number)
            return {key: self.precedence.active(key)}
        found: dict[Key, Condition] = {}
        # seen[n]: exactly n slots so far had the label.
        seen: list[Condition] = [True, *(False for _ in range(event.number))]
        for slot in self.skeleton.slots[event.label.instance]:
            key = (slot.instance, slot.number)
            match = all_true(self.precedence.active(key), self._is(key, event))
            found[key] = all_true(match, seen[event.number - 1])
            moved = [False, *seen[:-1]]
            seen = [
                any_true(all_true(match, more), all_true(not_true(match), less))
                for more, less in zip(moved, seen, strict=True)
            ]
        return found

    def kept(self, fact: Fact) -> Condition:
        """Whether a run keeps a fact."""
        return all_true(*map(self._kept, pairs_of([fact])))

    def _kept(self, pair: Pair) -> Condition:
        happens, never = pair
        if happens is not None and happens.label.instance == BEGINNING:
            return self._begins(happens.label)
        first = {} if happens is None else self._happens(happens)
        second = {} if never is None else self._happens(never)
        if happens is None:
            return not_true(any_true(*second.values()))
        found = [any_true(*first.values())]
        for a, is_first in first.items():
            for b, is_second in second.items():
                before = self.precedence.before(a, b)
                found.append(any_true(not_true(is_first), not_true(is_second), before))
        return all_true(*found)

    # --- what is claimed ----------------------------------------------------------------------

    def violated_at_end(self, formula: Formula, wrong: int) -> Condition:
        """Whether a formula is `wrong` (0 or 1) at the end of the run."""
        return _violated(formula, wrong, lambda field: self.read(field, END))

    def ended(self) -> Condition:
        """Whether every instance has ended or rests at the end of the run."""
        found = []
        for instance in self.machine.instances:
            where = self.read(instance.location_field, END)
            calm = [same(where, e.index) for e in instance.locations if e.ended or e.rests]
            found.append(any_true(*calm))
        return all_true(*found)

    def violated_somewhere(self, formula: Formula, wrong: int) -> Condition:
        """Whether a formula is `wrong` in some state of the run."""
        return self._somewhere(formula, partial(_violated, formula, wrong))

    def undefined_somewhere(self, formula: Formula) -> Condition:
        """Whether a formula cannot be evaluated in some state of the run."""
        return self._somewhere(formula, partial(_undefined, formula))

    def _somewhere(self, formula: Formula, claim: Callable[[_Load], Condition]) -> Condition:
        found = [claim(self.beginning)]
        read = fields_read(formula)
        for slots in self.skeleton.slots:
            for slot in slots:
                if not slot.fields & read:
                    continue  # as wrong as before it
                active = self.precedence.active((slot.instance, slot.number))
                found.append(all_true(active, claim(partial(self._loaded_after, slot))))
        return any_true(*found)

    def _loaded_after(self, slot: Slot, field: int) -> Value:
        key = (slot.instance, slot.number)
        return self.after(field, key) if field in slot.fields else self.read(field, key)

    def undefined_at_end(self, formula: Formula) -> Condition:
        """Whether a formula cannot be evaluated at the end of the run."""
        return _undefined(formula, lambda field: self.read(field, END))

    def quiet(self) -> Condition:
        """Whether nothing can happen at the end of the run but what may go wrong: always so of
        complete ones."""
        return all_true(*self._quiet())

    def longer_than(self, steps: int) -> Condition:
        """Whether the run has more events than that."""
        counted: list[Condition] = []
        for instance, count in enumerate(self.precedence.counts):
            # The slots of an instance happen in order: they are its count in unary.
            mine = [self.precedence.active((instance, i)) for i in range(count)]
            counted = _added(counted, mine)
        return counted[steps] if steps < len(counted) else False

    def script(self, claim: Condition) -> str:
        """The runs that satisfy a claim, as an SMT-LIB script."""
        self.settle()
        return script([*self.precedence.axioms(), *self.assertions, claim])

    def is_impossible(self, claim: Condition) -> Answer:
        """Whether no run satisfies a claim; unknown if z3 does not know in time."""
        return is_satisfiable(self.script(claim), self.deadline).opposite


def _added(left: list[Condition], right: list[Condition]) -> list[Condition]:
    """The sum of two unary numbers: item i says whether it is more than i."""

    def at_least(number: list[Condition], least: int) -> Condition:
        return True if least == 0 else number[least - 1]

    return [
        any_true(
            *(
                all_true(at_least(left, part), at_least(right, total - part))
                for part in range(max(0, total - len(right)), min(total, len(left)) + 1)
            )
        )
        for total in range(1, len(left) + len(right) + 1)
    ]


class BegunRuns(RunEncoding):
    """The runs of a machine as far as they have come, whether they could go on or not."""

    def __init__(self, skeleton: Skeleton, deadline: Deadline = FOREVER) -> None:
        DataFlow.__init__(self, skeleton, (), deadline, "begun")
        self.settle()


def _undefined(formula: Formula, load: _Load) -> Condition:
    _, defined = evaluate_formula(formula, load)
    return not_true(defined)


def _violated(formula: Formula, wrong: int, load: _Load) -> Condition:
    # Where a formula cannot be evaluated, it is not violated: that is an error of its own.
    value, defined = evaluate_formula(formula, load)
    truth = condition_of(value)
    return all_true(defined, truth if wrong else not_true(truth))

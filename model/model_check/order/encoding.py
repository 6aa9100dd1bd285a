"""A machine's complete runs as one formula for z3: events by position, state by data flow.

For each instance there are as many slots as it can have events; a slot is active if the
event happens. Between events of different instances a truth says which comes first. What an
event reads in a variable is what the last event before it that writes the variable left
there, so a state is never copied from step to step, and what is certain from the program or
from the orderings assumed is folded away before z3 sees it.

Nothing here comes from the explored graph but the bounds on the slots. Runs are complete:
at the end no step of any instance can fire. With `fixed`, they are instead the runs that
take exactly the given steps, in any order that the machine allows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..machine.core import Choice, Formula, Machine, Statement
from .evaluate import Outcome, evaluate, evaluate_formula
from .events import Skeleton, Slot, packed
from .numbers import Value, condition_of, fits, merge, same, symbol
from .precedence import Key, Precedence
from .runs import DeadlineError, Occurrence, Pair
from .terms import Condition, Term, all_true, any_true, at_most_one, boolean, not_true, script

__all__ = ["Encoding"]


class _CyclicError(Exception):
    """An event's values depend on themselves as far as program and orderings tell."""


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """A slot's event: `taken` says when each outcome is what happens, if the slot is
    active; `enabled` whether something can happen; `reads` the values before it."""

    taken: tuple[tuple[Condition, Outcome], ...]
    enabled: Condition
    reads: Callable[[int], Value]


# Seconds after which z3 is not waited for, whatever the deadline.
LONGEST_QUESTION = 3600.0

END: Key = (-1, 0)
"""Stands for the end of the run: after every event."""


class Encoding:
    """Constraints on the runs of a machine, asserted to `solver`."""

    def __init__(
        self,
        machine: Machine,
        initial: Sequence[dict[int, int]],
        bounds: Sequence[int],
        orderings: Sequence[Pair] = (),
        fixed: Sequence[Occurrence] | None = None,
        deadline: float = math.inf,
    ) -> None:
        self.deadline = deadline
        self.machine = machine
        self.assertions: list[Condition] = []
        self.initial = initial
        self.fixed = fixed
        self.skeleton = Skeleton(machine, initial, bounds)
        self.precedence = Precedence(self.skeleton, orderings, complete=fixed is None)
        self.first = [boolean(f"starts {i}") for i in range(len(initial))]
        self._evaluated: dict[Key, _Evaluated] = {}
        self._running: set[Key] = set()
        self._values: dict[tuple[Key, int], Value] = {}
        self._owed: list[tuple[Key, int, Value]] = []
        self._last: dict[tuple[Key, tuple[Key | None, ...]], list[Condition]] = {}
        self._names = 0
        self._assert_order()
        self._assert_events()
        if fixed is None:
            self._assert_quiet_end()
        else:
            self._assert_fixed(fixed)
        for pair in orderings:
            self._assert_kept(pair)
        self._settle()

    def add(self, condition: Condition) -> None:
        if condition is not True:
            self.assertions.append(condition)

    def _look_at_clock(self) -> None:
        if time.monotonic() > self.deadline:
            raise DeadlineError

    def _fresh(self, what: str) -> Term:
        self._names += 1
        return boolean(f"{what} {self._names}")

    # --- values -------------------------------------------------------------------------------

    def _beginning(self, field: int) -> Value:
        value: Value = self.initial[0][field]
        for chosen, fields in zip(self.first[1:], self.initial[1:], strict=True):
            value = merge(chosen, fields[field], value)
        return value

    def _own_before(self, field: int, at: Key) -> Key | None:
        """The instance's last slot before `at` that may write a field."""
        instance, number = at
        for slot in reversed(self.skeleton.slots[instance][:number]):
            if field in slot.fields:
                return (instance, slot.number)
        return None

    def _after(self, field: int, writer: Key | None) -> Value:
        """A field after a slot that may write it (None: at the beginning)."""
        if writer is None:
            return self._beginning(field)
        done = self._evaluate(writer)
        value: Value | None = None
        for taken, outcome in reversed(done.taken):
            mine = outcome.fields.get(field)
            mine = done.reads(field) if mine is None else fits(mine, self._width(field))
            value = mine if value is None else merge(taken, mine, value)
        return done.reads(field) if value is None else value

    def _width(self, field: int) -> int:
        return self.machine.fields[field].width

    def read(self, field: int, at: Key) -> Value:
        """A field just before slot `at` (or at the END), if the slot is active."""
        key = (at, field)
        if key not in self._values:
            try:
                value = self._flow(field, at)
            except _CyclicError:
                value = None
            if value is None:
                self._names += 1
                value = symbol(
                    f"{self.machine.fields[field].owner} {self._names}", self._width(field)
                )
                self._owed.append((at, field, value))
            self._values[key] = value
        return self._values[key]

    def _flow(self, field: int, at: Key) -> Value | None:
        """The value where it can be told without a choice between several instances' events."""
        writers = self._writers(field, at)
        if all(key[0] == at[0] for key in writers):
            return self._after(field, self._own_before(field, at))
        if len({key[0] for key in writers}) == 1:
            value = self._beginning(field)
            for key in writers:
                value = merge(self.precedence.before(key, at), self._after(field, key), value)
            return value
        last = self.precedence.surely_last(writers, at)
        return None if last is None else self._after(field, last)

    def _writers(self, field: int, at: Key) -> list[Key]:
        """Slots that may write a field before `at`, by instance and number."""
        found = []
        for instance in sorted(self.skeleton.writers[field]):
            if instance == at[0]:
                mine = self._own_before(field, at)
                found += [] if mine is None else [mine]
                continue
            for slot in self.skeleton.slots[instance]:
                key = (instance, slot.number)
                if field in slot.fields and self.precedence.before(key, at) is not False:
                    found.append(key)
        return found

    def _settle(self) -> None:
        """Say of every value that was left open which event it comes from."""
        while self._owed:
            self._look_at_clock()
            at, field, value = self._owed.pop()
            writers = self.precedence.relevant(self._writers(field, at), at)
            sources: list[Key | None] = [None, *writers]
            signature = (at, tuple(sources))
            if signature not in self._last:
                self._last[signature] = self.precedence.last_before(sources, at)
            for source, is_last in zip(sources, self._last[signature], strict=True):
                if is_last is not False:
                    came = same(value, self._after(field, source))
                    self.add(any_true(not_true(is_last), came))

    # --- events -------------------------------------------------------------------------------

    def _evaluate(self, key: Key) -> _Evaluated:
        if key not in self._evaluated:
            if key in self._running:
                raise _CyclicError
            self._look_at_clock()
            self._running.add(key)
            try:
                slot = self.skeleton.slots[key[0]][key[1]]
                self._evaluated[key] = self._event(key, slot.locations)
            finally:
                self._running.discard(key)
        return self._evaluated[key]

    def _event(self, key: Key, locations: Sequence[int]) -> _Evaluated:
        instance = key[0]
        where = self.machine.instances[instance].location_field
        taken: list[tuple[Condition, Outcome]] = []
        enabled: list[Condition] = []

        def reads(field: int) -> Value:
            return self.read(field, key)

        for location in locations:
            action = self.skeleton.actions.get((instance, location))
            if action is None:
                continue
            here: Condition = True
            if len(locations) > 1:
                here = same(self.read(where, key), location)

            def load(field: int, location: int = location) -> Value:
                return location if field == where else reads(field)

            outcomes = evaluate(action.body, load)
            free = _chooses(action.body) and len(outcomes) > 1
            for outcome in outcomes:
                enabled.append(all_true(here, any_true(outcome.guard, outcome.failing)))
                picked: Condition = self._fresh("picks") if free else True
                taken.append((all_true(here, outcome.guard, picked), outcome))
        return _Evaluated(tuple(taken), any_true(*enabled), reads)

    def _assert_order(self) -> None:
        if len(self.initial) > 1:
            self.add(any_true(*self.first))
            self.add(at_most_one(self.first))
        for condition in self.precedence.axioms():
            self.add(condition)

    def _assert_events(self) -> None:
        for slots in self.skeleton.slots:
            for slot in slots:
                key = (slot.instance, slot.number)
                active = self.precedence.active(key)
                taken = [condition for condition, _ in self._evaluate(key).taken]
                self.add(any_true(not_true(active), *taken))
                # Several free choices at once would be one event with two effects.
                if any(_chooses(self.skeleton.actions[key[0], at].body) for at in slot.locations
                       if (key[0], at) in self.skeleton.actions):  # fmt: skip
                    self.add(at_most_one(taken))

    def _assert_quiet_end(self) -> None:
        for instance, slots in enumerate(self.skeleton.slots):
            for count in range(len(slots) + 1):
                stops = self.precedence.stops_after(instance, count)
                if stops is not False:
                    enabled = self._enabled_at_end(instance, count)
                    self.add(any_true(not_true(stops), not_true(enabled)))

    def _enabled_at_end(self, instance: int, count: int) -> Condition:
        """Whether the instance can do something at the end, after `count` events."""
        key = (instance, count)
        where = self.machine.instances[instance].location_field

        def load(field: int) -> Value:
            if self.skeleton.owned(field, instance):
                return self.read(field, key)
            return self.read(field, END)

        able: list[Condition] = []
        for location in self._locations_after(instance, count):
            action = self.skeleton.actions.get((instance, location))
            if action is not None:
                here = same(self.read(where, key), location)

                def load_here(field: int, location: int = location) -> Value:
                    return location if field == where else load(field)

                for outcome in evaluate(action.body, load_here):
                    able.append(all_true(here, any_true(outcome.guard, outcome.failing)))
        return any_true(*able)

    def _locations_after(self, instance: int, count: int) -> Sequence[int]:
        slots = self.skeleton.slots[instance]
        if count < len(slots):
            return slots[count].locations
        return [each.index for each in self.machine.instances[instance].locations]

    def _assert_fixed(self, run: Sequence[Occurrence]) -> None:
        for slots in self.skeleton.slots:
            for slot in slots:
                self.add(self.precedence.active((slot.instance, slot.number)))
        done: dict[int, int] = {}
        for event in run:
            number = done.get(event.label.instance, 0)
            done[event.label.instance] = number + 1
            self.add(self._is((event.label.instance, number), event))

    # --- orderings ----------------------------------------------------------------------------

    def _is(self, key: Key, event: Occurrence) -> Condition:
        """Whether a slot has an event's label, if it is active."""
        done = self._evaluate(key)
        matching = []
        for taken, outcome in done.taken:
            if outcome.step == event.label.step:
                values = [
                    same(packed(self.machine, index, done.reads), raw)
                    for index, raw in zip(
                        self.machine.steps[outcome.step].indices, event.label.indices, strict=True
                    )
                ]
                matching.append(all_true(taken, *values))
        return any_true(*matching)

    def _happens(self, event: Occurrence) -> Mapping[Key, Condition]:
        """For each slot, when it is the event."""
        slot = self.skeleton.place(event)
        if slot is not None:
            key = (slot.instance, slot.number)
            return {key: self.precedence.active(key)}
        found: dict[Key, Condition] = {}
        # seen[n]: exactly n slots so far had the label.
        seen: list[Condition] = [True] + [False] * event.number
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

    def _assert_kept(self, pair: Pair) -> None:
        first, second = (self._happens(event) for event in pair)
        self.add(any_true(*first.values()))
        for a, is_first in first.items():
            for b, is_second in second.items():
                self.add(
                    any_true(not_true(is_first), not_true(is_second), self.precedence.before(a, b))
                )

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
        found = [_violated(formula, wrong, self._beginning)]
        for slots in self.skeleton.slots:
            for slot in slots:
                violated = self._violated_after(formula, wrong, slot)
                found.append(
                    all_true(self.precedence.active((slot.instance, slot.number)), violated)
                )
        return any_true(*found)

    def _violated_after(self, formula: Formula, wrong: int, slot: Slot) -> Condition:
        key = (slot.instance, slot.number)

        def load(field: int) -> Value:
            return self._after(field, key) if field in slot.fields else self.read(field, key)

        return _violated(formula, wrong, load)

    def can_take(self, event: Occurrence) -> Condition:
        """Whether, after all events, an instance can take a step without an error."""
        instance = event.label.instance
        key = (instance, len(self.skeleton.slots[instance]))
        where = self.machine.instances[instance].location_field
        able: list[Condition] = []

        def reads(field: int) -> Value:
            return self.read(field, key if self.skeleton.owned(field, instance) else END)

        for (owner, location), action in sorted(self.skeleton.actions.items()):
            if owner == instance and event.label.step in action.steps:

                def load(field: int, location: int = location) -> Value:
                    return location if field == where else reads(field)

                here = same(reads(where), location)
                indices = self.machine.steps[event.label.step].indices
                turn = [
                    same(packed(self.machine, index, reads), raw)
                    for index, raw in zip(indices, event.label.indices, strict=True)
                ]
                able += [
                    all_true(here, outcome.guard, *turn)
                    for outcome in evaluate(action.body, load)
                    if outcome.step == event.label.step
                ]
        return any_true(*able)

    def script(self, claim: Condition) -> str:
        """The runs that satisfy a claim, as an SMT-LIB script."""
        self._settle()
        return script([*self.assertions, claim])

    def is_impossible(self, claim: Condition) -> bool | None:
        """Whether no run satisfies a claim; None if z3 does not know at the deadline."""
        import z3

        text = self.script(claim)
        if claim is False:
            return True
        # The plain core is the quicker on most protocols; bit-blasting the whole formula at
        # once is the safer on those with much arithmetic: half the time for each.
        for share, solver in ((0.5, z3.SimpleSolver()), (1.0, z3.SolverFor("QF_BV"))):
            left = min(self.deadline - time.monotonic(), LONGEST_QUESTION) * share
            if left <= 0:
                return None
            solver.set("timeout", max(1, int(left * 1000)))
            solver.from_string(text)
            answer = solver.check()
            if answer != z3.unknown:
                return bool(answer == z3.unsat)
        return None


def _violated(formula: Formula, wrong: int, load: Callable[[int], Value]) -> Condition:
    # Where a formula cannot be evaluated, it is not violated: that is an error of its own.
    value, defined = evaluate_formula(formula, load)
    truth = condition_of(value)
    return all_true(defined, truth if wrong else not_true(truth))


def _chooses(body: Sequence[Statement]) -> bool:
    for statement in body:
        match statement:
            case Choice():
                return True
            case _:
                inner = (*getattr(statement, "then", ()), *getattr(statement, "orelse", ()))
                if inner and _chooses(inner):
                    return True
    return False

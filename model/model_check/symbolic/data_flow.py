"""Events by position, state by data flow: what each event of a run reads and writes.

For each instance there are as many slots as it can have events; a slot is active if the
event happens. What an event reads in a variable is what the last event before it that
writes the variable left there, so a state is never copied from step to step, and what is
certain from the program or from the facts assumed is folded away before z3 sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..budget.deadline import Deadline
from ..machine.core import Action
from ..machine.ir import Choice
from ..machine.rewrite import statements_in
from .bit_vectors import Value, fits, merge, same, symbol
from .evaluation import Outcome, evaluate
from .events import Skeleton
from .facts import Pair
from .movers import Observation, put_off
from .precedence import Extent, Key, Precedence
from .terms import Condition, Term, all_true, any_true, at_most_one, boolean, not_true

__all__ = ["END", "DataFlow", "SlotEvent"]


class _CyclicError(Exception):
    """An event's values depend on themselves as far as program and facts tell."""


@dataclass(frozen=True, slots=True)
class SlotEvent:
    """A slot's event: `taken` says when each outcome is what happens, if the slot is
    active; `reads` gives the values before it."""

    taken: tuple[tuple[Condition, Outcome], ...]
    reads: Callable[[int], Value]


UNITS_A_WRITER = 100
"""The work of saying when a value is what one event left there (see `Effort`)."""
END: Key = (-1, 0)
"""Stands for the end of the run: after every event."""


class DataFlow:
    """The events of a machine's runs, what they read and write, and their order."""

    def __init__(
        self,
        skeleton: Skeleton,
        facts: Sequence[Pair],
        deadline: Deadline,
        extent: Extent,
        observed: Observation | None = None,
    ) -> None:
        self.skeleton = skeleton
        self.machine = skeleton.machine
        self.initial = skeleton.initial
        self.deadline = deadline
        self.assertions: list[Condition] = []
        late = put_off(skeleton, observed, deadline) if observed else {}
        self.precedence = Precedence(skeleton, facts, extent, late)
        self._first = [boolean(f"starts {i}") for i in range(len(self.initial))]
        self._evaluated: dict[Key, SlotEvent] = {}
        self._running: set[Key] = set()
        self._reading: set[tuple[Key, int]] = set()
        self._values: dict[tuple[Key, int], Value] = {}
        self._owed: list[tuple[Key, int, Value]] = []
        self._last: dict[tuple[Key, tuple[Key | None, ...]], list[Condition]] = {}
        self._names = 0
        self._assert_order()
        self._assert_events()

    def add(self, condition: Condition) -> None:
        """Assert a condition."""
        if condition is not True:
            self.assertions.append(condition)

    def _fresh(self, what: str) -> Term:
        self._names += 1
        return boolean(f"{what} {self._names}")

    # --- values -------------------------------------------------------------------------------

    def beginning(self, field: int) -> Value:
        """A field in the initial state."""
        value: Value = self.initial[0][field]
        for chosen, fields in zip(self._first[1:], self.initial[1:], strict=True):
            value = merge(chosen, fields[field], value)
        return value

    def _own_before(self, field: int, at: Key) -> Key | None:
        """The instance's last slot before `at` that may write a field."""
        instance, number = at
        for slot in reversed(self.skeleton.slots[instance][:number]):
            if field in slot.fields:
                return (instance, slot.number)
        return None

    def after(self, field: int, writer: Key | None) -> Value:
        """A field after a slot that may write it (None: at the beginning)."""
        if writer is None:
            return self.beginning(field)
        done = self.evaluate(writer)
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
        if key in self._reading:
            # An event that leaves a value alone has what it read: asked round in a circle.
            raise _CyclicError
        if key not in self._values:
            self._reading.add(key)
            try:
                value = self._flow(field, at)
            except _CyclicError:
                value = None
            finally:
                self._reading.discard(key)
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
            return self.after(field, self._own_before(field, at))
        if len({key[0] for key in writers}) == 1:
            value = self.beginning(field)
            for key in writers:
                value = merge(self.precedence.before(key, at), self.after(field, key), value)
            return value
        last = self.precedence.surely_last(writers, at)
        return None if last is None else self.after(field, last)

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
                if field in slot.fields and self.precedence.can_be_before(key, at):
                    found.append(key)
        return found

    def settle(self) -> None:
        """Say of every value that was left open which event it comes from."""
        while self._owed:
            at, field, value = self._owed.pop()
            writers = self.precedence.relevant(self._writers(field, at), at)
            self.deadline.look(UNITS_A_WRITER * (1 + len(writers)))
            sources: list[Key | None] = [None, *writers]
            signature = (at, tuple(sources))
            if signature not in self._last:
                self._last[signature] = self.precedence.last_before(sources, at)
            for source, is_last in zip(sources, self._last[signature], strict=True):
                if is_last is not False:
                    came = same(value, self.after(field, source))
                    self.add(any_true(not_true(is_last), came))

    # --- events -------------------------------------------------------------------------------

    def evaluate(self, key: Key) -> SlotEvent:
        """What a slot's event does."""
        if key not in self._evaluated:
            if key in self._running:
                raise _CyclicError
            self.deadline.look()
            self._running.add(key)
            try:
                slot = self.skeleton.slots[key[0]][key[1]]
                self._evaluated[key] = self._event(key, slot.locations)
            finally:
                self._running.discard(key)
        return self._evaluated[key]

    def _event(self, key: Key, locations: Sequence[int]) -> SlotEvent:
        instance = key[0]
        where = self.machine.instances[instance].location_field
        taken: list[tuple[Condition, Outcome]] = []

        def reads(field: int) -> Value:
            return self.read(field, key)

        for location in locations:
            actions = self.machine.actions_at(instance, location)
            if not actions:
                continue
            here: Condition = True
            if len(locations) > 1 or self.skeleton.is_moved(instance):
                here = same(self.read(where, key), location)

            def load(field: int, location: int = location) -> Value:
                return location if field == where else reads(field)

            outcomes = [
                each
                for action in actions
                for each in evaluate(action.body, load, deadline=self.deadline)
            ]
            free = _choose(actions) and len(outcomes) > 1
            for outcome in outcomes:
                picked: Condition = self._fresh("picks") if free else True
                taken.append((all_true(here, outcome.guard, picked), outcome))
        return SlotEvent(tuple(taken), reads)

    def _assert_order(self) -> None:
        if len(self.initial) > 1:
            self.add(any_true(*self._first))
            self.add(at_most_one(self._first))

    def _assert_events(self) -> None:
        for slots in self.skeleton.slots:
            for slot in slots:
                key = (slot.instance, slot.number)
                active = self.precedence.active(key)
                taken = [condition for condition, _ in self.evaluate(key).taken]
                self.add(any_true(not_true(active), *taken))
                # Several free choices at once would be one event with two effects.
                places = (self.machine.actions_at(key[0], at) for at in slot.locations)
                if any(map(_choose, places)):
                    self.add(at_most_one(taken))


def _choose(actions: Sequence[Action]) -> bool:
    """Whether what happens at a place is a free choice."""
    bodies = (statement for action in actions for statement in action.body)
    return len(actions) > 1 or any(isinstance(each, Choice) for each in statements_in(bodies))

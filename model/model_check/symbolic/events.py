"""What each process can do one event after another, before anything is said about order.

The events of an instance are numbered slots: slot 0 is its first event, and so on. From its
own variables alone, followed along its program with everything shared unknown, a good deal
is certain: at which locations it can stand, which step a slot takes, for which turn of a
loop (`save[7]`), what it may write, and whether it can be held up. z3 gets only the rest. Where
others may put an instance (those beside it in its process do), it may stand before any slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from ..machine.core import Machine
from ..machine.effects import fields_written
from ..machine.ir import Choice, Const, Emit, If, Let, Require, Statement
from ..machine.names import field_local
from ..machine.rewrite import statements_in
from .bit_vectors import Value, fits, operate, same, symbol
from .evaluation import Outcome, evaluate
from .occurrences import Label, Occurrence

__all__ = ["Skeleton", "Slot", "never_waits", "packed"]


@dataclass(frozen=True, slots=True)
class Slot:
    """Event number `number` of an instance, should it have that many: the `locations` it
    may start from, the `fields` that it may write, the `labels` it may have (None where the
    loop variables are not known), and whether nothing can keep it from happening:
    what may go wrong never has to."""

    instance: int
    number: int
    locations: tuple[int, ...]
    fields: frozenset[int]
    labels: frozenset[Label] | None
    certain: bool


def never_waits(body: Iterable[Statement]) -> bool:
    """Whether a body fires (or fails) whatever the values are."""
    body = tuple(body)
    if any(isinstance(each, Require) for each in statements_in(body)):
        return False
    found = False
    for statement in body:
        match statement:
            case If(_, then, orelse):
                found = found or (never_waits(then) and never_waits(orelse))
            case Choice(_, Const(count), _, inner):
                found = found or (count > 0 and never_waits(inner))
            case Choice():
                return False
            case Emit():
                found = True
            case _:
                pass
    return found


class Skeleton:
    """The slots of every instance, at most `bounds[p]` for instance p; `last[p]` are the
    locations at which it can stand after all of them."""

    def __init__(
        self, machine: Machine, initial: Sequence[dict[int, int]], bounds: Sequence[int]
    ) -> None:
        self.machine = machine
        self.initial = initial
        self.writers: dict[int, frozenset[int]] = {
            field.index: frozenset(
                a.instance for a in machine.actions if field.index in fields_written(a.body)
            )
            for field in machine.fields
        }
        self.moved = _moved(machine)
        self.slots: list[list[Slot]] = []
        self.last: list[tuple[int, ...]] = []
        for instance, bound in zip(machine.instances, bounds, strict=True):
            slots, last = _SlotFinder(self, instance.index, initial, bound).slots()
            self.slots.append(slots)
            self.last.append(last)

    def owned(self, field: int, instance: int) -> bool:
        """Whether no other instance writes a field."""
        return self.writers[field] <= {instance}

    def is_moved(self, instance: int) -> bool:
        """Whether others may say where an instance stands."""
        return bool(self.moved[instance])

    def place(self, event: Occurrence) -> Slot | None:
        """The slot that is surely this event whenever it happens, if there is one."""
        found = []
        for slot in self.slots[event.label.instance]:
            if slot.labels is None:
                return None
            if event.label in slot.labels:
                if len(slot.labels) > 1:
                    return None
                found.append(slot)
        return found[event.number - 1] if event.number <= len(found) else None


def _moved(machine: Machine) -> list[frozenset[int]]:
    """By instance, the locations at which others may put it."""
    owner = {field_local(each.location_field): each.index for each in machine.instances}
    found: list[set[int]] = [set() for _ in machine.instances]
    for action in machine.actions:
        for each in statements_in(action.body):
            if isinstance(each, Let) and isinstance(each.value, Const):
                instance = owner.get(each.name, action.instance)
                if instance != action.instance:
                    found[instance].add(each.value.value)
    return [*map(frozenset, found)]


class _SlotFinder:
    """One instance, followed along its program."""

    def __init__(
        self, skeleton: Skeleton, instance: int, initial: Sequence[dict[int, int]], bound: int
    ) -> None:
        self.skeleton = skeleton
        self.machine = skeleton.machine
        self.instance = self.machine.instances[instance]
        self.initial = initial
        self.bound = bound
        self.unknown = 0

    def slots(self) -> tuple[list[Slot], tuple[int, ...]]:
        found: list[Slot] = []
        # What it knows of its own at each location it may be at.
        places = self._start()
        self._put(places)
        for number in range(self.bound):
            fields: set[int] = set()
            labels: set[Label] | None = set()
            following: dict[int, dict[int, Value]] = {}
            certain = not self.skeleton.is_moved(self.instance.index)
            for location, known in sorted(places.items()):
                actions = self.machine.actions_at(self.instance.index, location)
                certain = certain and any(never_waits(e.body) for e in actions if not e.fault)
                load = self._loader(known)
                for outcome in chain.from_iterable(evaluate(each.body, load) for each in actions):
                    if outcome.guard is False:
                        continue
                    fields |= outcome.fields.keys()
                    label = self._label(outcome.step, load)
                    labels = None if labels is None or label is None else labels | {label}
                    self._follow(outcome, known, location, following)
            if not following:
                break
            frozen = None if labels is None else frozenset(labels)
            where = tuple(sorted(places))
            found.append(
                Slot(self.instance.index, number, where, frozenset(fields), frozen, certain)
            )
            places = following
            self._put(places)
        return found, tuple(sorted(places))

    def _start(self) -> dict[int, dict[int, Value]]:
        places: dict[int, dict[int, Value]] = {}
        for fields in self.initial:
            location = fields[self.instance.location_field]
            own: dict[int, Value] = {i: v for i, v in fields.items() if self._own(i)}
            self._join(places, location, own)
        return places

    def _put(self, places: dict[int, dict[int, Value]]) -> None:
        """Add where others may have put it: its variables may be anything then."""
        for location in sorted(self.skeleton.moved[self.instance.index]):
            own = {i: self._anything(i) for i in self.initial[0] if self._own(i)}
            self._join(places, location, own)

    def _own(self, field: int) -> bool:
        return self.skeleton.owned(field, self.instance.index)

    def _join(
        self, places: dict[int, dict[int, Value]], location: int, known: dict[int, Value]
    ) -> None:
        known = {**known, self.instance.location_field: location}
        if location not in places:
            places[location] = known
            return
        here = places[location]
        for field in sorted(here):
            mine, other = here[field], known[field]
            if not (isinstance(mine, int) and isinstance(other, int) and mine == other):
                here[field] = self._anything(field)

    def _anything(self, field: int) -> Value:
        self.unknown += 1
        name = f"any {self.instance.index} {self.unknown}"
        return symbol(name, self.machine.fields[field].width)

    def _loader(self, known: dict[int, Value]) -> Callable[[int], Value]:
        def load(field: int) -> Value:
            return known[field] if field in known else self._anything(field)

        return load

    def _label(self, step: int, load: Callable[[int], Value]) -> Label | None:
        raws = []
        for index in self.machine.steps[step].indices:
            raw = packed(self.machine, index, load)
            if not isinstance(raw, int):
                return None
            raws.append(raw)
        return Label(self.instance.index, step, tuple(raws))

    def _follow(
        self,
        outcome: Outcome,
        known: dict[int, Value],
        location: int,
        following: dict[int, dict[int, Value]],
    ) -> None:
        after = dict(known)
        for field, value in outcome.fields.items():
            if self._own(field) or field == self.instance.location_field:
                after[field] = fits(value, self.machine.fields[field].width)
        target = after[self.instance.location_field]
        for each in self.instance.locations:
            if same(target, each.index) is not False:
                self._join(following, each.index, after)


def packed(machine: Machine, variable: int, load: Callable[[int], Value]) -> Value:
    """A variable's raw value: its fields' bits, first lowest."""
    bits: Value = 0
    offset = 0
    for number in machine.variables[variable].fields:
        bits = operate("|", bits, operate("<<", load(number), offset))
        offset += machine.fields[number].width
    return bits

"""Events that can be put off to the end of a run, so that z3 has fewer orders to look at.

A step is a right mover (Lipton, Reduction: a method of proving properties of parallel programs,
1975) past a step of another process if, whenever it happens directly before that step, the two
can as well happen the other way round, and come to the same state. If all that a process still
does are right movers past all that the others can do, every complete run can be put into
another order in which these events come last: it ends in the same state, and the order of the
other events is what it was. So where nothing is asked about these events, only such runs need
be looked at. Then the same is asked of what is left, and so on: in a chat the browser's steps
come last, and the forwarding before them.

Whether a step is one is a question about the machine alone: about any state, reachable or not,
asked of z3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count, product

from ..budget.deadline import FOREVER, Deadline, DeadlineError
from ..machine.core import Action, Machine
from ..machine.effects import effects_of, fields_naming
from .answer import Answer
from .bit_vectors import TooManyBitsError
from .events import Skeleton
from .precedence import Key
from .solver import is_satisfiable
from .swap import Swap
from .terms import script

__all__ = ["Movers", "Observation", "put_off"]

Place = tuple[int, int]
"""An instance, and a location of it."""


class Movers:
    """Which steps of a machine are right movers past which others; each pair is asked once."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._known: dict[tuple[Place, Place], bool] = {}

    def moves_past(self, first: Place, second: Place, deadline: Deadline = FOREVER) -> bool:
        """Whether what an instance does at a location is a right mover past what another one
        does at a location; False where z3 does not know."""
        key = (first, second)
        if key not in self._known:
            actions = product(self.machine.actions_at(*first), self.machine.actions_at(*second))
            answers = [self._asked(one, other, deadline) for one, other in actions]
            if Answer.UNKNOWN in answers:
                return False
            self._known[key] = Answer.NO not in answers
        return self._known[key]

    def _asked(self, one: Action, other: Action, deadline: Deadline) -> Answer:
        mine, others = effects_of(one.body), effects_of(other.body)
        where, other_where = (
            self.machine.instances[each.instance].location_field for each in (one, other)
        )
        if where in others.writes or other_where in mine.writes:
            return Answer.NO  # it would be elsewhere
        name, other_name = (fields_naming(self.machine, each.steps) for each in (one, other))
        if mine.writes & other_name or others.writes & name:
            return Answer.NO  # it would have another name
        if mine.commutes_with(others):
            return Answer.YES
        try:
            places = {where: one.location, other_where: other.location}
            fails = Swap(self.machine, (one.body,), (other.body,), places, deadline).lost()
        except TooManyBitsError:
            return Answer.NO
        except DeadlineError:
            return Answer.UNKNOWN
        return is_satisfiable(script([fails]), deadline).opposite


@dataclass(frozen=True, slots=True)
class Observation:
    """What a question looks at: events may be put off unless they are of the `steps` that it
    names, or write one of the `fields` that it looks at on the way. If one process alone writes
    all of these, their values follow each other as its events do, and nothing is observed."""

    movers: Movers
    steps: frozenset[int]
    fields: frozenset[int]


def put_off(skeleton: Skeleton, observed: Observation, deadline: Deadline) -> dict[Key, int]:
    """The slots that are put off, with a number each: they come after all slots without one, and
    after those with a smaller one, as far as they happen."""
    writers = frozenset[int]().union(*(skeleton.writers[field] for field in observed.fields))
    if len(writers) == 1:
        observed = replace(observed, fields=frozenset())
    left = [len(slots) for slots in skeleton.slots]
    blocks: list[list[Key]] = []
    changed = True
    while changed:
        changed = False
        for instance in range(len(left)):
            others = [
                (other, location)
                for other, number in enumerate(left)
                if other != instance
                for location in _locations(skeleton, other, number)
            ]
            number = left[instance]
            while number > 0 and _can_wait(
                skeleton, (instance, number - 1), others, observed, deadline
            ):
                number -= 1
            if number < left[instance]:
                blocks.append([(instance, i) for i in range(number, left[instance])])
                left[instance] = number
                changed = True
    return {key: place for place, block in zip(count(1), reversed(blocks)) for key in block}


def _locations(skeleton: Skeleton, instance: int, number: int) -> Sequence[int]:
    """Where an instance can stand before its first `number` events."""
    slots = skeleton.slots[instance][:number]
    return sorted({location for slot in slots for location in slot.locations})


def _can_wait(
    skeleton: Skeleton,
    key: Key,
    others: Iterable[Place],
    observed: Observation,
    deadline: Deadline,
) -> bool:
    slot = skeleton.slots[key[0]][key[1]]
    if slot.fields & observed.fields:
        return False
    for location in slot.locations:
        for action in skeleton.machine.actions_at(key[0], location):
            if observed.steps & set(action.steps):
                return False
    return all(
        observed.movers.moves_past((key[0], location), other, deadline)
        for location in slot.locations
        for other in others
    )

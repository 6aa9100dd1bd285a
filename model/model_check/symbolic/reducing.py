"""From a machine to the tables that say which steps may wait (see `explore.reduction`).

What an instance can still come to (`machine.futures`) and which moves accord (`accord`) are put
together: local states of an instance with the same location and the same future are in one class,
and of each move it is said in which classes of the others something may still come that has to do
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..budget.deadline import Deadline
from ..explore.reduction import MOST_INSTANCES, Goal, Move, Order, View
from ..machine.core import Instance, Machine
from ..machine.futures import LocalState, futures_of, set_by_others
from ..machine.futures import Move as Place
from ..machine.python.program import initial_states
from ..machine.symmetry.transpositions import Transposition
from .accord import Accord
from .goals import Goals
from .move_texts import MoveText, texts_of
from .orbits import Orbits

__all__ = ["order_of"]

MOST_CLASSES = 64
"""A set of the classes of an instance is one number ..."""
MOST_GOALS = 64
"""... and so is one of goals."""
NEVER = 1
"""The set that holds class 0 alone: of the local states that an instance never comes to."""

Key = tuple[int, int, int]
"""Of a move: its instance, its location, and its step."""
_Class = tuple[int, tuple[Place, ...], tuple[Place, ...]]
"""A location, what may be done there, and what may still come."""


def order_of(
    machine: Machine,
    goals: Sequence[Goal],
    deadline: Deadline,
    *,
    hopes: bool = False,
    changes: Sequence[Transposition] = (),
    blind: bool = False,
) -> Order | str:
    """Which steps of a machine may wait; or why none may, in words. `hopes`: z3 is not asked, and
    whatever it might be asked is taken to be as one hopes: what then waits may not wait, but what
    does not wait then never will. `changes`: of instances that are alike; what is found of some is
    so of others; `blind`: the goals cannot tell them apart either. Raises DeadlineError."""
    count = len(machine.instances)
    if count > MOST_INSTANCES:
        return f"{count} processes and others take steps, more than {MOST_INSTANCES}"
    if count < 2:
        return "one process alone takes steps"
    if len(goals) > MOST_GOALS:
        return f"{len(goals)} properties are asked of states, more than {MOST_GOALS}"
    if machine.formulas.within:
        return "runs are cut off outside of `within`"
    initial = initial_states(machine)
    if any(state < 0 for state in initial):
        return "a first state cannot be made"
    actors = []
    for each in machine.instances:
        actor = _Actor(machine, each, initial, deadline)
        if len(actor.classes) >= MOST_CLASSES:
            return f"{each.name} can stand at more than {MOST_CLASSES - 2} places"
        actors.append(actor)
    accord = Accord(machine, deadline, hopes=hopes)
    orbits = Orbits(changes)
    pairs = _Pairs(accord, actors, orbits)
    asked = _Asked(Goals(goals, accord), pairs, orbits if blind else Orbits())
    return _Tables(machine, actors, tuple(goals), pairs, asked).order()


class _Actor:
    """An instance, its moves, and the classes of its local states, from class 1 on."""

    def __init__(
        self, machine: Machine, instance: Instance, initial: Sequence[int], deadline: Deadline
    ) -> None:
        self.instance = instance
        self.is_set = bool(set_by_others(machine, instance))
        """Whether others may say where it stands."""
        self.futures = futures_of(machine, instance, initial, deadline)
        self.classes = self._classes()
        while len(self.classes) >= MOST_CLASSES and len(self.futures.fields) > 1:
            fewer = len(self.futures.fields) - 1
            self.futures = futures_of(machine, instance, initial, deadline, most_fields=fewer)
            self.classes = self._classes()
        self.texts = texts_of(machine, self.futures)

    def _classes(self) -> list[_Class]:
        return sorted({self.class_of(state) for state in self.futures.took})

    def class_of(self, state: LocalState) -> _Class:
        """What tells the class of a local state from others."""
        here, coming = self.futures.moves[state], self.futures.to_come[state]
        return state[0], tuple(sorted(here)), tuple(sorted(coming))

    def numbers(self, machine: Machine) -> list[int]:
        """The class of every local state, by its bits."""
        widths = [machine.fields[each].width for each in self.futures.fields]
        found = [0] * (1 << sum(widths))
        number = {each: place for place, each in enumerate(self.classes, 1)}
        for state in self.futures.took:
            key = offset = 0
            for value, width in zip(state, widths, strict=True):
                key |= value << offset
                offset += width
            found[key] = number[self.class_of(state)]
        return found

    def classes_that(self, holds: Callable[[MoveText], bool]) -> int:
        """The classes from which something may still come of which this is true, as bits."""
        chosen = {place for place, text in self.texts.items() if holds(text)}
        found = NEVER
        for number, (_, _, coming) in enumerate(self.classes, 1):
            if not chosen.isdisjoint(coming):
                found |= 1 << number
        return found


class _Pairs:
    """What two moves have to do with each other: asked of the first two that are alike."""

    def __init__(self, accord: Accord, actors: Sequence[_Actor], orbits: Orbits) -> None:
        self._accord = accord
        self.texts = {
            (actor.instance.index, *place): text
            for actor in actors
            for place, text in actor.texts.items()
        }
        self._orbits = orbits
        self._answers: dict[tuple[str, tuple[Key, ...]], bool] = {}

    def accord(self, one: MoveText, other: MoveText) -> bool:
        """Whether two moves surely accord."""
        return self._asked("accord", self._accord.accords, one, other)

    def may_enable(self, one: MoveText, other: MoveText) -> bool:
        """Whether a move may make another one possible."""
        return self._asked("enable", self._accord.may_enable, one, other)

    def _asked(
        self, what: str, ask: Callable[[MoveText, MoveText], bool], one: MoveText, other: MoveText
    ) -> bool:
        first = self._orbits.first((one.place, other.place))
        if (what, first) not in self._answers:
            a, b = first
            self._answers[what, first] = ask(self.texts[a], self.texts[b])
        return self._answers[what, first]


class _Asked:
    """What a move does to the goals: asked of the first that is alike."""

    def __init__(self, goals: Goals, pairs: _Pairs, orbits: Orbits) -> None:
        self._goals = goals
        self._texts = pairs.texts
        self._orbits = orbits
        self._answers: dict[Key, tuple[int, int]] = {}

    def raised_by(self, text: MoveText) -> int:
        """The goals that a move may raise."""
        return self._of(text)[0]

    def lowered_by(self, text: MoveText) -> int:
        """The goals that a move may lower."""
        return self._of(text)[1]

    def _of(self, text: MoveText) -> tuple[int, int]:
        (first,) = self._orbits.first((text.place,))
        if first not in self._answers:
            move = self._texts[first]
            self._answers[first] = self._goals.raised_by(move), self._goals.lowered_by(move)
        return self._answers[first]


class _Tables:
    """The tables of all instances."""

    def __init__(
        self,
        machine: Machine,
        actors: Sequence[_Actor],
        goals: tuple[Goal, ...],
        pairs: _Pairs,
        asked: _Asked,
    ) -> None:
        self.machine = machine
        self.actors = actors
        self.goals = goals
        self.pairs = pairs
        self.asked = asked
        self.every = tuple((1 << MOST_CLASSES) - 1 for _ in actors)

    def order(self) -> Order:
        """All of it."""
        return Order(self.goals, tuple(map(self._view, self.actors)))

    def _view(self, actor: _Actor) -> View:
        made = {place: self._move(text) for place, text in actor.texts.items()}
        raised = {place: self.asked.raised_by(text) for place, text in actor.texts.items()}
        moves = [self._lost(actor)]
        raises = [(1 << len(self.goals)) - 1]
        for location, here, coming in actor.classes:
            own = [made[place] for place in here]
            if not own and actor.is_set:
                own = self._waiting(actor, location)
            moves.append(tuple(own))
            raises.append(_union(raised[place] for place in coming))
        return View(actor.futures.fields, actor.numbers(self.machine), tuple(moves), tuple(raises))

    def _move(self, text: MoveText) -> Move:
        conflicts, enablers = [], []
        for other in self.actors:
            if other.instance.index == text.instance:
                conflicts.append(0)
                enablers.append(0)
                continue
            conflicts.append(other.classes_that(lambda b: not self.pairs.accord(text, b)))
            enablers.append(other.classes_that(lambda b: self.pairs.may_enable(b, text)))
        fault = self.machine.steps[text.step].fault
        lowered = self.asked.lowered_by(text)
        return Move(text.step, tuple(conflicts), tuple(enablers), lowered, fault)

    def _lost(self, actor: _Actor) -> tuple[Move, ...]:
        """Where nobody knows what it may do: everybody is looked at with it."""
        step = next((step for _, step in actor.texts), 0)
        return (Move(step, self.every, self.every, (1 << len(self.goals)) - 1),)

    def _waiting(self, actor: _Actor, location: int) -> list[Move]:
        """Where it does nothing by itself, and others may put it elsewhere: as a move that cannot
        be taken, which they enable."""
        field = actor.instance.location_field
        steps = [step for place, step in actor.texts if place != location]
        if not steps:
            return []
        enablers = tuple(
            0 if other is actor else other.classes_that(lambda b: field in b.effects.writes)
            for other in self.actors
        )
        return [Move(steps[0], enablers, enablers, 0)]


def _union(sets: Iterable[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found

"""What a process instance may still come to, by what it knows of itself.

Where an instance stands, and some of the fields that it alone gives values to (the round of a loop,
how often it may still try), are its *local state*. The bodies of its steps are followed with these
known and everything else unknown, so there may be more local states here than runs come to, and
never fewer. From each one it is seen which of its steps can still come: after its last reconnect a
client can subscribe no more.

This is abstract interpretation (Cousot, Cousot, POPL 1977) of one process beside any others, with
the values of few fields told apart and of all others forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..budget.deadline import FOREVER, Deadline
from .core import Action, Instance, Machine
from .effects import assigned, fields_written, locals_of
from .ir import (
    BitCount,
    Choice,
    Const,
    Decision,
    Emit,
    Expr,
    Fail,
    If,
    Let,
    Local,
    Loop,
    Note,
    Operation,
    Renewal,
    Require,
    Select,
    Statement,
)
from .ir_builder import apply
from .names import field_local, fields_of
from .rewrite import Block, statements_in
from .shapes import is_boundless

__all__ = ["Futures", "LocalState", "Move", "Took", "futures_of", "set_by_others"]

LocalState = tuple[int, ...]
"""The raw values of the fields that are told apart; that of the location first."""
Move = tuple[int, int]
"""A location, and a step that is taken from there."""
Took = tuple[int, LocalState | None]
"""A step, and where it leads; None where it runs into a failure."""

MOST_BITS = 12
"""Of all fields that are told apart of one instance."""
MOST_BITS_OF_ONE = 6
MOST_STATES = 400
"""More local states of one instance are not told apart: fewer fields are."""
UNITS_A_WAY = 5
"""The work of following a statement on one way (see `Effort`)."""
MOST_ROUNDS = 32
"""Rounds of a loop that are followed one by one; where there may be more, what they set is not
known any more."""


@dataclass(frozen=True, slots=True)
class Futures:
    """The local states that an instance can be in, whatever the others do: `took[q]` is what it may
    do in q, `moves[q]` that alone with its location, and `to_come[q]` all that it may come to from
    there. `fields` are those whose values make a local state."""

    instance: int
    fields: tuple[int, ...]
    took: dict[LocalState, frozenset[Took]]
    moves: dict[LocalState, frozenset[Move]]
    to_come: dict[LocalState, frozenset[Move]]

    def known_before(self, move: Move) -> dict[int, int]:
        """The fields that have one value wherever a move can be made, with it."""
        states = [state for state, here in self.moves.items() if move in here]
        values = zip(self.fields, zip(*states, strict=True), strict=False)
        return {field: found[0] for field, found in values if len(set(found)) == 1}


def futures_of(
    machine: Machine,
    instance: Instance,
    initial: Sequence[int],
    deadline: Deadline = FOREVER,
    *,
    most_fields: int | None = None,
) -> Futures:
    """The local states of an instance, beginning in the states `initial` of the machine. Fewer
    fields are told apart where there would be too many, and no more than `most_fields`, which is
    at least 1. Raises DeadlineError."""
    fields = _told_apart(machine, instance)[:most_fields]
    while True:
        found = _Exploration(machine, instance, fields, deadline).futures(initial)
        if found is not None:
            return found
        fields = fields[:-1]


def set_by_others(machine: Machine, instance: Instance) -> frozenset[int]:
    """The locations at which the steps of other instances may put an instance; all, where the text
    does not tell."""
    name = field_local(instance.location_field)
    found: set[int] = set()
    for action in machine.actions:
        if action.instance == instance.index:
            continue
        for each in statements_in(action.body):
            if isinstance(each, Let) and each.name == name:
                if not isinstance(each.value, Const):
                    return frozenset(place.index for place in instance.locations)
                found.add(each.value.value)
    return frozenset(found)


# --- which fields are told apart --------------------------------------------------------------


def _told_apart(machine: Machine, instance: Instance) -> tuple[int, ...]:
    """The location, and the small fields that the instance alone writes and its conditions ask."""
    own = [a for a in machine.actions if a.instance == instance.index]
    others = (fields_written(a.body) for a in machine.actions if a.instance != instance.index)
    written = frozenset[int]().union(*(fields_written(a.body) for a in own))
    # What a layout has no room for is a value, too, and nothing is known of what comes then.
    growing = {f for v in machine.variables if is_boundless(v.type) for f in v.fields}
    private = written.difference(*others) - growing - {instance.location_field}
    asked = frozenset[int]().union(*(_asked(a.body) for a in own)) & private
    widths = {index: machine.fields[index].width for index in asked}
    found = [instance.location_field]
    bits = machine.fields[instance.location_field].width
    for index in sorted(asked, key=lambda each: (widths[each], each)):
        if widths[index] > MOST_BITS_OF_ONE or bits + widths[index] > MOST_BITS:
            break
        found.append(index)
        bits += widths[index]
    return tuple(found)


def _asked(body: Block) -> frozenset[int]:
    """The fields on whose values it depends, by way of temporaries too, which way a body goes."""
    names: set[str] = set()
    sources: dict[str, set[str]] = {}
    for each in statements_in(body):
        match each:
            case If(test=test) | Require(test=test):
                locals_of(test, names)
            case Loop(count=count) | Choice(count=count):
                locals_of(count, names)
            case Let(name, value):
                locals_of(value, sources.setdefault(name, set()))
            case _:
                pass
    todo = list(names)
    while todo:
        for name in sources.get(todo.pop(), set()) - names:
            names.add(name)
            todo.append(name)
    return fields_of(names)


# --- values -----------------------------------------------------------------------------------


class _Unknown:
    """A value of which at most is known that it is not 0."""

    __slots__ = ()


_ANY = _Unknown()
_NOT_ZERO = _Unknown()
_Value = int | _Unknown


def _truth(value: _Value) -> bool | None:
    if isinstance(value, int):
        return value != 0
    return True if value is _NOT_ZERO else None


def _joined(one: _Value, other: _Value) -> _Value:
    if one is other or (isinstance(one, int) and isinstance(other, int) and one == other):
        return one
    return _NOT_ZERO if _truth(one) and _truth(other) else _ANY


def _operate(operator: str, left: _Value, right: _Value) -> _Value:
    if isinstance(left, int) and isinstance(right, int):
        senseless = (operator in ("//", "%") and not right) or (
            operator in ("<<", ">>") and not 0 <= right <= MOST_SHIFT
        )
        return _ANY if senseless else apply(operator, left, right)  # type: ignore[arg-type]
    zeros = (isinstance(left, int) and left == 0, isinstance(right, int) and right == 0)
    match operator:
        case "&" | "*" if any(zeros):
            return 0
        case "|" if _truth(left) or _truth(right):
            return _NOT_ZERO
        case "==" if any(zeros) and (_truth(left) or _truth(right)):
            return 0
        case "!=" if any(zeros) and (_truth(left) or _truth(right)):
            return 1
    return _ANY


MOST_SHIFT = 1 << 13


# --- following a body -------------------------------------------------------------------------


class _Way:
    """A way through a body: the values of locals, and whether it has run into a failure."""

    __slots__ = ("failed", "values")

    def __init__(self, values: dict[str, _Value], *, failed: bool = False) -> None:
        self.values = values
        self.failed = failed

    def copy(self) -> _Way:
        return _Way(dict(self.values), failed=self.failed)

    def value(self, expr: Expr) -> _Value:
        match expr:
            case Const(value):
                return value
            case Local(name):
                return self.values.get(name, _ANY)
            case Operation(operator, left, right):
                return _operate(operator, self.value(left), self.value(right))
            case Select(test, then, orelse):
                chosen = _truth(self.value(test))
                if chosen is None:
                    return _joined(self.value(then), self.value(orelse))
                return self.value(then if chosen else orelse)
            case BitCount(value=part):
                inner = self.value(part)
                return max(inner, 0).bit_count() if isinstance(inner, int) else _ANY


class _Following:
    """The ways through a body from one local state."""

    def __init__(self, machine: Machine, fields: tuple[int, ...], deadline: Deadline) -> None:
        self.machine = machine
        self.deadline = deadline
        self.names = tuple(map(field_local, fields))
        self.masks = tuple(machine.fields[each].mask for each in fields)
        self.constants: dict[str, _Value] = {
            field_local(each.index): each.constant
            for each in machine.fields
            if each.constant is not None
        }
        self.took: set[Took] = set()

    def follow(self, body: Block, state: LocalState) -> set[Took]:
        """What a body may do from a local state."""
        self.took = set()
        self.block(body, [_Way({**self.constants, **dict(zip(self.names, state, strict=True))})])
        return self.took

    def block(self, body: Block, ways: list[_Way]) -> list[_Way]:
        for statement in body:
            self.deadline.spend(UNITS_A_WAY * len(ways))
            ways = self.statement(statement, ways)
            if not ways:
                break
        return ways

    def statement(self, statement: Statement, ways: list[_Way]) -> list[_Way]:
        match statement:
            case Let(name, value):
                for way in ways:
                    way.values[name] = way.value(value)
            case If(test, then, orelse):
                return self.branch(test, then, orelse, ways)
            case Require(test):
                # Behind a failure nothing keeps the step from failing.
                return [w for w in ways if w.failed or _truth(w.value(test)) is not False]
            case Fail(code, test):
                if not self.machine.failures[code - 1].unfinished:
                    return self.failure(test, ways)
            case Loop(name, count, _, inner):
                return [each for way in ways for each in self.loop(name, count, inner, way)]
            case Choice(name, count, bound, inner):
                for way in ways:
                    self.choice(name, way.value(count), bound, inner, way)
            case Emit(step):
                for way in ways:
                    self.took.update(self.taken(step, way))
            case Note() | Decision() | Renewal():
                pass
        return ways

    def failure(self, test: Expr, ways: list[_Way]) -> list[_Way]:
        found = []
        for way in ways:
            wrong = None if way.failed else _truth(way.value(test))
            if way.failed or wrong is not True:
                found.append(way)
            if not way.failed and wrong is not False:
                failed = way.copy()
                failed.failed = True
                found.append(failed)
        return self.merged(found)

    def branch(self, test: Expr, then: Block, orelse: Block, ways: list[_Way]) -> list[_Way]:
        first, second = [], []
        for way in ways:
            truth = _truth(way.value(test))
            if truth is not False:
                first.append(way if truth else way.copy())
            if not truth:
                second.append(way)
        return self.merged([*self.block(then, first), *self.block(orelse, second)])

    def loop(self, name: str, count: Expr, inner: Block, way: _Way) -> list[_Way]:
        rounds = way.value(count)
        if isinstance(rounds, int) and rounds <= MOST_ROUNDS:
            ways = [way]
            for number in range(rounds):
                for each in ways:
                    each.values[name] = number
                ways = self.block(inner, ways)
            return ways
        # Any number of rounds: what one of them sets is not known before any.
        unknown = dict.fromkeys((name, *assigned(inner)), _ANY)
        way.values.update(unknown)
        after = self.block(inner, [way.copy()])
        for other in after:
            other.values.update(unknown)
        return self.merged([way, *after])

    def choice(self, name: str, count: _Value, bound: int | None, inner: Block, way: _Way) -> None:
        most = count if isinstance(count, int) else bound
        if most is None or most > MOST_ROUNDS:
            own = way.copy()
            own.values[name] = _ANY
            self.block(inner, [own])
            return
        for number in range(most):
            own = way.copy()
            own.values[name] = number
            self.block(inner, [own])

    def merged(self, ways: list[_Way]) -> list[_Way]:
        """As few ways as can be: those are one that agree in what is told apart."""
        found: dict[tuple[object, ...], _Way] = {}
        for way in ways:
            key = (way.failed, *(way.values.get(name, _ANY) for name in self.names))
            other = found.get(key)
            if other is None:
                found[key] = way
                continue
            # What only one of them has set is read where it does not matter, or is a field.
            for name in other.values.keys() | way.values.keys():
                one, two = other.values.get(name, _ANY), way.values.get(name, _ANY)
                other.values[name] = _joined(one, two)
        return list(found.values())

    def taken(self, step: int, way: _Way) -> Iterator[Took]:
        if way.failed:
            yield step, None
            return
        states: list[LocalState] = [()]
        for name, mask in zip(self.names, self.masks, strict=True):
            value = way.values.get(name, _ANY)
            values = [value & mask] if isinstance(value, int) else range(mask + 1)
            states = [(*state, each) for state in states for each in values]
        for state in states:
            yield step, state


class _Exploration:
    """The local states of one instance, all that can be reached."""

    def __init__(
        self, machine: Machine, instance: Instance, fields: tuple[int, ...], deadline: Deadline
    ) -> None:
        self.machine = machine
        self.instance = instance
        self.fields = fields
        self.following = _Following(machine, fields, deadline)
        self.elsewhere = sorted(set_by_others(machine, instance))
        """Where others may put it, at any moment."""

    def futures(self, initial: Iterable[int]) -> Futures | None:
        """None where there are too many local states."""
        took: dict[LocalState, frozenset[Took]] = {}
        todo = sorted({self._local(state) for state in initial})
        seen = set(todo)
        while todo:
            state = todo.pop()
            # A way may lead to values that are none, where all about a field is unknown.
            here = self._took(state)
            took[state] = here
            for target in self._after(state, here):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
            if len(seen) > MOST_STATES and len(self.fields) > 1:
                return None
        moves = {q: frozenset((q[0], step) for step, _ in here) for q, here in took.items()}
        return Futures(self.instance.index, self.fields, took, moves, self._to_come(took, moves))

    def _local(self, state: int) -> LocalState:
        return tuple(self.machine.fields[each].raw(state) for each in self.fields)

    def _took(self, state: LocalState) -> frozenset[Took]:
        found: set[Took] = set()
        for action in self._actions(state[0]):
            found |= self.following.follow(action.body, state)
        return frozenset(found)

    def _actions(self, location: int) -> tuple[Action, ...]:
        return self.machine.actions_at(self.instance.index, location)

    def _after(self, state: LocalState, here: Iterable[Took]) -> set[LocalState]:
        found = {target for _, target in here if target is not None}
        return found | {(place, *state[1:]) for place in self.elsewhere}

    def _to_come(
        self, took: dict[LocalState, frozenset[Took]], moves: dict[LocalState, frozenset[Move]]
    ) -> dict[LocalState, frozenset[Move]]:
        before: dict[LocalState, list[LocalState]] = {}
        for state, here in took.items():
            for target in self._after(state, here):
                before.setdefault(target, []).append(state)
        found = {state: set(here) for state, here in moves.items()}
        todo = list(found)
        while todo:
            state = todo.pop()
            for earlier in before.get(state, ()):
                if not found[state] <= found[earlier]:
                    found[earlier] |= found[state]
                    todo.append(earlier)
        return {state: frozenset(each) for state, each in found.items()}

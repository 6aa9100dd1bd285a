"""Runs of a checked spec, explored state by state: what the tool is compared with.

Slow and plain on purpose. A place in a program is a chain of what is still to be done; a
state is the values of all variables and, for each process instance, which steps can come
next, in which round of which loops, and whether it rests there.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from model_check.language import tree

from .evaluate import (
    Blocked,
    Branching,
    Failed,
    Frame,
    World,
    arguments,
    called,
    default_of,
    evaluate,
    execute,
    holds,
    ordered,
)

__all__ = ["Explored", "Interpreter", "TooLargeError"]

Who = tuple[str, int]


class TooLargeError(Exception):
    """There are more states than the caller wants to see."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """The statements of a block from a number on, and what comes then."""

    block: tuple[tree.Control, ...]
    start: int
    then: Place


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a `for`: its item and those that are left."""

    loop: tree.For
    item: Any
    left: tuple[Any, ...]
    then: Place


@dataclass(frozen=True, slots=True)
class Again:
    """A round of a `while`."""

    loop: tree.While
    then: Place


Place = Sequence | Round | Again | None


@dataclass(frozen=True, slots=True)
class Head:
    """A step that can come next, what comes after it, and the loops that it stands in."""

    node: tree.Step | tree.While | tree.Switch
    then: Place
    rounds: tuple[tuple[str, Any, tuple[Any, ...]], ...]

    @property
    def label(self) -> str:
        return self.node.label or ""

    @property
    def loops(self) -> dict[str, Any]:
        return {name: item for name, item, _ in self.rounds}


@dataclass(frozen=True, slots=True)
class Location:
    """Where a process instance stands. `sent`: the values of a call that waits for its
    answer; the only head is then the step that made it."""

    heads: tuple[Head, ...]
    rests: bool
    sent: tuple[Any, ...] | None = None

    @property
    def key(self) -> Any:
        heads = tuple((id(head.node), head.rounds) for head in self.heads)
        return heads, self.rests, self.sent


@dataclass
class State:
    """Everything that a step can read."""

    world: World
    places: dict[Who, Location]
    key: Any = None

    def freeze(self) -> State:
        """Compute the identity; nothing changes any more."""
        world = self.world
        world.labels = {
            who: frozenset(head.label for head in place.heads) for who, place in self.places.items()
        }
        world.ended = frozenset(w for w, place in self.places.items() if not place.heads)
        self.key = (
            tuple(world.shared.values()),
            tuple(tuple(values.values()) for values in world.own.values()),
            tuple(tuple(values.values()) for values in world.stored.values()),
            tuple(place.key for place in self.places.values()),
        )
        return self

    def copy(self) -> State:
        """A state to be changed."""
        world = copy.copy(self.world)
        world.shared = dict(world.shared)
        world.own = {who: dict(values) for who, values in world.own.items()}
        world.stored = {who: dict(values) for who, values in world.stored.items()}
        return State(world, dict(self.places))


@dataclass
class Explored:
    """All reachable states by number, in breadth-first order."""

    states: list[State] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    initial: int = 0
    transitions: int = 0
    finals: set[int] = field(default_factory=set)
    deadlocks: set[int] = field(default_factory=set)
    errors: set[int] = field(default_factory=set)
    violating: dict[str, set[int]] = field(default_factory=dict)
    undefined: dict[str, set[int]] = field(default_factory=dict)
    index: dict[Any, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fired:
    """A step that fires, or (`after` None) fails."""

    who: Who
    label: str
    loops: tuple[Any, ...]
    after: State | None


class Interpreter:
    """All runs of one spec."""

    def __init__(self, spec: tree.Spec) -> None:
        self.spec = spec

    # --- where a process goes ---------------------------------------------------------------

    def location(self, place: Place, state: State, who: Who) -> Location:
        """The steps that can come next from a place. Raises Failed."""
        heads: list[Head] = []
        rests = self._walk(place, state, who, heads)
        unique = {(id(head.node), head.rounds): head for head in heads}
        return Location(tuple(unique.values()), rests)

    def _walk(self, place: Place, state: State, who: Who, heads: list[Head]) -> bool:
        """Collect the heads; whether the head of a `while True` was passed on the way."""
        match place:
            case None:
                return False
            case Sequence(block, start, then):
                if start == len(block):
                    return self._walk(then, state, who, heads)
                return self._enter(block[start], place, state, who, heads)
            case Round(loop, _, left, then):
                if not left:
                    return self._walk(then, state, who, heads)
                following = Round(loop, left[0], left[1:], then)
                return self._walk(Sequence(loop.body, 0, following), state, who, heads)
            case Again(loop, then):
                if loop.label is not None:
                    heads.append(Head(loop, then, rounds_of(then)))
                    return False
                if loop.condition is None:
                    self._walk(Sequence(loop.body, 0, place), state, who, heads)
                    return True
                if evaluate(loop.condition, self._between(place, state, who)):
                    return self._walk(Sequence(loop.body, 0, place), state, who, heads)
                return self._walk(then, state, who, heads)

    def _enter(
        self, node: tree.Control, at: Sequence, state: State, who: Who, heads: list[Head]
    ) -> bool:
        after = Sequence(at.block, at.start + 1, at.then)
        match node:
            case tree.Step():
                heads.append(Head(node, after, rounds_of(after)))
                return False
            case tree.For(_, source):
                items = tuple(ordered(evaluate(source, self._between(after, state, who))))
                return self._walk(Round(node, None, items, after), state, who, heads)
            case tree.While():
                return self._walk(Again(node, after), state, who, heads)
            case tree.Switch(label=None):
                frame = self._between(after, state, who)
                branch = _branch(node, frame)
                return self._walk(Sequence(branch, 0, after), state, who, heads)
            case tree.Switch():
                heads.append(Head(node, after, rounds_of(after)))
                return False
            case tree.Either(branches):
                rests = [
                    self._walk(Sequence(branch, 0, after), state, who, heads) for branch in branches
                ]
                return any(rests)
            case tree.Break():
                loop = _loop_around(after)
                return self._walk(loop.then, state, who, heads)
            case tree.Continue():
                return self._walk(_loop_around(after), state, who, heads)

    def _between(self, place: Place, state: State, who: Who) -> Frame:
        loops = {name: item for name, item, _ in rounds_of(place)}
        return Frame(state.world, *who, loops)

    # --- what a step does -------------------------------------------------------------------

    def successors(self, state: State) -> Iterator[Fired]:
        """Every step that can fire in a state, once for each choice it can make."""
        for who, place in state.places.items():
            for head in place.heads:
                yield from self._choices(state, who, place, head)

    def _choices(self, state: State, who: Who, place: Location, head: Head) -> Iterator[Fired]:
        waiting: list[list[Any]] = [[]]
        loops = tuple(item for _, item, _ in head.rounds)
        while waiting:
            made = waiting.pop(0)
            try:
                after = self._fire(state, who, place, head, list(made))
            except Branching as choice:
                waiting += [[*made, option] for option in choice.options]
            except Blocked:
                pass
            except Failed:
                yield Fired(who, head.label, loops, None)
            else:
                yield Fired(who, head.label, loops, after)

    def _fire(
        self, before: State, who: Who, place: Location, head: Head, choices: list[Any]
    ) -> State:
        state = before.copy()
        frame = Frame(state.world, *who, head.loops, choices=choices, sent=place.sent)
        node = head.node
        then: Place
        match node:
            case tree.Step(body=body, issue=issue):
                if issue is not None and place.sent is None:
                    return self._send(state, who, place, head, issue, frame)
                execute(body, frame)
                then = head.then
            case tree.While(condition, body):
                assert condition is not None
                inner = Sequence(body, 0, Again(node, head.then))
                then = inner if evaluate(condition, frame) else head.then
            case tree.Switch():
                then = Sequence(_branch(node, frame), 0, head.then)
        state.places[who] = self.location(then, state, who)
        return state.freeze()

    def _send(
        self, state: State, who: Who, place: Location, head: Head, issue: tree.CommandCall,
        frame: Frame,
    ) -> State:  # fmt: skip
        resource, number, command = called(issue, frame)
        given = arguments(issue, frame, command)
        names = {name: v for (name, _), v in zip(command.parameters, given, strict=True)}
        execute(command.issue, Frame(state.world, *who, {}, names, (resource.name, number)))
        state.places[who] = Location((head,), place.rests, given)
        return state.freeze()

    # --- all states -------------------------------------------------------------------------

    def initial(self) -> list[State]:
        """The first states, one for each choice of initial values. Raises Failed."""
        world = World(self.spec, {}, {}, {})
        blocks = [(world.shared, self.spec.vars, ("", 0))]
        for process in self.spec.processes:
            for number in range(process.count):
                who = (process.name, number)
                world.own[who] = {}
                blocks.append((world.own[who], process.vars, who))
        for resource in self.spec.resources:
            for number, variables in enumerate(resource.state):
                world.stored[resource.name, number] = {}
                blocks.append((world.stored[resource.name, number], variables, ("", 0)))
        places = [(values, each, who) for values, variables, who in blocks for each in variables]
        options = [self._first(each, Frame(world, *who)) for _, each, who in places]
        states = []
        for chosen in product(*options):
            for (values, each, _), value in zip(places, chosen, strict=True):
                values[each.name] = value
            state = State(world, {}).copy()
            for who in state.world.own:
                run = self.spec.process(who[0]).run
                state.places[who] = self.location(Sequence(run, 0, None), state, who)
            states.append(state.freeze())
        return states

    def _first(self, variable: tree.Variable, frame: Frame) -> list[Any]:
        if variable.initial is None:
            return [default_of(variable.type)]
        try:
            values = [evaluate(variable.initial, frame)]
        except Branching as choice:
            values = choice.options
        except Blocked:
            values = []
        if not all(holds(variable.type, value) for value in values):
            raise Failed(f"{variable.name} cannot begin with that")
        return values

    def explore(self, limit: int) -> Explored:
        """Every reachable state. Raises TooLargeError, Failed (in an initial state)."""
        found = Explored()
        for state in self.initial():
            _add(found, state, 0)
        found.initial = len(found.states)
        number = 0
        while number < len(found.states):
            self._expand(found, number)
            if len(found.states) > limit:
                raise TooLargeError
            number += 1
        for each in self.spec.properties:
            self._judge(found, each)
        return found

    def _expand(self, found: Explored, number: int) -> None:
        state = found.states[number]
        fired = list(self.successors(state))
        for each in fired:
            if each.after is None:
                found.errors.add(number)
            else:
                found.transitions += 1
                _add(found, each.after, found.depths[number] + 1)
        if not fired:
            ends = all(place.rests or not place.heads for place in state.places.values())
            (found.finals if ends else found.deadlocks).add(number)

    def _judge(self, found: Explored, each: tree.Property) -> None:
        if each.formula is None:
            return
        asked = set(range(len(found.states)))
        if each.kind == "finally":
            asked = found.finals | found.deadlocks
        wrong, undefined = set(), set()
        for number in asked:
            try:
                answer = evaluate(each.formula, Frame(found.states[number].world))
            except Failed:
                undefined.add(number)
                continue
            if answer == (each.kind == "never"):
                wrong.add(number)
        found.violating[each.name] = wrong
        found.undefined[each.name] = undefined


def _add(found: Explored, state: State, depth: int) -> None:
    if state.key not in found.index:
        found.index[state.key] = len(found.states)
        found.states.append(state)
        found.depths.append(depth)


def _branch(node: tree.Switch, frame: Frame) -> tuple[tree.Control, ...]:
    return next((body for test, body in node.branches if evaluate(test, frame)), node.orelse)


def _loop_around(place: Place) -> Round | Again:
    while isinstance(place, Sequence):
        place = place.then
    assert place is not None
    return place


def rounds_of(place: Place) -> tuple[tuple[str, Any, tuple[Any, ...]], ...]:
    """The `for` loops that a place stands in, outermost first: variable, item, items left."""
    found: list[tuple[str, Any, tuple[Any, ...]]] = []
    while place is not None:
        if isinstance(place, Round):
            found.insert(0, (place.loop.variable, place.item, place.left))
        place = place.then
    return tuple(found)

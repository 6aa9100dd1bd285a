"""Runs of a checked spec, explored state by state: what the tool is compared with.

Slow and plain on purpose. A place in a program is a chain of what is still to be done; a
state is the values of all variables and, for each process instance, which steps can come
next, in which round of which loops, and whether it rests there; and how often each thing has gone
wrong. What may go wrong never has to: a run ends where nothing else can happen.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, NamedTuple

from model_check.language.tree import expressions as exprs
from model_check.language.tree import statements as stmts
from model_check.language.tree.spec import Crashes, Property, Resource, Spec, Variable

from .evaluate import (
    BlockedError,
    BranchingError,
    DisconnectedError,
    FailedError,
    Frame,
    TooLargeError,
    World,
    arguments,
    called,
    default_of,
    evaluate,
    execute,
    holds,
    line_of,
    ordered,
)
from .faults import Budget, broken_kinds, connection_broken, connection_lost
from .places import (
    Again,
    Beside,
    Location,
    Place,
    Point,
    Resting,
    Round,
    Sequence,
    Tried,
    loop_around,
    rounds_of,
    try_around,
)
from .threads import Threads, Who

__all__ = ["Explored", "Interpreter", "Move", "TooLargeError"]

Line = tuple[str, int, str]
"""A connection: to which instance of a resource, and whose."""


@dataclass
class State:
    """Everything that a step can read."""

    world: World
    places: dict[Who, Location]
    spent: dict[Budget, int] = field(default_factory=dict)
    """How often each thing has gone wrong that may only so often."""
    key: Any = None

    def copy(self) -> State:
        """A state to be changed."""
        world = copy.copy(self.world)
        world.shared = dict(world.shared)
        world.own = {who: dict(values) for who, values in world.own.items()}
        world.stored = {who: dict(values) for who, values in world.stored.items()}
        return State(world, dict(self.places), dict(self.spent))


class Move(NamedTuple):
    """Who leads from which state to which, by the step with which label; or `fault`: with whom
    what goes wrong."""

    source: int
    who: Who
    label: str
    target: int
    fault: bool = False


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
    outside: set[int] = field(default_factory=set)
    violating: dict[str, set[int]] = field(default_factory=dict)
    """Of a property that asks states one by one: those that it is false of."""
    undefined: dict[str, set[int]] = field(default_factory=dict)
    index: dict[Any, int] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    able: list[set[tuple[Who, str]]] = field(default_factory=list)
    """Who has which step in a state, also one that fails; what may go wrong is none."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A step that fires, or (`after` None) fails; with no label where control fails on the
    way to it."""

    who: Who
    label: str
    loops: tuple[tuple[str, Any], ...]
    after: State | None
    fault: bool = False


class Interpreter:
    """All runs of one spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.resting = {process.name: Resting(process) for process in spec.processes}
        self.broken = [*broken_kinds(spec)]
        self.threads = Threads(spec)

    def freeze(self, state: State) -> State:
        """Compute a state's identity; nothing changes any more."""
        world = state.world
        world.labels = lambda who: frozenset(
            label for each in state.places if each[:2] == who for label in self.labels(state, each)
        )
        busy = {who[:2] for who in state.places if len(who) > 2}
        world.ended = frozenset(
            who
            for who, at in state.places.items()
            if at.point is None and not at.crashed and who not in busy
        )
        state.key = (
            tuple(world.shared.values()),
            tuple(tuple(values.values()) for values in world.own.values()),
            tuple(tuple(values.values()) for values in world.stored.values()),
            tuple((who, place.key) for who, place in sorted(state.places.items(), key=_who)),
            tuple(sorted(state.spent.items())),
            tuple(sorted(world.cut)),
        )
        return state

    def rests(self, who: Who, place: Location) -> bool:
        """Whether a process instance has ended or rests at the head of a `while True`."""
        return place.point is None or self.resting[who[0]].at(place)

    # --- where a process goes ---------------------------------------------------------------

    def location(self, place: Place, state: State, who: Who) -> Location:
        """Where control comes to from a place, without a step. Raises FailedError."""
        try:
            return Location(self._walk(place, state, who))
        except RecursionError:
            raise FailedError("this goes round for ever without a step") from None

    def points(self, state: State, who: Who) -> list[Point]:
        """The steps that can come next: one, or the first ones of the branches of `either`.
        Raises FailedError where control fails in one of them."""
        return [point for start in self._starts(state, who) for point in start()]

    def labels(self, state: State, who: Who) -> set[str]:
        """The labels of the steps that can come next. Raises FailedError, as `points`."""
        return {self.label(state, who, point) for point in self.points(state, who)}

    def label(self, state: State, who: Who, point: Point) -> str:
        """A step's label; with `_send`, that of the first half of a step in two."""
        sends = state.places[who].sent is None and getattr(point.node, "issue", None) is not None
        return point.label + ("_send" if sends else "")

    def _starts(self, state: State, who: Who) -> list[Callable[[], list[Point]]]:
        """One for each way that can be chosen: the steps that it begins with."""

        def begin(point: Point | None) -> list[Callable[[], list[Point]]]:
            if point is None or isinstance(point.node, stmts.Both):
                return []
            if not isinstance(point.node, stmts.Either):
                return [lambda: [point]]
            late = len(point.node.branches) - 1 if point.node.timeout else None
            return [
                branch(Sequence(each, 0, point.then), late=number == late)
                for number, each in enumerate(point.node.branches)
            ]

        def branch(place: Place, *, late: bool) -> Callable[[], list[Point]]:
            def go() -> list[Point]:
                found = self.location(place, state, who).point
                ways = [each for start in begin(found) for each in start()]
                return [replace(each, late=True) for each in ways] if late else ways

            return go

        return begin(state.places[who].point)

    def _walk(self, place: Place, state: State, who: Who) -> Point | None:
        match place:
            case None | Beside():
                return None
            case Sequence(block, start, then):
                if start == len(block):
                    return self._walk(then, state, who)
                return self._enter(block[start], place, state, who)
            case Round(loop, _, left, then):
                if not left:
                    return self._walk(then, state, who)
                following = Round(loop, left[0], left[1:], then)
                return self._walk(Sequence(loop.body, 0, following), state, who)
            case Tried(_, then):
                return self._walk(then, state, who)
            case Again(loop, then):
                if loop.label is not None:
                    return Point(loop, then)
                if loop.condition is None or evaluate(
                    loop.condition, self._between(place, state, who)
                ):
                    return self._walk(Sequence(loop.body, 0, place), state, who)
                return self._walk(then, state, who)

    def _enter(self, node: stmts.Control, at: Sequence, state: State, who: Who) -> Point | None:
        after = Sequence(at.block, at.start + 1, at.then)
        match node:
            case stmts.For(_, source):
                items = tuple(ordered(evaluate(source, self._between(after, state, who))))
                return self._walk(Round(node, None, items, after), state, who)
            case stmts.While():
                return self._walk(Again(node, after), state, who)
            case stmts.Switch(label=None):
                branch = _branch(node, self._between(after, state, who))
                return self._walk(Sequence(branch, 0, after), state, who)
            case stmts.Try(body):
                return self._walk(Sequence(body, 0, Tried(node, after)), state, who)
            case stmts.Break():
                return self._walk(loop_around(after).then, state, who)
            case stmts.Continue():
                return self._walk(loop_around(after), state, who)
            case stmts.Both():
                self._begin(node, after, state, who)
            case stmts.Background():
                self._begin(node, after, state, who)
                return self._walk(after, state, who)
        return Point(node, after)

    # --- what runs beside it ----------------------------------------------------------------

    def _begin(
        self, node: stmts.Both | stmts.Background, after: Place, state: State, who: Who
    ) -> None:
        """Let the threads of a `both` or `background` begin."""
        for thread, block in self.threads.of(node, who):
            state.places[thread] = self.location(Sequence(block, 0, Beside(after)), state, thread)
            if state.places[thread].point is None:
                del state.places[thread]

    def _move(self, place: Place, state: State, who: Who) -> None:
        """Let somebody go on from a place; where a thread ends, another may go on."""
        state.places[who] = self.location(place, state, who)
        if len(who) == 2 or state.places[who].point is not None:
            return
        del state.places[who]
        waits = self.threads.waiting(who, state.places)
        if waits is not None:
            point = state.places[waits].point
            assert point is not None
            self._move(point.then, state, waits)

    def _between(self, place: Place, state: State, who: Who) -> Frame:
        loops = {name: item for name, item, _ in rounds_of(place)}
        return Frame(state.world, *who[:2], loops)

    # --- what a step does -------------------------------------------------------------------

    def successors(self, state: State) -> Iterator[Fired]:
        """Every step that can fire in a state, once for each choice it can make. Outside of
        `within` there is none; where that has no value, each runs into it."""
        try:
            if self.is_outside(state):
                return
        except FailedError:
            yield from (Fired(w, "", (), None) for w, p in state.places.items() if p.point)
            for who, label in self._may_go_wrong(state):
                yield Fired(who, label, (), None, fault=True)
            return
        timeouts: list[tuple[Who, Point]] = []
        quiet = True
        for who in state.places:
            for start in self._starts(state, who):
                try:
                    points = start()
                except FailedError:
                    yield Fired(who, "", (), None)
                    quiet = False
                    continue
                for point in points:
                    if point.late:
                        timeouts.append((who, point))
                        continue
                    for fired in self._choices(state, who, point):
                        quiet = False
                        yield fired
        if quiet or self.spec.timeouts == "any":
            for who, point in timeouts:
                yield from self._choices(state, who, point)
        yield from self._faults(state)

    def _choices(self, state: State, who: Who, point: Point) -> Iterator[Fired]:
        waiting: list[list[Any]] = [[]]
        loops = tuple((name, item) for name, item, _ in point.rounds)
        label = self.label(state, who, point)
        while waiting:
            made = waiting.pop(0)
            try:
                after = self._fire(state, who, point, list(made))
            except BranchingError as choice:
                waiting += [[*made, option] for option in choice.options]
            except BlockedError:
                pass
            except FailedError:
                yield Fired(who, label, loops, None)
            except DisconnectedError as error:
                for reached in self._raised(state, who, point, error.line):
                    yield Fired(who, label, loops, reached)
            else:
                yield Fired(who, label, loops, after)

    def _raised(self, before: State, who: Who, point: Point, line: Line) -> Iterator[State | None]:
        """Where a command leads that raises; None where control fails."""
        state = before.copy()
        state.world.cut -= {line}
        around = try_around(point.then)
        if around is None:
            crashes = self.spec.process(who[0]).crashes
            assert crashes is not None
            yield from self._crash(state, who, crashes, line)
            return
        try:
            handler = Sequence(around.node.handler, 0, around.then)
            state.places[who] = self.location(handler, state, who)
            yield self.freeze(state)
        except FailedError:
            yield None

    def _fire(self, before: State, who: Who, point: Point, choices: list[Any]) -> State:
        state = before.copy()
        sent = before.places[who].sent
        loops = {name: item for name, item, _ in point.rounds}
        frame = Frame(state.world, *who[:2], loops, choices=choices, sent=sent)
        node = point.node
        then: Place
        match node:
            case stmts.Step(body=body, issue=issue):
                if issue is not None and sent is None:
                    return self._send(state, who, point, issue, frame)
                execute(body, frame)
                then = point.then
            case stmts.While(condition, body):
                assert condition is not None
                inner = Sequence(body, 0, Again(node, point.then))
                then = inner if evaluate(condition, frame) else point.then
            case stmts.Switch():
                then = Sequence(_branch(node, frame), 0, point.then)
            case _:
                raise TypeError(type(node).__name__)
        for resource, number, command in frame.done:
            execute(command.afterwards, Frame(state.world, resource=(resource.name, number)))
        self._move(then, state, who)
        return self.freeze(state)

    def _send(
        self, state: State, who: Who, point: Point, issue: exprs.CommandCall, frame: Frame
    ) -> State:
        resource, number, command = called(issue, frame)
        given = arguments(issue, frame, command)
        line = line_of(resource, number, frame)
        if line in state.world.cut:
            raise DisconnectedError(line)
        names = {name: v for (name, _), v in zip(command.parameters, given, strict=True)}
        execute(command.issue, Frame(state.world, *who[:2], {}, names, (resource.name, number)))
        state.places[who] = Location(point, given)
        return self.freeze(state)

    # --- what goes wrong --------------------------------------------------------------------

    def _may_go_wrong(self, state: State) -> Iterator[tuple[Who, str]]:
        """All that is declared, however often it has happened."""
        for who, place in state.places.items():
            crashes = self.spec.process(who[0]).crashes
            if crashes is not None and crashes.most != 0 and _is_alive(state, who, place):
                yield who, "crashes"
        for each in self.broken:
            yield (each.resource, each.number), each.label
        for owner, label, _, _ in self._lines(state):
            yield owner, label

    def _lines(self, state: State) -> Iterator[tuple[Who, str, tuple[str, ...], int | None]]:
        """The connections that may break, if a client of theirs is there: of which instance of a
        resource, the label of that, the clients, and how often."""
        there = {
            self.spec.process(who[0]).client_name(who[1])
            for who, place in state.places.items() if place.point is not None
        }  # fmt: skip
        for resource in self.spec.resources:
            breaks = resource.disconnects
            for number, users in enumerate(resource.users if breaks is not None else ()):
                assert breaks is not None
                owner = (resource.name, number)
                lines = [(each,) for each in users] if resource.ends is None else [users]
                for line in lines:
                    label = "disconnects" if resource.ends else f"disconnects[{line[0]}]"
                    whole = [c for c in line if c in there and (*owner, c) not in state.world.cut]
                    if whole and breaks.most != 0:
                        yield owner, label, line, breaks.most

    def _faults(self, state: State) -> Iterator[Fired]:
        """What may go wrong in a state, once for each way that it can."""
        for who, place in state.places.items():
            crashes = self.spec.process(who[0]).crashes
            if crashes is not None and _is_alive(state, who, place):
                budget = (who[0], "crashes")
                if crashes.most is None or state.spent.get(budget, 0) < crashes.most:
                    for after in self._crash(
                        self._after_fault(state, budget, crashes.most), who, crashes
                    ):
                        yield Fired(who, "crashes", (), after, fault=True)
        yield from self._breaks(state)
        for each in self.broken:
            if each.most is not None and state.spent.get(each.budget, 0) >= each.most:
                continue
            owner = (each.resource, each.number)
            for stored in each.ways(state.world.stored[owner]):
                after = self._after_fault(state, each.budget, each.most)
                if stored is not None:
                    after.world.stored[owner] |= stored
                    self.freeze(after)
                ended = after if stored is not None else None
                yield Fired(owner, each.label, (), ended, fault=True)

    def _after_fault(self, state: State, budget: Budget, most: int | None) -> State:
        after = state.copy()
        if most is not None:
            after.spent[budget] = after.spent.get(budget, 0) + 1
        return after

    def _breaks(self, state: State) -> Iterator[Fired]:
        """Connections that break, once for each way that they can."""
        for owner, label, clients, most in self._lines(state):
            budget = (owner[0], "disconnects")
            if most is None or state.spent.get(budget, 0) < most:
                resource, stored = self.spec.resource(owner[0]), state.world.stored[owner]
                for left in connection_broken(resource, owner[1], clients, stored):
                    after = self._after_fault(state, budget, most)
                    after.world.stored[owner] |= left
                    after.world.cut |= {(*owner, each) for each in clients}
                    yield Fired(owner, label, (), self.freeze(after), fault=True)

    def _crash(
        self, state: State, who: Who, crashes: Crashes, spared: Line | None = None
    ) -> Iterator[State | None]:
        """One for each choice of what was lost under way, and of first values; None for a failure.
        The connection of which it crashes is `spared`."""
        process = self.spec.process(who[0])
        client = process.client_name(who[1])
        held = [
            ((each.name, number), each) for each in self.spec.resources
            for number in range(each.count or 1)
            if spared is None or spared[:2] != (each.name, number)
        ]  # fmt: skip
        lost = [
            connection_lost(resource, owner[1], client, state.world.stored[owner])
            for owner, resource in held
        ]
        forgotten = [each for each in process.vars if each.name not in crashes.keeps]
        for stored in product(*lost):
            world = state.copy().world
            options = [self._first(each, Frame(world, *who)) for each in forgotten]
            for values in product(*options):
                after = state.copy()
                for (owner, resource), left in zip(held, stored, strict=True):
                    after.world.stored[owner] |= left
                    self._meet_the_end(after, resource, owner, client)
                for variable, value in zip(forgotten, values, strict=True):
                    after.world.own[who][variable.name] = value
                for thread in [each for each in after.places if each[:2] == who]:
                    del after.places[thread]
                after.places[who] = Location(None, crashed=True)
                try:
                    if crashes.restarts:
                        again = Sequence(process.run, 0, None)
                        after.places[who] = self.location(again, after, who)
                    self.freeze(after)
                except FailedError:
                    yield None
                else:
                    yield after

    def _meet_the_end(self, after: State, resource: Resource, owner: Who, client: str) -> None:
        """Who shares a connection with a client that is gone, will meet that."""
        users = resource.users[owner[1]] if resource.disconnects is not None else ()
        if client in users:
            after.world.cut -= {(*owner, client)}
            if resource.ends is not None:
                after.world.cut |= {(*owner, each) for each in users if each != client}

    # --- all states -------------------------------------------------------------------------

    def initial(self) -> list[State]:
        """The first states, one for each choice of initial values. Raises FailedError."""
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
            for state in self._first_of(State(world, {})):
                for who in state.world.own:
                    run = self.spec.process(who[0]).run
                    state.places[who] = self.location(Sequence(run, 0, None), state, who)
                states.append(self.freeze(state))
        if not states and self.spec.initially is not None:
            raise FailedError("there is no first state")
        return states

    def _first_of(self, before: State) -> Iterator[State]:
        """The states that `initially` makes of one. Raises FailedError."""
        waiting: list[list[Any]] = [[]]
        while waiting:
            made = waiting.pop(0)
            state = before.copy()
            if self.spec.initially is not None:
                try:
                    execute(self.spec.initially.body, Frame(state.world, choices=list(made)))
                except BranchingError as choice:
                    waiting += [[*made, option] for option in choice.options]
                    continue
                except BlockedError:
                    continue
            yield state

    def _first(self, variable: Variable, frame: Frame) -> list[Any]:
        if variable.initial is None:
            return [default_of(variable.type)]
        try:
            values = [evaluate(variable.initial, frame)]
        except BranchingError as choice:
            values = choice.options
        except BlockedError:
            values = []
        if not all(holds(variable.type, value) for value in values):
            raise FailedError(f"{variable.name} cannot begin with that")
        return values

    def explore(self, limit: int) -> Explored:
        """Every reachable state. Raises TooLargeError, FailedError (in an initial state)."""
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

    def is_outside(self, state: State) -> bool:
        """Whether runs are cut off at a state. Raises FailedError."""
        within = self.spec.within
        return within is not None and not evaluate(within.value, Frame(state.world))

    def _is_cut_off(self, state: State) -> bool:
        """The same of a state in which nothing can happen: not even a step can fail there."""
        try:
            return self.is_outside(state)
        except FailedError:
            return False

    def _expand(self, found: Explored, number: int) -> None:
        state = found.states[number]
        fired = list(self.successors(state))
        ordinary = [each for each in fired if not each.fault]
        found.able.append({(each.who, each.label) for each in ordinary})
        for each in fired:
            if each.after is None:
                found.errors.add(number)
            else:
                found.transitions += 1
                _add(found, each.after, found.depths[number] + 1)
                target = found.index[each.after.key]
                found.moves.append(Move(number, each.who, each.label, target, each.fault))
        if not fired and self._is_cut_off(state):
            found.outside.add(number)
        elif not ordinary:
            ends = all(self.rests(who, place) for who, place in state.places.items())
            (found.finals if ends else found.deadlocks).add(number)

    def _judge(self, found: Explored, each: Property) -> None:
        if each.formula is None or each.form.name not in ("always", "never", "finally"):
            return
        wrong, undefined = set(), set()
        for number in range(len(found.states)):
            try:
                answer = evaluate(each.formula, Frame(found.states[number].world))
            except FailedError:
                undefined.add(number)
                continue
            if answer == (each.form.name == "never"):
                wrong.add(number)
        if each.form.name == "finally":
            ends = found.finals | found.deadlocks
            wrong, undefined = wrong & ends, undefined & ends
        found.violating[each.name] = wrong
        found.undefined[each.name] = undefined


def _add(found: Explored, state: State, depth: int) -> None:
    if state.key not in found.index:
        found.index[state.key] = len(found.states)
        found.states.append(state)
        found.depths.append(depth)


def _branch(node: stmts.Switch, frame: Frame) -> tuple[stmts.Control, ...]:
    return next((body for test, body in node.branches if evaluate(test, frame)), node.orelse)


def _who(item: tuple[Who, Location]) -> Who:
    return item[0]


def _is_alive(state: State, who: Who, place: Location) -> bool:
    """Whether there is a process to crash: not one that has ended, with all its threads."""
    if len(who) > 2 or place.crashed:
        return False
    return place.point is not None or any(each[:2] == who and each != who for each in state.places)

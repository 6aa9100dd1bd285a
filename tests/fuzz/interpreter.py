"""Runs of a checked spec, explored state by state: what the tool is compared with.

Slow and plain on purpose. A place in a program is a chain of what is still to be done; a
state is the values of all variables and, for each process instance, which steps can come
next, in which round of which loops, and whether it rests there; and how often each thing has gone
wrong. What may go wrong never has to: a run ends where nothing else can happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from model_check.language.tree import expressions as exprs
from model_check.language.tree import statements as stmts
from model_check.language.tree.spec import Property, Spec

from .beginning import first_states
from .breakdowns import Breakdowns
from .control import Control, Part, branch_of, label_of
from .evaluate import (
    arguments,
    called,
    evaluate,
    execute,
    is_held_up,
    line_of,
    line_of_its_own,
    wire_of,
)
from .places import Again, Location, Place, Point, Sequence, handler_around
from .replicas import noted
from .states import Explored, Fired, Move, State
from .threads import Who
from .world import (
    BlockedError,
    BranchingError,
    ChangedError,
    DisconnectedError,
    FailedError,
    Frame,
    Line,
    RefusedError,
    TooLargeError,
)

__all__ = ["Interpreter"]


class Interpreter:
    """All runs of one spec."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.control = Control(spec)
        self.breakdowns = Breakdowns(spec, self.control)

    # --- what a step does -------------------------------------------------------------------

    def successors(self, state: State) -> Iterator[Fired]:
        """Every step that can fire in a state, once for each choice it can make. Outside of
        `within` there is none; where that has no value, each runs into it."""
        try:
            if self.is_outside(state):
                return
        except FailedError:
            yield from (Fired(w, "", (), None) for w, p in state.places.items() if p.point)
            for who, label in self.breakdowns.declared(state):
                yield Fired(who, label, (), None, fault=True)
            return
        timeouts: list[tuple[Who, Point, Part]] = []
        quiet = True
        for arrived in self._arrivals(state):
            quiet = False
            yield arrived
        for who in state.places:
            for start in self.control.starts(state, who):
                try:
                    points = start()
                except FailedError:
                    yield Fired(who, "", (), None)
                    quiet = False
                    continue
                for point in points:
                    for part in self.control.parts(state, who, point):
                        if point.late or part == "gives up":
                            timeouts.append((who, point, part))
                            continue
                        for fired in self._ways(state, who, point, part):
                            quiet = False
                            yield fired
        if quiet or self.spec.timeouts == "any":
            for who, point, part in timeouts:
                yield from self._ways(state, who, point, part)
        yield from self.breakdowns.happen(state)

    def _ways(self, state: State, who: Who, point: Point, part: Part) -> Iterator[Fired]:
        waiting: list[list[Any]] = [[]]
        loops = tuple((name, item) for name, item, _ in point.rounds)
        label = label_of(point, part)
        while waiting:
            made = waiting.pop(0)
            try:
                if part == "sends":
                    after = self._send(state, who, point)
                else:
                    gives_up = part == "gives up"
                    after = self._fire(state, who, point, list(made), gives_up=gives_up)
            except BranchingError as choice:
                waiting += [[*made, option] for option in choice.options]
            except BlockedError:
                pass
            except FailedError:
                yield Fired(who, label, loops, None)
            except DisconnectedError as error:
                if part == "gives up":
                    continue  # that is no answer
                for reached in self._raised(state, who, point, error.line):
                    yield Fired(who, label, loops, reached)
            except (RefusedError, ChangedError) as error:
                word = "changed" if isinstance(error, ChangedError) else "refused"
                yield Fired(who, label, loops, self._caught(state, who, point, word))
            else:
                yield Fired(who, label, loops, after)

    def _raised(self, before: State, who: Who, point: Point, line: Line) -> Iterator[State | None]:
        """Where a command leads that raises; None where control fails."""
        state = before.copy()
        state.world.cut -= {line}
        handler = handler_around(point.then, "disconnected")
        if handler is None:
            crashes = self.spec.process(who[0]).crashes
            assert crashes is not None
            yield from self.breakdowns.crash(state, who[:2], crashes, line)
            return
        try:
            state.places[who] = self.control.location(handler, state, who)
            yield self.control.freeze(state)
        except FailedError:
            yield None

    def _caught(self, before: State, who: Who, point: Point, word: str) -> State | None:
        """Where a command leads that is refused, or a transaction that fails; None where nobody
        catches that."""
        handler = handler_around(point.then, word)
        if handler is None:
            return None
        state = before.copy()
        if word == "changed":
            self._ends(state, who, point)
        try:
            state.places[who] = self.control.location(handler, state, who)
            return self.control.freeze(state)
        except FailedError:
            return None

    def _ends(self, state: State, who: Who, point: Point) -> None:
        """A transaction ends all watching, whether it fails or not."""
        assert isinstance(point.node, stmts.Step)
        server = self.spec.resource(point.node.watches[0]).server
        client = self.spec.process(who[0]).client_name(who[1])
        state.world.forget(client=client, server=server)

    def _is_changed(self, state: State, who: Who, point: Point) -> bool:
        assert isinstance(point.node, stmts.Step)
        server = self.spec.resource(point.node.watches[0]).server
        return (self.spec.process(who[0]).client_name(who[1]), server) in state.world.touched

    def _fire(
        self, before: State, who: Who, point: Point, choices: list[Any], *, gives_up: bool
    ) -> State:
        state = before.copy()
        sent = before.places[who].sent
        loops = {name: item for name, item, _ in point.rounds}
        node = point.node
        frame = Frame(
            state.world, *who[:2], loops, label=point.label, choices=choices, sent=sent,
            awaited=node.issue if isinstance(node, stmts.Step) and sent is not None else None,
            gives_up=gives_up,
        )  # fmt: skip
        if sent is not None:
            # Nothing that it does now waits for itself.
            held = state.world.held_up
            state.world.held_up = {each: wire for each, wire in held.items() if each != who}
        then: Place
        match node:
            case stmts.Step(body=body):
                if node.watches:
                    if self._is_changed(state, who, point):
                        raise ChangedError
                    self._ends(state, who, point)
                execute(body, frame)
                then = point.then
            case stmts.While(condition, body):
                assert condition is not None
                inner = Sequence(body, 0, Again(node, point.then))
                then = inner if evaluate(condition, frame) else point.then
            case stmts.Switch():
                then = Sequence(branch_of(node, frame), 0, point.then)
            case _:
                raise TypeError(type(node).__name__)
        for resource, number, command in frame.done:
            execute(command.afterwards, Frame(state.world, resource=(resource.name, number)))
        noted(self.spec, before.world, state.world)
        self.control.move(then, state, who)
        return self.control.freeze(state)

    def _send(self, before: State, who: Who, point: Point) -> State:
        assert isinstance(point.node, stmts.Step)
        issue = point.node.issue
        assert issue is not None
        state = before.copy()
        loops = {name: item for name, item, _ in point.rounds}
        frame = Frame(state.world, *who[:2], loops, label=point.label)
        if point.node.at_once and not self._waits(before, issue, frame):
            raise BlockedError
        resource, number, command = called(issue, frame)
        given = arguments(issue, frame, command)
        line = line_of(resource, number, frame)
        if is_held_up(frame, resource, number, command):
            raise BlockedError
        if line in state.world.cut:
            raise DisconnectedError(line)
        if wire_of(frame, resource.name, command) in state.world.under_way:
            raise BlockedError
        names = {name: v for (name, _), v in zip(command.parameters, given, strict=True)}
        execute(command.issue, Frame(state.world, *who[:2], {}, names, (resource.name, number)))
        state.places[who] = Location(point, given)
        return self.control.freeze(state)

    def _waits(self, state: State, call: exprs.CommandCall, frame: Frame) -> bool:
        """Whether a command has to wait for its answer now."""
        try:
            evaluate(call, replace(frame, world=state.copy().world, done=[]))
        except BlockedError:
            return True
        except (BranchingError, DisconnectedError, FailedError):
            return False
        return False

    def _arrivals(self, before: State) -> Iterator[Fired]:
        """What was sent first on each connection takes effect."""
        for wire, (first, *others) in before.world.under_way.items():
            resource = self.spec.resource(first.resource)
            if (wire, line_of_its_own(resource, first.number)) in before.world.held_up.values():
                continue
            state = before.copy()
            world = state.world
            world.under_way = {**world.under_way, wire: tuple(others)} if others else {
                each: sent for each, sent in world.under_way.items() if each != wire
            }  # fmt: skip
            command = resource.commands[first.number][first.command]
            names = {n: v for (n, _), v in zip(command.parameters, first.given, strict=True)}
            label = f"{first.label}_arrives"
            try:
                at = (first.resource, first.number)
                execute(command.run, Frame(world, *first.process, {}, names, at))
                execute(command.afterwards, Frame(world, resource=at))
                noted(self.spec, before.world, world)
                self.control.freeze(state)
            except FailedError:
                yield Fired(wire, label, (), None)
            else:
                yield Fired(wire, label, (), state)

    # --- all states -------------------------------------------------------------------------

    def explore(self, limit: int) -> Explored:
        """Every reachable state. Raises TooLargeError, FailedError (in an initial state)."""
        found = Explored()
        for state in first_states(self.spec, self.control):
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
            ends = all(self.control.rests(who, place) for who, place in state.places.items())
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
